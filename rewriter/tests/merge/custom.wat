;; Custom sections: features and producers are completed, unknown ones carried in their places, relocations
;; dropped with a warning.
;; replace env.__syscall_bind by sys_bind
;; replace env.__syscall_listen by sys_listen
;; show @custom, @producers
(module
  (@custom "dylink.0" (before first) "\01\04\00\00\00\00")
  (@custom "unknown" (before code) "as it was")
  (@producers (language "C11" "") (processed-by "clang" "19.0.0"))
  (@custom "target_features" "\02\2b\0fmutable-globals\2d\0bbulk-memory")
  (@custom "reloc.CODE" "\00")
  (@custom "sourceMappingURL" "\08app.wasm.map")
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_listen" (func $listen (param i32 i32 i32 i32 i32 i32) (result i32)))
  (func (export "main") (result i32)
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $bind))
