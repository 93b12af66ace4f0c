about "Net falls silent when its answer's TTL runs out, but it was asked again before: names below deno.net, old and new, do not notice"

. "$lib/../rescue/lib.sh"

queries_for_net() { lab stats --json | /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["zones"]["net"]["udp"])'; }

start_feeding caa check --json -

# Another process, as text: what it looks up is published anew, which is no failure of anybody.
mkfifo "$out/names"
caa check - <"$out/names" >"$out/text" 2>&1 {fed_input}>&- &
reader=$!
exec 7>"$out/names"
printf 'anew.org\nanew.org\nanew.org\n' >&7
feed anew.org anew.org anew.org
expect_every 'allowed, and nothing to tell' 'r["verdict"] == "allowed" and r["findings"] == []'
while [ "$(grep -c '^allowed' "$out/text")" != 3 ]; do sleep 0.2; done
echo 'anew.org. 60 IN CAA 0 issue "ca.example"' | lab publish anew.org
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

# Asked again ahead, the set is another one: that decides, and the earlier look is told of.
feed anew.org
expect_json . '{"verdict": "forbidden", "findings": [{"code": "answer-changed", "name": "anew.org"}]}'
expect_json '.levels[name=anew.org].other_look' '{"kind": "earlier", "outcome": "records", "security": "insecure", "records": 1}'
expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" check "$out/stdout"
echo anew.org >&7
exec 7>&-
wait "$reader" || true # the last one is forbidden
expect_that 'in words' grep -q '^  note: anew\.org: an earlier look, still valid, .* (another set of 1 CAA record, insecure, at 2' "$out/text"
stop_feeding
expect_exit 1
expect_no_error
