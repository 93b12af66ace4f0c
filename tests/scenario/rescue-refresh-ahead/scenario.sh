about "Net falls silent when its answer's TTL runs out, but it was asked again before: names below deno.net, old and new, do not notice"

. "$lib/../rescue/lib.sh"

queries_for_net() { lab stats --json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["zones"]["net"]["udp"])'; }

start_feeding caa check --json -
feed old{1..10}.deno.net
learnt=$SECONDS
expect_every 'allowed, and net has a minute' 'r["verdict"] == "allowed" and 58 <= level("net")["ttl_s"] <= 60'

# Nobody asks us anything, and yet net's servers are asked.
forget_queries
while [ "$(queries_for_net)" = 0 ] && [ $((SECONDS - learnt)) -lt 60 ]; do sleep 1; done
expect_queries net -ge 1
while [ $((SECONDS - learnt)) -lt 62 ]; do sleep 1; done

# Net's answer is needed, and below an unsigned zone net's word that it is unsigned.
fault net --kind drop
feed old{1..10}.deno.net new{1..10}.deno.net
expect_every 'allowed, and nothing was waited for' 'r["verdict"] == "allowed" and not r["deadline_passed"]'
expect_every 'nothing had to be rescued' 'not any(l.get("rescued") for l in r["levels"]) and e == []'
expect_every 'net was validated' 'level("net")["outcome"] == "nodata" and level("net")["security"] == "secure"'
stop_feeding
expect_exit 0
expect_no_error
