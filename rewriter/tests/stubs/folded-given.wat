;; setsockopt at -O2: its error is given to __syscall_ret. socketpair: its libc function still has its name.
(module
  (func $ret (param i32) (result i32) local.get 0)
  (func $main (result i32) i32.const -50 call $ret)
  (func $socketpair (param i32 i32) (result i32) i32.const -52 call $ret)
  (func $pipe2 (param i32 i32) (result i32) i32.const -52 call $ret))
