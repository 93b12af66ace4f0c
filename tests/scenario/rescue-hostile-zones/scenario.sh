about "A thousand name servers that do not exist, a CNAME loop, a referral loop: undecided, the domain is to blame, and little is asked"

. "$lib/../rescue/lib.sh"

# is_bounded ZONE KIND EXIT NAME...: what libunbound sends is its own affair, but the servers of com, on the
# way, see no storm.
is_bounded() {
    local zone=$1 kind=$2 exit=$3
    shift 3
    forget_queries
    check "$(printf '%s\n' "$@")" --deadline 12
    expect_exit "$exit"
    expect_no_error
    expect_every 'undecided' 'r["verdict"] == "undecided"'
    expect_every "it is $zone, who runs it, and how it fails" \
        "e != [] and all((x['zone'], x['fault'], x['failure']) == ('$zone', 'subscriber', '$kind') for x in e)"
    expect_every 'com is not in the way' 'level("com")["outcome"] in ("nodata", "not-needed")'
    expect_bounded
    expect_queries com -lt 2000
}

is_bounded victim.thousand.com refused 2 h{1..20}.victim.thousand.com
# That leads nowhere for as long as nobody mends it.
is_bounded loop.com alias-loop 3 h{1..20}.a.loop.com
is_bounded round-a.com no-address 2 h{1..20}.round-a.com
