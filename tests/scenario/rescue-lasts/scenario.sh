about "What is told of a failure that lasts is what the servers do, and not what they did when it began"

. "$lib/../rescue/lib.sh"

fault net --kind servfail
(sleep 2 && fault net --kind drop) &
check lasts.deno.net --deadline 45
wait $!
clear
expect_exit 2
expect_every 'all servers are silent by now' \
    'level("net")["evidence"]["failure"] == "silent" and level("net")["evidence"]["fault"] == "registry"'
expect_every 'each of them' \
    'len({x["server"] for x in level("net")["evidence"]["exchanges"] if x["zone"] == "net" and x["failure"] == "silent"}) == 13'
expect_bounded
expect_queries net -lt 600
