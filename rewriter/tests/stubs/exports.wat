;; An export of that name tells.
(module
  (func (export "__syscall_socketpair") (param i32 i32 i32 i64 i32 i32) (result i32) i32.const -52)
  (func (export "shutdown") (param i32 i32) (result i32) i32.const -52))
