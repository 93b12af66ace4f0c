about "Without a trust anchor a run is refused; with another root's everything is bogus: never permission"

refused() {
    run caa check --trust-anchor "$1" signed.com
    expect_exit 78
    expect_no_line .
    expect_error "$2"
}

: >"$out/empty"
echo '; a comment, and nothing else' >"$out/comment"
refused "$out/empty" 'empty: no trust anchor in it, and without one nothing can be validated'
refused "$out/comment" 'comment: no trust anchor in it'
refused "$out/missing" 'missing: No such file or directory'
refused "$out" '.'

# The configuration cannot leave it out either: the packaged anchor takes its place.
echo "root-hints: $CAA_LAB/root.hints" >"$out/conf"
echo "trust-anchor: $out/empty" >"$out/conf-empty"
run caa check --config "$out/conf-empty" signed.com
expect_exit 78
expect_no_line .
run caa check --json --deadline 60 --config "$out/conf" deno.net
expect_exit 3
expect_json .verdict undecided

# The DS of IANA's root, where the lab's root is signed with keys of its own.
echo '. IN DS 20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D' >"$out/iana"
run caa check --json --deadline 60 --trust-anchor "$out/iana" signed.com deno.net allows.com forbids.com
expect_exit 3
for name in signed.com deno.net allows.com forbids.com; do
    expect_json "[name=$name]" '{"verdict": "undecided", "rule": "lookup-failed", "retry_helps": false}'
    expect_json "[name=$name].levels[0]" '{"outcome": "bogus", "security": "bogus"}'
done
