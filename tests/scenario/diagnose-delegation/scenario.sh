about "Delegations: glue that is missing, half or old, NS sets that differ, names without address, aliases"

# finds NAME CODE STATUS: what is wrong with the delegation of NAME.
finds() {
    run caa diagnose "$1" --json --deadline 15
    expect_exit "$3"
    expect_json ".findings[code=$2].zone" "$1"
    expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" diagnose "$out/stdout"
}

finds glueless.com glue-missing 0
expect_json '.findings[code=glue-missing]' '{"affected": 1, "among": 2, "bearing": "advice"}'

finds unglued.com glue-missing 2
expect_json '.findings[0]' '{"code": "glue-missing", "bearing": "cause"}'
expect_json '.failing.zone' unglued.com

finds half-glue.com glue-family-missing 0
expect_json '.findings[code=glue-family-missing].evidence[0].server' ns1.half-glue.com

finds stale-glue.com glue-differs 0
expect_json '.findings[code=glue-differs].evidence[0]' '{"server": "ns1.stale-glue.com", "address": "198.18.0.77"}'

finds disagrees.com ns-only-in-parent 0
expect_json '.findings[code=ns-only-in-parent].evidence[0].server' old.nowhere.com
expect_json '.findings[code=ns-only-in-zone].evidence[0].server' new.nowhere.com
expect_json '.findings[code=ns-without-address].evidence[0].server' old.nowhere.com

finds aliased.com ns-is-alias 0
expect_json '.findings[code=ns-is-alias].evidence[0].did' 'an alias of ns1.alias-host.com'

finds one-server.com one-server 0
expect_json '.findings[code=ipv4-only].severity' note

# The lab's own.
run caa diagnose ipv6-only.com --json
expect_exit 1
expect_json '.findings[code=ipv6-only]' '{"bearing": "not-the-cause", "severity": "warning"}'
expect_json '.findings[0].code' caa-forbids

# The cause is where the alias leads.
run caa diagnose www.to-the-dead.com --json --deadline 20
expect_exit 2
expect_json .failing.zone dead-insecure.com
expect_json '.findings[0]' '{"code": "server-silent", "zone": "dead-insecure.com", "bearing": "cause"}'
expect_json '.zones[name=dead-insecure.com].on_the_way_to' www.dead-insecure.com
