;; Replaced imports leave slots, and the host's imports go into them: no index of the program changes. The
;; body that calls nothing replaced is not touched. One slot is left and keeps its dead import.
;; replace env.__syscall_connect by sys_connect
;; replace env.__syscall_bind by sys_bind
;; replace env.__syscall_listen by sys_listen
(module
  (import "env" "before" (func $before (result i32)))
  (import "env" "__syscall_connect" (func $connect (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "between" (func $between (result i32)))
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_listen" (func $listen (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $untouched (export "untouched") (result i32)
    call $before call $between i32.add)
  (func $main (export "main") (result i32)
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $connect
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $bind
    i32.add call $untouched i32.add))
