;; A program that has been rewritten before: refused.
(module (@custom "direct_sockets" "an earlier rewrite"))
