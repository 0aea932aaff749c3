;; A program whose calls of replaced imports are exported, and a function that throws through invoke_ii.
(module
  (import "env" "__syscall_accept4" (func $accept (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_recvfrom" (func $recvfrom (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_sendto" (func $sendto (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "invoke_ii" (func $invoke_ii (param i32 i32) (result i32)))
  (import "env" "throw" (func $throw (param i32)))
  (memory (export "memory") 1 1)
  (table 1 funcref)
  (elem (i32.const 0) $thrower)
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (global $threw (export "threw") (mut i32) (i32.const 0))
  (func (export "setThrew") (param i32 i32)
    local.get 0 global.set $threw)
  ;; Moves the stack pointer, as functions with a frame do, and throws if its argument is not 0.
  (func $thrower (param i32) (result i32)
    global.get $__stack_pointer i32.const 16 i32.sub global.set $__stack_pointer
    local.get 0 if local.get 0 call $throw end
    global.get $__stack_pointer i32.const 16 i32.add global.set $__stack_pointer
    i32.const 42)
  (func (export "invoke") (param i32) (result i32)
    i32.const 0 local.get 0 call $invoke_ii)
  (func (export "accept") (result i32)
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $accept)
  (func (export "receive") (param i32) (result i32)
    i32.const 3 local.get 0 i32.const 4 i32.const 0 i32.const 0 i32.const 0 call $recvfrom)
  (func (export "send") (param i32) (result i32)
    i32.const 3 local.get 0 i32.const 4 i32.const 0 i32.const 0 i32.const 0 call $sendto))
