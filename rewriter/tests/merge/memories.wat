;; The program has two memories: the runtime's is the third, and the program's addresses mean memory 0.
;; replace env.__syscall_sendto by sys_sendto
;; show memory, import "env" "memory", func $direct_sockets.app, func $main, data, export "direct_sockets.memory"
(module
  (import "env" "memory" (memory $main 1 2))
  (import "env" "__syscall_sendto" (func $sendto (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory $other 1)
  (func $main
    i32.const 0 i32.load $other drop
    i32.const 0 i32.const 0 i32.const 1 memory.copy $main $other))
