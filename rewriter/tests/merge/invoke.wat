;; invoke_* in a program without wasm exceptions: the standard instructions, one with a result, one through an
;; exported dynCall_.
;; replace env.invoke_ii by invoke
;; replace env.invoke_vi by invoke dynCall_vi
;; original set_threw setThrew
;; stack-pointer
;; show import, func $direct_sockets, func $main
(module
  (import "env" "invoke_ii" (func $invoke_ii (param i32 i32) (result i32)))
  (import "env" "invoke_vi" (func $invoke_vi (param i32 i32)))
  (table 1 funcref)
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (func $setThrew (export "setThrew") (param i32 i32))
  (func $dynCall_vi (export "dynCall_vi") (param i32 i32))
  (func $main (export "main") (result i32)
    i32.const 1 i32.const 2 call $invoke_vi
    i32.const 1 i32.const 2 call $invoke_ii))
