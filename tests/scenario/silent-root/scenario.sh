about "All root servers are silent, or all fail: undecided, exit 2, never allowed"

for kind in drop servfail; do
    clear
    fault . --kind "$kind"
    run caa check --json --deadline 6 deno.net signed.com
    expect_exit 2
    for name in deno.net signed.com; do
        expect_json "[name=$name]" '{"verdict": "undecided", "retry_helps": true}'
    done
done

# What has nothing to do with net fails too, so net's registry is not blamed.
run caa check --json --deadline 12 deno.net
expect_exit 2
expect_json .failure.fault resolver
