about "deno.net's servers answer 'nothing' without the SOA that makes it an empty answer: malformed, never permission"

for kind in noerror-empty no-soa; do
    clear
    fault deno.net --kind "$kind"
    for name in deno.net '*.sabo28.deno.net' unknown.deno.net; do
        run caa check --json "$name"
        expect_exit 3
        expect_json . '{"verdict": "undecided", "rule": "lookup-failed", "cause": "deno.net", "retry_helps": false}'
        expect_json '.levels[name=deno.net].outcome' malformed
        expect_json '.levels[name=net].outcome' nodata
    done
    run caa check deno.net
    expect_exit 3
    expect_line '^undecided: looking up CAA for deno\.net failed: malformed'
    expect_no_line allowed
done

clear
run caa check --json deno.net
expect_exit 0
expect_json .verdict allowed
