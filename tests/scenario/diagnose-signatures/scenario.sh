about "Bogus: the validator's word, and what is wrong with the signatures beside it"

# bogus NAME CODE: NAME does not validate, and CODE explains it.
bogus() {
    run caa diagnose "$1" --json
    expect_exit 3
    expect_json .failing "{\"zone\": \"$1\", \"failure\": \"bogus\", \"fault\": \"subscriber\"}"
    expect_json '.findings[0]' '{"code": "bogus", "bearing": "cause"}'
    expect_json ".findings[code=$2].bearing" cause
}

bogus expired.com signature-expired
bogus early.com signature-not-yet-valid
bogus no-signature.com signature-missing
expect_json '.findings[code=denial-missing].bearing' cause
bogus wrong-ds.com ds-matches-no-key
bogus no-keys.com ds-without-dnskey

run caa diagnose stray-ds.com --json
expect_exit 0
expect_json '.findings[code=ds-of-no-key]' '{"severity": "note", "bearing": "advice"}'
expect_no_json '.findings[code=ds-matches-no-key]'

run caa diagnose soon.com --json
expect_exit 0
expect_json '.findings[code=signature-expires-soon]' '{"severity": "note", "bearing": "advice"}'

run caa diagnose island.com --json
expect_exit 0
expect_json '.findings[code=keys-without-ds].severity' note

# Signed as it should be: nothing to say about that.
run caa diagnose signed.com --json
expect_exit 0
for code in signature-expired signature-missing denial-missing ds-of-no-key keys-differ; do
    expect_no_json ".findings[code=$code]"
done

# Bad at every server of net: what there is to see does not show it, and the validator does.
fault net --kind bad-signature
run caa diagnose sabo28.deno.net --json --deadline 60
expect_exit 3
expect_json .failing '{"zone": "net", "failure": "bogus", "fault": "registry"}'
expect_json '.findings[0]' '{"code": "bogus", "zone": "net", "bearing": "cause"}'

# At 12 of 13 the rescue leads round it, and the diagnosis tells whose data is bad.
clear
fault net --servers 1-12 --kind bad-signature
# The recursor may happen upon the good one by itself.
for i in {1..10}; do
    run caa diagnose "n$i.plain.net" --deadline 60
    expect_exit 0
    ! grep -q 'failed at first' "$out/stdout" || break
done
clear
expect_line 'some servers of net give data that does not validate'
expect_line 'but what some of them say does not validate'
