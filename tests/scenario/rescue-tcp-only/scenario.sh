about "UDP to net's servers gets lost, is refused on the way out, or comes back truncated: the way over TCP is found"

. "$lib/../rescue/lib.sh"

udp_to_net=("ip daddr { $(addresses_of net 4) } udp dport 53" "ip6 daddr { $(addresses_of net 6) } udp dport 53")

for hook in input output; do
    lose "$hook" "${udp_to_net[@]}"
    check "$(twenty "$hook" | head -n 8)" --deadline 60
    find_again
    expect_exit 0
    expect_every 'allowed' 'r["verdict"] == "allowed"'
    expect_every 'net was rescued, validated' \
        'level("net")["rescued"] and level("net")["security"] == "secure"'
    # A level that was rescued by what another one's walk had found may tell of its own before that
    # has heard anything over TCP.
    expect_every 'net is named, and what is wrong there' \
        'all(x["zone"] == "net" and x["failure"] == ("no-udp" if heard(x) else x["failure"]) for x in e)'
    expect_every 'nothing was heard over UDP' 'all(heard(x) <= {"tcp"} for x in e)'
    expect_some 'much was heard over TCP' 'any(x["zone"] == "net" and x["failure"] == "no-udp" and heard(x) == {"tcp"} for x in e)'
    expect_bounded
done

fault net --kind truncate
check "$(twenty cut | head -n 8)" --deadline 60
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed"'
expect_bounded
