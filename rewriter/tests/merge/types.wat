;; Types of a recursion group are never those of added functions, even where they look the same: entries get types
;; of their own behind the program's. Vectors, several results and typed references are copied as they are.
;; replace env.__syscall_bind by sys_bind
;; show type, rec, import, func $main
(module
  (rec
    (type $wait (func (param i32) (result i32)))
    (type $pair (func (param i32) (result i32 v128))))
  (type $bind (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_bind" (func $bind (type $bind)))
  (elem declare func $pair)
  (func $pair (type $pair)
    local.get 0 local.get 0 i8x16.splat)
  (func $main (export "main") (result i32)
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $bind
    ref.func $pair call_ref $pair
    drop))
