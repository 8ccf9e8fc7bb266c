;; Asks for memory until it is refused, then traps.
(module
  (memory (export "memory") 1)
  (func (export "map_alloc") (param i32) (result i32) (i32.const 1024))
  (func (export "map_invoke") (param i32 i32) (result i64)
    (loop $more
      (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
    (unreachable)))
