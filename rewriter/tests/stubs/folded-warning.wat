;; Where warnings are linked, those that are folded are told by them, and no other is suspected.
(module
  (memory 1)
  (data (i32.const 1024) "warning: unsupported syscall: __syscall_setsockopt\n\00")
  (func $ret (param i32) (result i32) local.get 0)
  (func (result i32) i32.const -50 call $ret))
