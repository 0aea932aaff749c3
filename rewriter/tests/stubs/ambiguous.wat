;; Two that are called like shutdown: neither is taken, and it is said. One that is called like two: it is not taken.
(module
  (type $six (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (func (type $six) i32.const -52)
  (func (type $six) i32.const -52)
  (func (type $six) i32.const -52)
  (func (param i32 i32) (result i32)
    local.get 0 local.get 1 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call 0)
  (func (param i32 i32) (result i32)
    local.get 0 local.get 1 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call 1)
  (func (param i32 i32) (result i32)
    local.get 0 local.get 1 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call 2)
  (func (param i32 i32 i32 i32) (result i32)
    local.get 0 local.get 1 local.get 2 local.get 3 i32.const 0 i32.const 0 call 2))
