;; invoke_* with legacy exceptions, and tags that shift in legacy instructions.
;; replace env.invoke_d by invoke
;; original set_threw setThrew
;; stack-pointer
;; show tag, func $direct_sockets, func $main
(module
  (import "env" "invoke_d" (func $invoke_d (param i32) (result f64)))
  (table 1 funcref)
  (tag $exception (param i32))
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (func $setThrew (export "setThrew") (param i32 i32))
  (func $main (export "main") (result f64)
    try
      i32.const 0 throw $exception
    catch $exception
      drop
    end
    i32.const 0 call $invoke_d))
