about "What is told of a failure that lasts is what is the case, and not what was when it began: now it is us"

. "$lib/../rescue/lib.sh"

fault net --kind servfail
(sleep 5 && lose input 'udp sport 53' 'tcp sport 53') &
check lasts.deno.net --deadline 55
wait $!
find_again
clear
expect_exit 2
expect_every 'all servers are silent by now' 'level("net")["evidence"]["failure"] == "silent"'
expect_every 'each of them' \
    'len({x["server"] for x in level("net")["evidence"]["exchanges"] if x["zone"] == "net" and x["failure"] == "silent"}) == 13'
expect_every 'and so are others' 'level("net")["evidence"]["fault"] == "resolver"'
expect_bounded
expect_queries net -lt 600
