about "What failed a moment ago is answered from libunbound's cache: still a failure, never 'no CAA'"

# One process, one name after the other, within the 5 s for which libunbound remembers a failure.
# That the last answer came from its cache, the servers show: none of them was asked for it.

# again ZONE NAME: twice, and the second time without asking the zone's servers.
again() {
    run ./one_by_one.sh "$2" "$2"
    expect_queries "$1" -eq 0
}

again servfail.com servfail.com
expect_exit 2
for i in 0 1; do
    expect_json "[$i]" '{"verdict": "undecided", "retry_helps": true}'
    expect_json "[$i].levels[0]" '{"outcome": "servfail", "security": "indeterminate"}'
done

run ./one_by_one.sh servfail.com servfail.com www.servfail.com
expect_exit 2
for i in 0 1 2; do
    expect_json "[$i]" '{"verdict": "undecided", "cause": "servfail.com"}'
done

again refused.com refused.com
expect_exit 2
expect_json '[0].verdict' undecided
expect_json '[1].verdict' undecided

# The case of the report: net itself. Where libunbound gave up before it had asked all 13 servers'
# addresses, it remembers nothing, and fails anew.
fault net --kind servfail --qtype CAA
run ./one_by_one.sh '*.sabo28.deno.net' '*.sabo28.deno.net'
expect_exit 2
for i in 0 1; do
    expect_json "[$i]" '{"verdict": "undecided", "cause": "net"}'
    expect_json "[$i].levels[name=net].outcome" servfail
done
clear

# Bogus, remembered for a minute.
for zone in expired.com no-signature.com; do
    again "$zone" "$zone"
    expect_exit 3
    for i in 0 1; do
        expect_json "[$i]" '{"verdict": "undecided", "retry_helps": false}'
        expect_json "[$i].levels[0]" '{"outcome": "bogus", "security": "bogus"}'
    done
done

# Bogus for the CAA set alone: not remembered, and bogus again.
run ./one_by_one.sh no-caa-signature.com no-caa-signature.com
expect_exit 3
expect_json '[0].levels[0].outcome' bogus
expect_json '[1].levels[0].outcome' bogus

# An empty answer without SOA does not become a good one by being remembered.
run ./one_by_one.sh no-soa.com no-soa.com
expect_exit 3
expect_json '[0].levels[0].outcome' malformed
expect_json '[1].levels[0].outcome' malformed

# A name that does not exist stays one: below a TLD an empty answer, at a TLD a failure.
again deno.net unknown.deno.net
expect_exit 0
again signed.com unknown.signed.com
expect_exit 0
for i in 0 1; do
    expect_json "[$i].verdict" allowed
    expect_json "[$i].levels[0]" '{"outcome": "nxdomain", "security": "secure"}'
done
again . foo.nosuchtld
expect_exit 3
for i in 0 1; do
    expect_json "[$i]" '{"verdict": "undecided", "rule": "no-such-tld", "retry_helps": false}'
done

# And a set that forbids.
again forbids.com www.forbids.com
expect_exit 1
expect_json '[1]' '{"verdict": "forbidden", "decided_at": "forbids.com"}'
