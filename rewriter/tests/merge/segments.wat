;; Element segments that name a replaced import name the thunk; the runtime's table, element and data segments
;; come behind the program's, and the data count is right.
;; replace env.__syscall_getsockopt by sys_getsockopt
;; replace env.__syscall_bind by sys_bind
;; show table, elem, data, memory, global, func $main, func $direct_sockets.sys
(module
  (import "env" "__syscall_getsockopt" (func $getsockopt (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory 1)
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (table 3 funcref)
  (elem (i32.const 0) $getsockopt $main)
  (elem declare func $bind)
  (data "passive")
  (data (i32.const 8) "active")
  (func $main
    i32.const 0 i32.const 0 i32.const 1 memory.init 0
    data.drop 0
    ref.func $bind drop))
