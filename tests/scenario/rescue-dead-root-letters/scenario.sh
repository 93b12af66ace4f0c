about "Two of the root's three servers are dead, one silent and one SERVFAIL: net fails and net is blamed, and others are checked as ever"

. "$lib/../rescue/lib.sh"

fault . --servers 1 --kind drop
fault . --servers 2 --kind servfail
run caa check --json --deadline 30 signed.com forbids.org plain.com
expect_exit 1
expect_json '[name=signed.com].verdict' allowed
expect_json '[name=forbids.org].verdict' forbidden
expect_json '[name=plain.com].verdict' allowed

# For good: net is to blame, with the dead letters in the evidence.
fault net --kind servfail
run caa check --json --deadline 20 deno.net
expect_exit 2
expect_json . '{"verdict": "undecided", "failure": {"zone": "net", "fault": "registry", "kind": "servfail"}}'
expect_every 'the dead letters are in the evidence' \
    '{x["failure"] for y in e for x in y["exchanges"] if x["zone"] == "."} >= {None, "silent", "servfail"}'
expect_bounded

# For a while: it is waited for.
clear net
fault net --kind servfail --for 3s
run caa check --json deno.net
expect_exit 0
expect_json .verdict allowed
