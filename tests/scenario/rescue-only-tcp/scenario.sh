about "UDP to net's servers gets lost, or comes back truncated: the way over TCP is found"

. "$lib/../rescue/lib.sh"

addresses() {
    lab zones --json | /usr/bin/python3 -c '
import json, sys
for zone in json.load(sys.stdin):
    if zone["zone"] == sys.argv[1]:
        found = [a for s in zone["servers"] for a in s["addresses"] if (":" in a) == (sys.argv[2] == "6")]
        print(", ".join(found))' "$@"
}

nft add table inet udp_is_lost
nft 'add chain inet udp_is_lost out { type filter hook output priority -10; }'
nft "add rule inet udp_is_lost out ip daddr { $(addresses net 4) } udp dport 53 drop"
nft "add rule inet udp_is_lost out ip6 daddr { $(addresses net 6) } udp dport 53 drop"
check "$(twenty tcp)"
nft delete table inet udp_is_lost
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed"'
expect_every 'net was rescued, validated' \
    'level("net")["rescued"] and level("net")["security"] == "secure"'
expect_every 'UDP failed and TCP did not' \
    '{x["transport"] for x in level("net")["evidence"]["exchanges"] if x["zone"] == "net" and x["failure"] is None} == {"tcp"}'
expect_bounded

fault net --kind truncate
check "$(twenty cut)"
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed"'
expect_bounded
