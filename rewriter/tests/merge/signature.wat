;; An import whose type a thunk cannot have: refused, and the import is named.
;; replace env.__syscall_bind by sys_bind
(module
  (import "env" "__syscall_bind" (func $bind (param f64) (result i32))))
