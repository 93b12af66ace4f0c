about "br-insecure-failure, off by default: a failure passes only in a zone that is proved unsigned, after retries, and when it is not ours"

. "$lib/../rescue/lib.sh"

run caa check --json servfail.com --deadline 10
expect_exit 2
expect_json .verdict undecided

run caa check --json servfail.com --deadline 10 --br-insecure-failure
expect_exit 0
expect_json .rule insecure-failure
expect_json .decided_at servfail.com
expect_json '.levels[name=servfail.com].outcome' servfail
expect_json '.levels[name=servfail.com].evidence' '{"insecure_proved": true, "fault": "subscriber"}'

run caa check --json dead.com --deadline 15 --br-insecure-failure
expect_exit 2
expect_json .verdict undecided
expect_json '.levels[name=dead.com].evidence.insecure_proved' false

run caa check --json expired.com --br-insecure-failure
expect_exit 3
expect_json .verdict undecided

fault net --servers 1-13 --kind servfail
run caa check --json plain.net --deadline 8 --br-insecure-failure
expect_exit 2
expect_json .verdict undecided
expect_json .failure.zone net

# A zone that is to be had over IPv6 alone is not to be excused by who has no IPv6.
lose output 'meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53'
run caa check --json ipv6-only.com --deadline 10 --br-insecure-failure
find_again
expect_exit 2
expect_json .verdict undecided
expect_json .failure.fault resolver
