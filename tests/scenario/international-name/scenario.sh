about "An internationalized name is looked up as its A-label, however it is written"

for name in 'bücher.com' 'BÜCHER.com' 'bücher。com' xn--bcher-kva.com XN--BCHER-KVA.com; do
    run caa check --json "$name"
    expect_exit 1
    expect_json . '{"name": "xn--bcher-kva.com", "verdict": "forbidden", "decided_at": "xn--bcher-kva.com"}'
done
run caa check --json '*.straße.bücher.com'
expect_exit 1
expect_json . '{"name": "*.xn--strae-oqa.xn--bcher-kva.com", "decided_at": "xn--bcher-kva.com"}'

# Refused before any lookup.
forget_queries
run caa check $'b\xfccher.com'
expect_exit 64
expect_no_line .
run caa check 'xn--0.com'
expect_exit 64
expect_no_line .
expect_queries . -eq 0
