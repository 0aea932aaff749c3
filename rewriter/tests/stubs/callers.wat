;; All alike: the libc function that calls each one tells, as 3.1.6 and 3.1.69 compile it at -O1.
(module
  (global $__stack_pointer (mut i32) (i32.const 4096))
  (type $six (func (param i32 i32 i32 i32 i32 i32) (result i32)))
  (type $five (func (param i32 i32 i32 i32 i32) (result i32)))
  (func (type $six) i32.const -50)                                    ;; 0: setsockopt
  (func (param i32 i32) (result i32) i32.const -52)                   ;; 1: pipe2
  (func (param i32 i32) (result i32) i32.const -52)                   ;; 2: getitimer, which nobody wants
  (func (type $six) i32.const -52)                                    ;; 3: pselect6
  (func (type $five) i32.const -52)                                   ;; 4: recvmmsg
  (func (type $five) i32.const -52)                                   ;; 5: sendmmsg
  (func (type $six) i32.const -52)                                    ;; 6: shutdown
  (func (type $six) i32.const -52)                                    ;; 7: socketpair
  (func (param i32 i32 i32) (result i32) i32.const -52)               ;; 8: fcntl64, standalone
  (func (param i32 i32 i32) (result i32) i32.const -52)               ;; 9: ioctl, standalone
  (func (param i32 i32 i32) (result i32) i32.const -52)               ;; 10: mincore, which nobody wants
  (func $ret (param i32) (result i32) local.get 0)
  (func (param i32 i32 i32 i32 i32) (result i32)
    local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 i32.const 0 call 0 call $ret)
  (func (param i32 i32) (result i32)
    (local i32)
    local.get 0 local.get 1 call 1 local.tee 2 i32.const -52 i32.eq (if (result i32) (then i32.const 1) (else local.get 2)))
  (func (param i32 i32) (result i32)
    local.get 0 local.get 1 call 2 call $ret)
  (func (param i32 i32 i32 i32 i32 i32) (result i32)
    (local i32)
    global.get $__stack_pointer local.set 6
    local.get 0 local.get 1 local.get 2 local.get 3 local.get 4 local.get 6 i32.const 8 i32.add call 3 call $ret)
  (func (param i32 i32 i32 i32 i32) (result i32)
    (local i32)
    global.get $__stack_pointer local.tee 5 local.get 4 i32.store
    local.get 0 local.get 1 local.get 2 local.get 3 local.get 5 call 4 call $ret)
  (func (param i32 i32 i32 i32) (result i32)
    local.get 0 local.get 1 local.get 2 local.get 3 i32.const 0 call 5 call $ret)
  (func (param i32 i32) (result i32)
    local.get 0 local.get 1 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call 6 call $ret)
  (func (param i32 i32 i32 i32) (result i32)
    local.get 0 local.get 1 local.get 2 local.get 3 i32.const 0 i32.const 0 call 7 call $ret)
  (func (param i32 i32 i32) (result i32)
    (local i32)
    local.get 1 i32.const 1030 i32.eq drop
    local.get 0 local.get 1 local.get 3 call 8 call $ret)
  (func (param i32 i32 i32) (result i32)
    (local i32)
    local.get 0 local.get 1 local.get 3 call 9 call $ret)
  (func (param i32 i32 i32) (result i32)
    local.get 0 local.get 1 local.get 2 call 10 call $ret)
  (memory 1))
