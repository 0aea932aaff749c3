;; The program exports a name that the rewrite needs: refused.
;; replace env.__syscall_bind by sys_bind
(module
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (func (export "direct_sockets.opened")))
