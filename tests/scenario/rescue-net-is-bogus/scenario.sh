about "All 13 servers of net give bad signatures: never permission, the registry is at fault, and trying again is not advised"

. "$lib/../rescue/lib.sh"

fault net --kind bad-signature
check "$(twenty bad)" --deadline 60
expect_exit 3
expect_no_error
expect_every 'undecided' 'r["verdict"] == "undecided" and r["retry_helps"] is False'
expect_every 'bogus, by the registry' \
    'level("net")["evidence"]["fault"] == "registry" and level("net")["evidence"]["failure"] == "bogus"'
expect_every 'the zone is net' 'level("net")["evidence"]["zone"] == "net"'
expect_every 'no retry' 'level("net")["evidence"]["retry"]["advised"] is False'
expect_every 'nobody below is blamed for it' 'all(x["zone"] == "net" for x in e)'
expect_every 'nothing was rescued' 'not any(l.get("rescued") for l in r["levels"])'
expect_bounded

# Servers that fail beside them change nothing: what can be had is bogus.
fault net --servers 1-6 --kind servfail
check "$(twenty worse | head -n 4)" --deadline 4
expect_every 'not allowed' 'r["verdict"] == "undecided"'
expect_that 'exit status 2 or 3' [ "$status" = 2 -o "$status" = 3 ]
expect_exit "$status"
