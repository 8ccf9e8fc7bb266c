;; Claims an answer that lies outside its memory.
(module
  (memory (export "memory") 1)
  (func (export "map_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "map_invoke") (param i32 i32) (result i64) (i64.const 0x7fffffff00000010)))
