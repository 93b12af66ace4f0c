about "Only IPv4 works, only IPv6 works, and net fails besides: decided, and no zone is blamed for the family that is dead"

. "$lib/../rescue/lib.sh"

all_are_allowed() {
    expect_exit 0
    expect_every 'allowed' 'r["verdict"] == "allowed"'
    expect_every 'net was validated' 'level("net")["security"] == "secure"'
    expect_bounded
}

for family in ip6 ip; do
    lose input "meta l4proto { tcp, udp } th dport 53 $family version $([ "$family" = ip ] && echo 4 || echo 6)"
    check "$(twenty "one$family" | head -n 8)" --deadline 60
    all_are_allowed
    expect_every 'no registry is blamed' 'not any(x["fault"] == "registry" for x in e)'

    # Ten of net's letters fail, over the family that is left.
    fault net --servers 1-10 --kind servfail
    check "$(twenty "ten$family" | head -n 8)" --deadline 60
    all_are_allowed
    clear

    # The zone fails wholly, and comes back.
    fault net --kind servfail --for 2s
    check "$(twenty "back$family" | head -n 8)" --deadline 60
    all_are_allowed
    clear
    find_again
done
