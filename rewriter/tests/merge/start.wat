;; The start function is a replaced import: the thunk takes its place there too. Its result is none.
;; replace env.proc_exit by proc_exit
(module
  (import "env" "proc_exit" (func $exit))
  (import "env" "other" (func $other (param i32)))
  (start $exit))
