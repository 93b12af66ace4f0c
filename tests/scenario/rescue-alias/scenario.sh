about "A name is an alias into a zone that fails: that zone is walked, named, blamed and waited for; circles end"

. "$lib/../rescue/lib.sh"

no_walk_for_ever() { expect_every 'the prober sent under 100' 'all(x["queries"] < 100 for x in e)'; }

# Over one alias, over a DNAME, over a chain that leaves its zone twice.
fails_at_plain_com() {
    local name=$1 target=$2
    fault plain.com --kind servfail
    check "$name" --deadline 12
    expect_exit 2
    expect_json ".levels[name=$name].evidence" \
        "{\"zone\": \"plain.com\", \"alias\": \"$target\", \"failure\": \"servfail\", \"fault\": \"subscriber\", \"insecure_proved\": false}"
    expect_json '.levels[name=away.org].outcome' nodata
    no_walk_for_ever
    clear
}
comes_back_at_plain_com() {
    # A slow machine may come too late to see it fail.
    fault plain.com --kind servfail --for 3s
    check "$1"
    expect_exit 0
    expect_json .verdict allowed
    expect_every 'what was rescued names the zone, and where the alias leads' \
        'all(x["zone"] in ("plain.com", ".") for x in e)'
    no_walk_for_ever
    clear
}
fails_at_plain_com plain.away.org www.plain.com
comes_back_at_plain_com plain.away.org
fails_at_plain_com www.moved.away.org www.plain.com
comes_back_at_plain_com www.moved.away.org
fails_at_plain_com far.away.org www.plain.com
comes_back_at_plain_com far.away.org

# Half of the target's servers are good: pinned there.
fault plain.com --servers 1-1 --kind bad-signature
fault plain.com --servers 1-1 --kind servfail
check "$(for i in {1..10}; do echo "a$i.moved.away.org"; done)"
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed"'
clear

# Round in a circle, within the zone and out of it: for good, and said at once.
check round.away.org
expect_exit 3
expect_json '.levels[name=round.away.org].evidence' '{"failure": "alias-loop", "fault": "subscriber"}'
expect_json '.levels[name=round.away.org].evidence.retry' '{"advised": false}'
no_walk_for_ever
check a.loop.com
expect_exit 3
expect_json '.levels[name=a.loop.com].evidence' '{"failure": "alias-loop", "zone": "loop.com"}'
no_walk_for_ever

# Bogus where the alias leads is said at once too: of com a few servers were asked at first, and any of
# them might be the one that gives bad data.
check bad.away.org
expect_exit 3
expect_json '.levels[name=bad.away.org].evidence' '{"failure": "bogus", "zone": "expired.com", "alias": "www.expired.com"}'
no_walk_for_ever

# Where nobody walks to the end, nobody on the way is to blame for what is bad there.
check c1.away.org --deadline 8
expect_exit 3
expect_json '.levels[name=c1.away.org].evidence' '{"failure": "bogus", "fault": "unknown"}'
expect_every 'com is not blamed' 'all(x["zone"] != "com" and x["zone"] != "back.com" for x in e)'
no_walk_for_ever

# The zone where the alias leads is unsigned; that is no proof about the name that has it.
fault plain.com --kind servfail
check plain.away.org --deadline 10 --br-insecure-failure
expect_exit 2
expect_json .verdict undecided
