about "net is silent: the ACME problem blames the registry and says when to try again, and explain --live sees that it is still so"

error="While processing CAA for *.sabo28.deno.net: DNS problem: SERVFAIL looking up CAA for net - the domain's nameservers may be malfunctioning"

fault net --servers 1-13 --kind drop
run caa check --problem answer '*.sabo28.deno.net' --deadline 15
expect_exit 2
expect_json .type urn:ietf:params:acme:error:dns
expect_json .status 503
expect_json .caa.owner net
expect_json .caa.zone net
expect_json .caa.fault registry
expect_json .caa.kind silent
expect_json .caa.retry.advised true
expect_line 'looking up CAA for net'

run caa explain --json --live --deadline 15 "$error"
expect_exit 2
expect_json .fault registry
expect_json .live.still true
expect_json .live.check.failure.zone net

clear
run caa explain --json --live "$error"
expect_exit 2
expect_json .live.still false
expect_json .live.check.verdict allowed

run caa check --problem answer forbids.com
expect_exit 1
expect_json .status 403
expect_json .type urn:ietf:params:acme:error:caa
expect_json .detail 'While processing CAA for forbids.com: CAA record for forbids.com prevents issuance'
