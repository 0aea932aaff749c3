;; setsockopt at -O3: its error is stored into errno, where another system call stores what it answered.
(module
  (import "env" "__syscall_listen" (func $listen (param i32) (result i32)))
  (memory 1)
  (func (param i32) (result i32)
    (local i32)
    local.get 0 call $listen local.set 1
    i32.const 1680 i32.const 0 local.get 1 i32.sub i32.store
    i32.const -1)
  (func (result i32) i32.const 1680 i32.const 50 i32.store i32.const -1))
