;; poll in standalone wasm of 6.0.5 asks another stub when it need not wait; that tells it from mincore.
(module
  (func (param i32 i32 i32) (result i32) i32.const -52)
  (func (param i32 i32) (result i32) i32.const -52)
  (func (param i32 i32 i32) (result i32) i32.const -52)
  (func $ret (param i32) (result i32) local.get 0)
  (func (param i32 i32 i32) (result i32)
    local.get 2 i32.eqz
    (if (then local.get 0 local.get 1 call 1 call $ret return))
    local.get 0 local.get 1 local.get 2 call 0 call $ret)
  (func (param i32 i32 i32) (result i32)
    local.get 0 local.get 1 local.get 2 call 2 call $ret))
