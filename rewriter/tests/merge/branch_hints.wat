;; Hints stay on their instructions: those behind a widened immediate move with it (128 more
;; imports make the thunk's index one of two bytes), those in other bodies do not. Debug information in a file of its own
;; cannot follow and is dropped.
;; replace env.__syscall_bind by sys_bind
;; replace env.__syscall_listen by sys_listen
;; show func $main, func $other
(module
  (@custom "external_debug_info" "\09app.debug")
  (import "env" "__syscall_bind" (func $bind (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "env" "__syscall_listen" (func $listen (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "e" "0" (func))(import "e" "1" (func))(import "e" "2" (func))(import "e" "3" (func))(import "e" "4" (func))(import "e" "5" (func))(import "e" "6" (func))(import "e" "7" (func))(import "e" "8" (func))(import "e" "9" (func))(import "e" "10" (func))(import "e" "11" (func))(import "e" "12" (func))(import "e" "13" (func))(import "e" "14" (func))(import "e" "15" (func))
  (import "e" "16" (func))(import "e" "17" (func))(import "e" "18" (func))(import "e" "19" (func))(import "e" "20" (func))(import "e" "21" (func))(import "e" "22" (func))(import "e" "23" (func))(import "e" "24" (func))(import "e" "25" (func))(import "e" "26" (func))(import "e" "27" (func))(import "e" "28" (func))(import "e" "29" (func))(import "e" "30" (func))(import "e" "31" (func))
  (import "e" "32" (func))(import "e" "33" (func))(import "e" "34" (func))(import "e" "35" (func))(import "e" "36" (func))(import "e" "37" (func))(import "e" "38" (func))(import "e" "39" (func))(import "e" "40" (func))(import "e" "41" (func))(import "e" "42" (func))(import "e" "43" (func))(import "e" "44" (func))(import "e" "45" (func))(import "e" "46" (func))(import "e" "47" (func))
  (import "e" "48" (func))(import "e" "49" (func))(import "e" "50" (func))(import "e" "51" (func))(import "e" "52" (func))(import "e" "53" (func))(import "e" "54" (func))(import "e" "55" (func))(import "e" "56" (func))(import "e" "57" (func))(import "e" "58" (func))(import "e" "59" (func))(import "e" "60" (func))(import "e" "61" (func))(import "e" "62" (func))(import "e" "63" (func))
  (import "e" "64" (func))(import "e" "65" (func))(import "e" "66" (func))(import "e" "67" (func))(import "e" "68" (func))(import "e" "69" (func))(import "e" "70" (func))(import "e" "71" (func))(import "e" "72" (func))(import "e" "73" (func))(import "e" "74" (func))(import "e" "75" (func))(import "e" "76" (func))(import "e" "77" (func))(import "e" "78" (func))(import "e" "79" (func))
  (import "e" "80" (func))(import "e" "81" (func))(import "e" "82" (func))(import "e" "83" (func))(import "e" "84" (func))(import "e" "85" (func))(import "e" "86" (func))(import "e" "87" (func))(import "e" "88" (func))(import "e" "89" (func))(import "e" "90" (func))(import "e" "91" (func))(import "e" "92" (func))(import "e" "93" (func))(import "e" "94" (func))(import "e" "95" (func))
  (import "e" "96" (func))(import "e" "97" (func))(import "e" "98" (func))(import "e" "99" (func))(import "e" "100" (func))(import "e" "101" (func))(import "e" "102" (func))(import "e" "103" (func))(import "e" "104" (func))(import "e" "105" (func))(import "e" "106" (func))(import "e" "107" (func))(import "e" "108" (func))(import "e" "109" (func))(import "e" "110" (func))(import "e" "111" (func))
  (import "e" "112" (func))(import "e" "113" (func))(import "e" "114" (func))(import "e" "115" (func))(import "e" "116" (func))(import "e" "117" (func))(import "e" "118" (func))(import "e" "119" (func))(import "e" "120" (func))(import "e" "121" (func))(import "e" "122" (func))(import "e" "123" (func))(import "e" "124" (func))(import "e" "125" (func))(import "e" "126" (func))(import "e" "127" (func))
  (func $main (param i32)
    local.get 0
    (@metadata.code.branch_hint "\00") if nop end
    i32.const 3 i32.const 0 i32.const 0 i32.const 0 i32.const 0 i32.const 0 call $bind drop
    local.get 0
    (@metadata.code.branch_hint "\01") if nop end)
  (func $other (param i32)
    local.get 0
    (@metadata.code.branch_hint "\01") if nop end))
