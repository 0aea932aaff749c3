;; A program that stores a 50 somewhere else, compares with ENOPROTOOPT, has a function called shutdown of its own, and
;; one that answers -52 to nobody known: nothing is found, and nothing is said.
(module
  (import "env" "__syscall_listen" (func $listen (param i32) (result i32)))
  (memory 1)
  (func (param i32) (result i32)
    (local i32)
    local.get 0 call $listen local.set 1
    i32.const 1680 i32.const 0 local.get 1 i32.sub i32.store
    i32.const -1)
  (func (result i32) i32.const 1684 i32.const 50 i32.store i32.const -1)
  (func (param i32) (result i32) local.get 0 i32.const -50 i32.eq)
  (func $shutdown (param i32) (result i32) local.get 0)
  (func (param i32 i32 i32 i32 i32 i32) (result i32) i32.const -52))
