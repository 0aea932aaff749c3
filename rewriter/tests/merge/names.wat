;; Reused slots get the host's names, what is added is named, and other names (locals, globals, the module)
;; stay. Without a name section none is made: see the other tests.
;; replace env.__syscall_bind by sys_bind
;; replace env.__syscall_listen by sys_listen
;; show import, func
(module $program
  (import "env" "__syscall_bind" (func $__syscall_bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_listen" (func $__syscall_listen (param i32 i32 i32 i32 i32 i32) (result i32)))
  (global $counter (mut i32) (i32.const 0))
  (func $main (param $argc i32) (local $i i32)
    local.get $argc local.set $i
    global.get $counter drop))
