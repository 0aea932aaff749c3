;; One slot is free and two host imports are needed: one is added behind the program's imports, and every
;; function moves up by one, in calls, references, elements, exports, the start section and the names.
;; replace env.__syscall_connect by sys_connect
;; show import, func $, export "m, export "d, start, elem, global
(module
  (import "env" "__syscall_connect" (func $connect (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "other" (func $other (result i32)))
  (table (export "table") 2 funcref)
  (global funcref (ref.func $leaf))
  (start $init)
  (elem (i32.const 0) $leaf $connect)
  (func $init)
  (func $leaf (param $argument i32) (result i32) local.get $argument)
  (func $main (export "main") (result i32)
    ref.func $leaf drop
    call $other call $leaf
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 return_call $connect))
