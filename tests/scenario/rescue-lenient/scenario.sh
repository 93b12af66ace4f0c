about "What a walk finds fault with and a recursor puts up with is decided: no AA, no EDNS, no way over TCP"

. "$lib/../rescue/lib.sh"

# Its servers fail, and when they recover they do not say that they are authoritative.
fault forbids.com --kind no-aa
fault forbids.com --kind servfail --for 1.5s
check www.forbids.com --deadline 60
clear
expect_exit 1
expect_every 'forbidden' 'r["verdict"] == "forbidden" and level("forbids.com")["records"] != []'
expect_bounded

# When they recover they know no EDNS, and nothing of TCP.
fault forbids.com --kind formerr --edns --over udp
fault forbids.com --kind drop --over tcp
fault forbids.com --kind servfail --for 1.5s
check www.forbids.com --deadline 60
clear
expect_exit 1
expect_every 'forbidden' 'r["verdict"] == "forbidden" and level("forbids.com")["records"] != []'
expect_bounded

# No TCP leaves this machine, so no referral is ever confirmed, and nobody is pinned.
lose output 'tcp dport 53'
fault net --kind servfail --for 3s
check "$(twenty tcp)" --deadline 60
clear
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed"'
# Where libunbound is still at it when net is back, as on a slow machine, nothing was to be rescued.
expect_every 'net is validated' 'level("net")["security"] == "secure"'
expect_bounded

# What is to be had over TCP alone is then our own matter.
check big.com --deadline 20
find_again
expect_exit 2
expect_every 'we are at fault' 'all(x["fault"] == "resolver" and x["failure"] == "truncated" for x in e) and e != []'
