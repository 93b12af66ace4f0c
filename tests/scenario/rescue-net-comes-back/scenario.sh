about "All 13 servers of net fail or are silent for 8 s: the checks wait for them, and are decided"

. "$lib/../rescue/lib.sh"

decided_once_net_is_back() {
    expect_exit 0
    expect_no_error
    expect_every 'allowed' 'r["verdict"] == "allowed" and not r["deadline_passed"]'
    expect_every 'net was validated' 'level("net")["security"] == "secure"'
    expect_bounded
    expect_queries net -lt 4000
}

fault net --kind servfail --for 8s
check "$(twenty fails)" --deadline 60
decided_once_net_is_back
expect_every 'net was rescued, and its registry named' \
    'level("net")["rescued"] and level("net")["evidence"]["zone"] == "net" and level("net")["evidence"]["fault"] == "registry"'
expect_every 'what its servers did is kept' \
    'any(x["zone"] == "net" and x["failure"] == "servfail" for x in level("net")["evidence"]["exchanges"])'

# Here libunbound may be the first to hear of it: then nothing was rescued.
clear
forget_queries
fault net --kind drop --for 8s
check "$(twenty silent)" --deadline 60
decided_once_net_is_back

# What is over is blamed on nobody: where com works again, two names below it fail for their own reasons,
# though they attended one investigation while it failed.
clear
fault com --kind servfail --for 2s
check $'own.servfail.com\nother.refused.com' --deadline 15
expect_exit 2
expect_no_error
expect_json '[name=own.servfail.com].levels[name=own.servfail.com].evidence' '{"zone": "servfail.com", "fault": "subscriber"}'
expect_json '[name=other.refused.com].levels[name=other.refused.com].evidence' '{"zone": "refused.com", "fault": "subscriber"}'
