about "No zone is built in: test, home.arpa, 10.in-addr.arpa and localhost are asked for; .onion and addresses never"

run caa check --json foo.test bar.test foo.home.arpa 10.in-addr.arpa
expect_exit 1
expect_json '[name=foo.test]' '{"verdict": "forbidden", "decided_at": "foo.test"}'
expect_json '[name=bar.test].verdict' allowed
expect_json '[name=bar.test].levels[name=test]' '{"outcome": "nodata", "security": "secure"}'
expect_json '[name=foo.home.arpa]' '{"verdict": "forbidden", "decided_at": "foo.home.arpa"}'
expect_json '[name=10.in-addr.arpa]' '{"verdict": "forbidden", "decided_at": "10.in-addr.arpa"}'

# The root says that these do not exist; a resolver's own zone would have said "no CAA".
run caa check --json localhost foo.localhost foo.local foo.invalid
expect_exit 3
for i in 0 1 2 3; do
    expect_json "[$i]" '{"verdict": "undecided", "rule": "no-such-tld"}'
    expect_json "[$i].levels[-1]" '{"outcome": "nxdomain", "security": "secure"}'
done
expect_queries . -gt 0

forget_queries
run caa check --json duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion 192.0.2.1 2001:db8::1
expect_exit 4
for i in 0 1 2; do
    expect_json "[$i].verdict" not-applicable
done
expect_queries . -eq 0
