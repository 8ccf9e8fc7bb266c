;; Executes an instruction that cannot be.
(module
  (memory (export "memory") 1)
  (func (export "map_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "map_invoke") (param i32 i32) (result i64) (unreachable)))
