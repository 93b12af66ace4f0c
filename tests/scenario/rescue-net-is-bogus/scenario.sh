about "All 13 servers of net give bad signatures: never permission, the registry is at fault, and trying again is not advised"

. "$lib/../rescue/lib.sh"

fault net --kind bad-signature
check "$(twenty bad)" --deadline 60
expect_exit 3
expect_no_error
expect_every 'undecided' 'r["verdict"] == "undecided" and r["retry_helps"] is False'
# Of net itself, or of what is below it and nearer, whichever was found out first.
expect_every 'bogus, by the registry' 'e != [] and all(x["fault"] == "registry" and x["failure"] == "bogus" for x in e)'
expect_some 'who gives bad data is told' \
    'any(len({y["server"] for y in x["exchanges"] if y["zone"] == "net" and y["failure"] == "bogus"}) == 13 for x in e)'
expect_every 'no retry' 'all(x["retry"]["advised"] is False for x in e)'
expect_every 'nobody below is blamed for it' 'all(x["zone"] == "net" for x in e)'
expect_every 'nothing was rescued' 'not any(l.get("rescued") for l in r["levels"])'
expect_bounded

# Of many names not each is tried at every server once more: what one found, the others know.
check "$(for i in {1..100}; do echo "many$i.deno.net"; done)" --deadline 60
expect_exit 3
expect_every 'bogus' 'r["verdict"] == "undecided" and any(x["failure"] == "bogus" for x in e)'
expect_that 'some did not ask again at all' /usr/bin/python3 -c '
import json, sys
tries = [json.loads(line)["levels"][0]["evidence"]["retries"] for line in open(sys.argv[1])]
sys.exit(0 not in tries)' "$out/stdout"

# Servers that fail beside them change nothing: what can be had is bogus.
fault net --servers 1-6 --kind servfail
check "$(twenty worse | head -n 4)" --deadline 10
expect_every 'not allowed' 'r["verdict"] == "undecided"'
expect_that 'exit status 2 or 3' [ "$status" = 2 -o "$status" = 3 ]
expect_exit "$status"
