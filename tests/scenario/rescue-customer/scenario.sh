about "A customer's zone fails for a moment: the next check decides; and net's silence is nothing to who has CAA"

. "$lib/../rescue/lib.sh"

# One process. The first check is given up while the zone fails, which libunbound remembers for some
# seconds; that is not in the way of those that follow.
fault deno.net --kind servfail
start_feeding caa check --json --deadline 10 -
feed once.deno.net
expect_every 'undecided, and it is not the registry' \
    'r["verdict"] == "undecided" and all(x["fault"] not in ("registry", "resolver") for x in e)'
clear
feed again{1..19}.deno.net
expect_every 'allowed' 'r["verdict"] == "allowed"'
expect_bounded

# net's own answer is there still, and net fails for a name below it: net is the cause all the same.
fault net --kind servfail
feed foo.other.net
expect_every 'undecided, by net' 'r["cause"] == "other.net" and level("other.net")["evidence"]["zone"] == "net"'
expect_every 'who runs other.net is cleared' \
    '"foo.other.net and other.net are not the cause: net does not depend on them" in str(r["advice"])'
stop_feeding
expect_exit 2
expect_no_error

# Given up before the zone is back, the first is undecided, and the subscriber or platform named.
clear
forget_queries
fault deno.net --kind servfail
run caa check --json --deadline 6 gone.deno.net
expect_exit 2
expect_json .verdict undecided
expect_json '.levels[name=gone.deno.net].evidence' '{"zone": "deno.net", "failure": "servfail"}'
expect_json_not '.levels[name=gone.deno.net].evidence.fault' registry
expect_json_not '.levels[name=gone.deno.net].evidence.fault' resolver
expect_json '.levels[name=net].outcome' nodata
expect_bounded
expect_queries deno.net -lt 400

clear
fault com --kind drop --qtype CAA
check "$(for i in {1..10}; do echo "h$i.allows.com" && echo "*.w$i.allows.com"; done)"
expect_exit 0
expect_every 'allowed by his own record' 'r["verdict"] == "allowed" and r["decided_at"] == "allows.com"'
expect_every 'com was not waited for' 'level("com")["outcome"] == "not-needed"'
