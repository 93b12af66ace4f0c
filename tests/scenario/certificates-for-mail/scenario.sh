about "Mail certificates obey issuemail only, and no other certificate does"

run caa check --json --purpose smime mail.com closed.mail.com
expect_exit 1
expect_json '[0]' '{"verdict": "forbidden", "purpose": "smime", "decided_at": "mail.com"}'
expect_json '[1]' '{"verdict": "allowed", "rule": "authorized"}'
run caa check --json --purpose smime --issuer ca.example.net mail.com
expect_exit 0
expect_json . '{"verdict": "allowed", "rule": "authorized"}'

run caa check --json mail.com closed.mail.com
expect_exit 1
expect_json '[0]' '{"verdict": "allowed", "rule": "unrestricted", "decided_at": "mail.com"}'
expect_json '[1].verdict' forbidden

# A set without issuemail leaves mail unrestricted, whatever its issue says, and ends the climb.
run caa check --json --purpose smime forbids.com
expect_exit 0
expect_json . '{"verdict": "allowed", "rule": "unrestricted", "decided_at": "forbids.com"}'
run caa check --purpose smime forbids.com
expect_exit 0
expect_line '^forbids\.com for letsencrypt\.org \(S/MIME\)$'
