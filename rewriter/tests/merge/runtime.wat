;; A stand-in for the runtime: each entry calls what one test needs, and embedding drops the rest.
(module
  (import "app" "read" (func $read (param i64 i32 i32) (result i32)))
  (import "app" "write" (func $write (param i64 i32 i32) (result i32)))
  (import "app" "abi" (func $abi (result i32)))
  (import "app" "socket" (func $socket (result i32)))
  (import "app" "close" (func $close (param i32) (result i32)))
  (import "app" "fcntl" (func $fcntl (param i32 i32) (result i32)))
  (import "app" "poll" (func $poll (param i64 i32) (result i32)))
  (import "app" "select" (func $select (param i32 i64 i64 i64) (result i32)))
  (import "app" "malloc" (func $malloc (param i64) (result i64)))
  (import "direct_sockets" "command" (func $command (param i32 i32 i32 i32) (result i32)))
  (import "direct_sockets" "now" (func $now (result f64)))
  (memory (export "memory") 1)
  (global $depth (mut i32) (i32.const 7))
  (table $events 1 funcref)
  (elem (table $events) (i32.const 0) func $event)
  (data (i32.const 16) "the runtime's data")

  ;; All events are this one function: a merge looks at their names only.
  (func $event
    (export "scratch") (export "ticket_timeout") (export "ticket_expired") (export "opened")
    (export "failed") (export "recv_reserve") (export "recv_commit") (export "recv_end")
    (export "send_peek") (export "send_done") (export "datagram_reserve")
    (export "datagram_commit") (export "datagrams_sent") (export "accepted") (export "closed")
    (export "resolved_address") (export "resolved") (export "finish") (export "configure"))
  (func $sys_abandon (export "sys_abandon") (param i32) (result i64) i64.const 0xfffffffa)

  (func $sys_socket (export "sys_socket") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    call $socket i64.extend_i32_u)
  ;; Commands the host.
  (func $sys_connect (export "sys_connect") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    i32.const 1 i32.const 0 i32.const 0 i32.const 0 call $command i64.extend_i32_u)
  ;; Calls nothing.
  (func $sys_bind (export "sys_bind") (param i32 i64 i64 i64 i64 i64 i64) (result i64) i64.const 0)
  (func $sys_listen (export "sys_listen") (param i32 i64 i64 i64 i64 i64 i64) (result i64) i64.const 0)
  ;; Waits once: answers a ticket, and 77 when it is called with it.
  (func $sys_accept4 (export "sys_accept4") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    local.get 0 if (result i64) i64.const 77 else i64.const 0x5_0000_0000 end)
  ;; Reaches into the program's memory, both ways.
  (func $sys_recvfrom (export "sys_recvfrom") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    local.get 2 i32.const 16 i32.const 4 call $write i64.extend_i32_u)
  (func $sys_sendto (export "sys_sendto") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    local.get 2 i32.const 16 i32.const 4 call $read i64.extend_i32_u)
  ;; Uses its own global, table and segments.
  (func $sys_getsockopt (export "sys_getsockopt") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    i32.const 0 call_indirect $events
    global.get $depth i64.extend_i32_u)
  ;; Calls the program's functions.
  (func $sys_poll (export "sys_poll") (param i32 i64 i64 i64) (result i64)
    local.get 1 i32.const 1 call $poll i64.extend_i32_u)
  (func $sys_newselect (export "sys_newselect") (param i32 i64 i64 i64 i64 i64) (result i64)
    i32.const 0 local.get 2 local.get 3 local.get 4 call $select i64.extend_i32_u)
  (func $sys_fcntl64 (export "sys_fcntl64") (param i32 i64 i64 i64) (result i64)
    i32.const 3 i32.const 1 call $fcntl i64.extend_i32_u)
  (func $wasi_fd_close (export "wasi_fd_close") (param i32 i64) (result i64)
    i32.const 3 call $close i64.extend_i32_u)
  (func $proc_exit (export "proc_exit") (param i32 i64) (result i64) i64.const -1)
  (func $gethostbyname (export "gethostbyname") (param i32 i64) (result i64)
    i64.const 20 call $malloc)
  ;; Answers the ABI and the time.
  (func $sys_getsockname (export "sys_getsockname") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    call $abi i64.extend_i32_u)
  (func $sys_getpeername (export "sys_getpeername") (param i32 i64 i64 i64 i64 i64 i64) (result i64)
    call $now i64.trunc_sat_f64_u))
