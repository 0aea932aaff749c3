;; A program with legacy exceptions: what is generated uses them too, because V8 refuses a mix.
;; replace env.__syscall_bind by sys_bind
;; stack-pointer
;; show import, func $direct_sockets.suspend, func $main
(module
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (tag $exception (param i32))
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (func $main
    try
      i32.const 1
      throw $exception
    catch $exception
      drop
    end))
