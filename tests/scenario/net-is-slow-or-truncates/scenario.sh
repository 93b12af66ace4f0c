about "net answers late, or over TCP only: the right verdict all the same"

right_verdict() {
    run caa check --json '*.sabo28.deno.net' unknown.deno.net signed.com
    expect_exit 0
    for i in 0 1 2; do
        expect_json "[$i]" '{"verdict": "allowed", "deadline_passed": false}'
    done
    expect_json '[0].levels[name=net]' '{"outcome": "nodata", "security": "secure"}'
}

for kind in truncate delay=300; do
    clear
    fault net --kind "$kind" --qtype CAA
    right_verdict
    clear
    fault net --kind "$kind"
    right_verdict
done

# 1,001 records fit into no datagram, and one of them is letsencrypt.org's.
clear
run caa check --json big.com
expect_exit 0
expect_json . '{"verdict": "allowed", "rule": "authorized"}'
expect_json '.levels[0].records.length' 1001
