about "Signatures of net are bad at all 13 servers: bogus, never permission, and trying again is not advised"

bogus_names_net() {
    run caa check --deadline 60 '*.sabo28.deno.net'
    expect_exit 3
    expect_line '^undecided: looking up CAA for net failed: bogus \(validation failure <net\. CAA IN>'
    expect_line '^The name servers of sabo28\.deno\.net and deno\.net are not the cause'
    expect_line '^Trying again will not help: (its signatures have|the zone has) to be mended first\.$'
    expect_no_line 'allowed|Try again later'
    expect_no_error

    run caa check --json --deadline 60 deno.net unknown.deno.net signed.com
    expect_exit 3
    for name in deno.net unknown.deno.net; do
        expect_json "[name=$name]" '{"verdict": "undecided", "cause": "net", "retry_helps": false}'
        expect_json "[name=$name].levels[name=net]" '{"outcome": "bogus", "security": "bogus"}'
    done
    expect_json '[name=signed.com].verdict' allowed
}

fault net --kind bad-signature --qtype CAA
bogus_names_net
clear
fault net --kind bad-signature
bogus_names_net

# Stripped of its proof, "no CAA at net" is bogus too.
clear
fault net --kind noerror-empty --qtype CAA
bogus_names_net

# deno.net is not signed, so there is nothing for the fault to spoil.
clear
fault deno.net --kind bad-signature
run caa check --json deno.net
expect_exit 0
expect_json .verdict allowed
