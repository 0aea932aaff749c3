;; The text of the warning tells, at the end of which is a line feed, or in 6.0.5 nothing. What prints another text, or
;; from another address, is no stub; a text that no function prints means that its stub is folded.
(module
  (import "env" "emscripten_console_error" (func $print (param i32)))
  (memory 1)
  (data (i32.const 1024) "abc\00warning: unsupported syscall: __syscall_shutdown\n\00")
  (data (i32.const 2048) "warning: unsupported syscall: __syscall_socketpair\00")
  (data (i32.const 3072) "warning: unsupported syscall: __syscall_shutdowns\n\00")
  (data (i32.const 4096) "warning: unsupported syscall: __syscall_recvmmsg\n\00")
  (func (param i32 i32 i32 i32 i32 i32) (result i32) i32.const 1028 call $print i32.const -52)
  (func (param i32 i32 i32 i32 i32 i32) (result i32) i32.const 2048 call $print i32.const -52)
  (func (param i32 i32 i32 i32 i32 i32) (result i32) i32.const 3072 call $print i32.const -52)
  (func (param i32 i32 i32 i32 i32) (result i32) i32.const 4097 call $print i32.const -52))
