about "12 of net's 13 servers fail, refuse, are silent or give bad signatures: every check is decided, validated"

. "$lib/../rescue/lib.sh"

# Four cold processes, twenty names.
all_are_allowed() {
    local part names
    mapfile -t names < <(twenty "$1")
    for part in 0 5 10 15; do
        forget_queries
        check "$(printf '%s\n' "${names[@]:part:5}")" --deadline 60
        expect_exit 0
        expect_no_error
        expect_every 'allowed, and no level failed' \
            'r["verdict"] == "allowed" and not any(l["outcome"] in ("servfail", "bogus", "timeout") for l in r["levels"])'
        expect_every 'what net said was validated' \
            'level("net")["security"] == "secure" and level("net")["outcome"] == "nodata"'
        expect_every 'what was rescued says so, with evidence' \
            'all(bool(l.get("rescued")) == bool(l.get("evidence")) for l in r["levels"])'
        expect_bounded
        expect_every 'where one was good, only net was ever called bogus' \
            'all(x["failure"] != "bogus" or x["zone"] == "net" for x in e)'
        expect_every 'it is told how net failed, and not that the recursor did' \
            'all(x["failure"] != "recursor" for x in e)'
        # Most are libunbound's own, which asks on and on where signatures are bad; a server is
        # tried alone once for all (measured: 130 to 730 for twenty names on a quiet machine).
        expect_queries net -lt 2000
    done
}

for kind in servfail refused drop bad-signature; do
    clear
    fault net --servers 1-12 --kind "$kind"
    all_are_allowed "${kind%%-*}"
done
