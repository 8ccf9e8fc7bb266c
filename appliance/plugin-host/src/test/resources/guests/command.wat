;; A WASI command: reads standard input once and answers {"data":{"stdin":<what it read>}}.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (data (i32.const 0) "{\"data\":{\"stdin\":")
  (data (i32.const 32) "}}")
  (func (export "_start")
    (i32.store (i32.const 64) (i32.const 1024))
    (i32.store (i32.const 68) (i32.const 65536))
    (drop (call $fd_read (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 72)))
    (i32.store (i32.const 80) (i32.const 0))
    (i32.store (i32.const 84) (i32.const 17))
    (i32.store (i32.const 88) (i32.const 1024))
    (i32.store (i32.const 92) (i32.load (i32.const 72)))
    (i32.store (i32.const 96) (i32.const 32))
    (i32.store (i32.const 100) (i32.const 2))
    (drop (call $fd_write (i32.const 1) (i32.const 80) (i32.const 3) (i32.const 104)))))
