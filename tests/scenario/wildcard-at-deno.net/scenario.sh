about "*.sabo28.deno.net may be issued for: no CAA at any level, net secure, deno.net insecure"

run caa check '*.sabo28.deno.net' --issuer letsencrypt.org
expect_exit 0
expect_line '^\*\.sabo28\.deno\.net for letsencrypt\.org$'
expect_line '^allowed: no CAA record at sabo28\.deno\.net, deno\.net or net, so any CA may issue\.$'
expect_line 'sabo28\.deno\.net +no CAA +insecure'
expect_line '└ deno\.net +no CAA +insecure'
expect_line '└ net +no CAA +secure'
expect_no_error

run caa check --json '*.sabo28.deno.net'
expect_exit 0
expect_json . '{"name": "*.sabo28.deno.net", "wildcard": true, "issuers": ["letsencrypt.org"]}'
expect_json . '{"verdict": "allowed", "rule": "no-records", "decided_at": null, "cause": null}'
expect_json '.levels.length' 3
expect_json '.levels[0]' '{"name": "sabo28.deno.net", "outcome": "nodata", "security": "insecure"}'
expect_json '.levels[1]' '{"name": "deno.net", "outcome": "nodata", "security": "insecure"}'
expect_json '.levels[2]' '{"name": "net", "outcome": "nodata", "security": "secure", "ttl_s": 900}'
expect_json .deadline_passed false

# Names are often removed after validation: one that does not exist is an empty answer.
run caa check unknown.deno.net
expect_exit 0
expect_line '^allowed: no CAA record at unknown\.deno\.net, deno\.net or net'
expect_line 'unknown\.deno\.net +no such name +insecure'

run caa check --json '*.unknown.deno.net'
expect_exit 0
expect_json .verdict allowed
expect_json '.levels[0]' '{"name": "unknown.deno.net", "outcome": "nxdomain", "security": "insecure"}'
