;; Names tell: the name section's and a map given by hand, with or without JavaScript's underscore. A function with the
;; name of another stub, and one that does something, are none.
;; map 3 ___syscall_setsockopt
(module
  (func $__syscall_shutdown (param i32 i32 i32 i32 i32 i32) (result i32) i32.const -52)
  (func $__syscall_wait4 (param i32 i32) (result i32) i32.const -52)
  (func $__syscall_socketpair (param i32 i32 i32 i32 i32 i32) (result i32) local.get 0)
  (func (param i32 i32 i32 i32 i32 i32) (result i32) i32.const -50))
