;; A stub of the program gives way to a thunk in calls, in the table, in exports. Its body stays: NOT_OURS goes to it.
;; The body of the first stub is an original nobody calls any more.
;; stub shutdown by sys_sendto
;; stub fcntl by sys_fcntl64
;; show import, func, export "shutdown, export "fcntl, elem
(module
  (import "env" "__syscall_socket" (func $socket (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "log" (func $log (param i32)))
  (table 2 funcref)
  (elem (i32.const 0) $__syscall_shutdown $main)
  (func $__syscall_shutdown (export "shutdown") (param i32 i32 i32 i32 i32 i32) (result i32)
    i32.const 1024 call $log i32.const -52)
  (func $__syscall_fcntl64 (export "fcntl") (param i32 i32 i32) (result i32) i32.const -52)
  (func $main (export "main") (result i32)
    i32.const 3 i32.const 1 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $__syscall_shutdown drop
    i32.const 3 i32.const 4 i32.const 0 call $__syscall_fcntl64)
  (data $text (memory 0) (i32.const 1024) "warning: unsupported syscall: __syscall_shutdown\n\00")
  (memory 1))
