about "A record bound to an account, a method or both permits exactly those"

account=https://acme-v02.api.letsencrypt.org/acme/acct/1

run caa check --json --account "$account" account.com
expect_exit 0
expect_json .verdict allowed
run caa check --json --account "${account}0" account.com
expect_exit 1
expect_json . '{"verdict": "forbidden", "needs": []}'
# Any of the CA's aliases for the account will do.
run caa check --json --account "${account}0" --account "$account" account.com
expect_exit 0
expect_json .verdict allowed

run caa check --json --method dns-01 method.com
expect_exit 0
expect_json .verdict allowed
run caa check --json --method http-01 method.com
expect_exit 1
expect_json . '{"verdict": "forbidden", "needs": []}'
run caa check --json --method ca-tbr-7 --method DNS-01 method.com
expect_exit 0
expect_json .verdict allowed

run caa check --json --account "$account" --method dns-01 account-method.com
expect_exit 0
expect_json .verdict allowed
run caa check --json --account "$account" --method http-01 account-method.com
expect_exit 1
expect_json .needs '[]'
run caa check --json --account "$account" account-method.com
expect_exit 1
expect_json .needs '["method"]'
run caa check --json --method dns-01 account-method.com
expect_exit 1
expect_json .needs '["account"]'

# Without them the text says who would be allowed, and how to ask.
run caa check account-method.com
expect_exit 1
expect_line '^forbidden: .* only for an account and a validation method that were not given\.$'
expect_line "^It would be allowed for account $account by dns-01 \(--account, --method\)\.$"

# The account of one CA does not help another.
run caa check --issuer ca.example.net --account "$account" account.com
expect_exit 1
expect_line '^forbidden: no CAA record of account\.com authorizes ca\.example\.net\.$'
