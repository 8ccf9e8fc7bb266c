;; The sample plugin: answers {"data":{"echo":<request>}}, where <request> is the JSON object
;; {context, operation, payload} exactly as the host handed it over.
;;
;; Memory: page 0 holds the texts, the request is placed from 1024 on; the answer follows it.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "{\"data\":{\"echo\":")
  (data (i32.const 32) "}}")
  (global $next (mut i32) (i32.const 1024))

  ;; Makes room for $length bytes, growing the memory as far as the host allows.
  (func $alloc (export "map_alloc") (param $length i32) (result i32)
    (local $at i32)
    (local $end i32)
    (local.set $at (global.get $next))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (if (i32.gt_u (local.get $end) (i32.mul (memory.size) (i32.const 65536)))
      (then
        (if (i32.eq
              (memory.grow
                (i32.add
                  (i32.div_u
                    (i32.sub (local.get $end) (i32.mul (memory.size) (i32.const 65536)))
                    (i32.const 65536))
                  (i32.const 1)))
              (i32.const -1))
          (then (unreachable)))))
    (global.set $next (local.get $end))
    (local.get $at))

  ;; The answer's place in the upper half, its length in the lower.
  (func (export "map_invoke") (param $in i32) (param $length i32) (result i64)
    (local $out i32)
    (local $total i32)
    (local.set $total (i32.add (local.get $length) (i32.const 18)))
    (local.set $out (call $alloc (local.get $total)))
    (memory.copy (local.get $out) (i32.const 0) (i32.const 16))
    (memory.copy (i32.add (local.get $out) (i32.const 16)) (local.get $in) (local.get $length))
    (memory.copy
      (i32.add (local.get $out) (i32.add (i32.const 16) (local.get $length)))
      (i32.const 32)
      (i32.const 2))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $out)) (i64.const 32))
      (i64.extend_i32_u (local.get $total)))))
