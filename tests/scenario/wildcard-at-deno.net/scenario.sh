about "*.sabo28.deno.net may be issued for: no CAA at any level, net secure, deno.net insecure"

run caa check '*.sabo28.deno.net' --issuer letsencrypt.org
expect_exit 0
expect_line '^allowed: '
expect_line 'net +no CAA +secure'
expect_line 'deno\.net +no CAA +insecure'
expect_no_error

run caa check --json '*.sabo28.deno.net'
expect_exit 0
expect_json .verdict allowed
expect_json '.levels.length' 3
expect_json '.levels[name=deno.net]' '{"outcome": "nodata", "security": "insecure"}'
expect_json '.levels[name=net]' '{"outcome": "nodata", "security": "secure"}'
