;; 64-bit pointers: the thunk gives them as they are; memory is checked and copied with 64-bit addresses.
;; replace env.__syscall_recvfrom by sys_recvfrom
;; replace env.__syscall_sendto by sys_sendto
;; show memory, func $direct_sockets.app, func $direct_sockets.thunk.recvfrom
(module
  (import "env" "__syscall_recvfrom" (func $recvfrom (param i32 i64 i64 i32 i64 i64) (result i32)))
  (import "env" "__syscall_sendto" (func $sendto (param i32 i64 i64 i32 i64 i32) (result i32)))
  (memory i64 1))
