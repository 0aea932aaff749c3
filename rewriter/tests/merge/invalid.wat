;; A program that calls a function it does not have, in a merge that would put one there: refused.
;; replace env.__syscall_bind by sys_bind
(module
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (func (export "main")
    call 4))
