about "Our own network is down: undecided, exit 2, and nobody else is blamed"

. "$lib/../rescue/lib.sh"

we_are_to_blame() {
    expect_exit 2
    expect_no_error
    expect_every 'undecided' 'r["verdict"] == "undecided" and r["retry_helps"] is True'
    expect_every 'the fault is ours' \
        'e != [] and all(x["fault"] in ("resolver", "unknown") for x in e) and level("net")["evidence"]["fault"] == "resolver"'
    expect_every 'trying again is advised, in whole seconds' \
        'all(x["retry"]["advised"] and x["retry"]["after_s"] >= 1 for x in e)'
    expect_bounded
}

# Packets vanish on the way out.
nft add table inet gone
nft 'add chain inet gone out { type filter hook output priority -10; }'
nft 'add rule inet gone out meta l4proto { tcp, udp } th dport 53 drop'
check "$(twenty lost)" --deadline 15
nft delete table inet gone
we_are_to_blame

# There is no network at all.
echo 1 >/proc/sys/net/ipv6/conf/lo/keep_addr_on_down # else whoever comes next in this lab has no IPv6
ip link set lo down
check "$(twenty down)" --deadline 15
ip link set lo up
we_are_to_blame

check "$(twenty up)"
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed"'

# What others said a moment before it went down speaks for nobody.
start_feeding caa check --json --deadline 15 -
feed refused.com
expect_every 'the customer is at fault' 'all(x["fault"] == "subscriber" for x in e) and e != []'
nft add table inet gone
nft 'add chain inet gone out { type filter hook output priority -10; }'
nft 'add rule inet gone out meta l4proto { tcp, udp } th dport 53 drop'
feed plain.net signed.com
expect_every 'it is not held against anybody' 'all(x["fault"] in ("resolver", "unknown") for x in e) and e != []'
nft delete table inet gone
stop_feeding
expect_exit 2

# Another registry has a bad day: that is not ours, and a customer's zone that fails is not excused by it.
fault org --kind servfail
check $'refused.com\nexpired.com\ndead-insecure.com' --deadline 40
expect_exit 3
expect_every 'whoever runs the domain is at fault' \
    'all(x["fault"] == "subscriber" and x["zone"] == r["name"] for x in e) and e != []'
clear
