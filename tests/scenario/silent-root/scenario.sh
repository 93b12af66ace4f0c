about "All root servers are silent, or all fail: undecided, exit 2, never allowed"

for kind in drop servfail; do
    clear
    fault . --kind "$kind"
    run caa check --json --deadline 2 deno.net signed.com
    expect_exit 2
    for name in deno.net signed.com; do
        expect_json "[name=$name]" '{"verdict": "undecided", "retry_helps": true}'
    done
done

# Why the TLD cannot be reached: those above its servers are named as a possible cause.
run caa check deno.net
expect_exit 2
expect_line '^Try again later: .*, of those above them'
