;; Calls itself until the stack is gone.
(module
  (memory (export "memory") 1)
  (func (export "map_alloc") (param i32) (result i32) (i32.const 1024))
  (func $down (export "map_invoke") (param i32 i32) (result i64)
    (i64.add (call $down (local.get 0) (local.get 1)) (i64.const 1))))
