about "The root is deaf over TCP at first, so that nobody of net may be pinned: once it hears again, one good server of 13 is enough"

. "$lib/../rescue/lib.sh"

fault net --servers 1-12 --kind servfail
fault . --kind drop --over tcp --for 3s
check "$(twenty deaf)" --deadline 60
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed" and not r["deadline_passed"]'
expect_every 'net was validated' 'level("net")["security"] == "secure"'
expect_bounded
