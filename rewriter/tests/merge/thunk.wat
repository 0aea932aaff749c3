;; The thunk of an import whose original is kept: NOT_OURS goes to it with the arguments as they came. It is
;; also what the runtime calls. Arguments that the import lacks are 0. Waiting restores the stack pointer.
;; replace wasi_snapshot_preview1.fd_close by wasi_fd_close
;; replace env.__syscall_bind by sys_bind
;; original close wasi_snapshot_preview1.fd_close
;; stack-pointer
;; show import, func $direct_sockets, export "direct_sockets.stack
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "env" "__syscall_bind" (func $__syscall_bind (param i32 i32) (result i32)))
  (global $constant i32 (i32.const 1))
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (func $main (export "main") (param i32) (result i32) local.get 0 call $fd_close))
