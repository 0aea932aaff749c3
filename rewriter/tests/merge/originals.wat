;; The runtime's calls of the program's functions: widened or narrowed, what a version has more is 0, and what
;; the program does not have answers -ENOSYS. malloc answers a pointer.
;; replace env.__syscall_poll by sys_poll
;; replace env.__syscall__newselect by sys_newselect
;; replace env.__syscall_socket by sys_socket
;; replace env.__syscall_fcntl64 by sys_fcntl64
;; replace env.gethostbyname by gethostbyname
;; original poll env.__syscall_poll
;; original socket env.__syscall_socket
;; original fcntl env.__syscall_fcntl64
;; original malloc malloc
;; show func $direct_sockets.app, export "direct_sockets.malloc
(module
  (import "env" "__syscall_poll" (func $poll (param i32 i32 i32) (result i32)))
  (import "env" "__syscall__newselect" (func $select (param i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_socket" (func $socket (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_fcntl64" (func $fcntl (param i32 i32 i32) (result i32)))
  (import "env" "gethostbyname" (func $gethostbyname (param i32) (result i32)))
  (func $malloc (export "malloc") (param i32) (result i32) i32.const 64))
