about "12 of net's 13 servers misbehave, in any way: never a wrong verdict, and other TLDs are not touched"

# Whether the thirteenth server saves the check is up to libunbound today: undecided is no wrong
# verdict, forbidden would be. The exit status is forbids.org's, the worst of all.
check_is_never_wrong() {
    local name
    run caa check --json --deadline 6 deno.net '*.sabo28.deno.net' unknown.deno.net signed.com forbids.org
    expect_exit 1
    expect_no_error
    for name in deno.net '*.sabo28.deno.net' unknown.deno.net; do
        expect_json_not "[name=$name].verdict" forbidden
    done
    expect_json '[name=signed.com].verdict' allowed
    expect_json '[name=forbids.org].verdict' forbidden
}

for kind in servfail refused drop noerror-empty no-soa bad-signature; do
    clear
    fault net --servers 1-12 --kind "$kind" --qtype CAA
    check_is_never_wrong
    clear
    fault net --servers 1-12 --kind "$kind"
    check_is_never_wrong
done
