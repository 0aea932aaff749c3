;; The imported jstag shifts the program's own tag: throw, catch and try_table clauses are spliced, exports
;; renumbered. Pointers are 64 bits wide here, and so is the table.
;; replace env.invoke_j by invoke
;; original set_threw setThrew
;; stack-pointer
;; show import, tag, func $, export "exception"
(module
  (import "env" "imported" (tag $imported (param i64)))
  (import "env" "invoke_j" (func $invoke_j (param i64) (result i64)))
  (memory i64 1)
  (table i64 1 funcref)
  (tag $exception (export "exception") (param i32))
  (global $__stack_pointer (mut i64) (i64.const 4096))
  (func $setThrew (export "setThrew") (param i64 i32))
  (func $main (export "main") (result i32)
    block $caught (result i32)
      try_table (result i32) (catch $exception $caught)
        i64.const 1 call $invoke_j throw $imported
      end
      throw $exception
    end))
