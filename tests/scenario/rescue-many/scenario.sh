about "Hundreds of checks that wait for net are all decided soon after it is back, and not a few each second"

. "$lib/../rescue/lib.sh"

fault net --kind servfail --for 8s
check "$(for i in {1..500}; do echo "many$i.deno.net"; done)" --deadline 30
expect_exit 0
expect_every 'allowed' 'r["verdict"] == "allowed" and not r["deadline_passed"]'
# On a slow machine libunbound is still at it when net is back, and nothing has failed then.
# Where net is back before anybody was seen to fail, libunbound's word alone accuses nobody.
expect_every 'net is blamed, and nobody else' \
    'all(x["fault"] == ("unknown" if x["failure"] == "recursor" else "registry") for x in e)'
expect_every 'whoever fails is net' 'all(x["zone"] == "net" for x in e if x["failure"] != "recursor")'
expect_bounded
