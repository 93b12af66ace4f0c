about "*.sabo28.deno.net may be issued for: no CAA at any level, net secure, deno.net insecure"

run caa check '*.sabo28.deno.net' --issuer letsencrypt.org
expect_exit 0
expect_line 'allowed'
expect_no_error

run caa check --json '*.sabo28.deno.net'
expect_exit 0
expect_json .verdict allowed
