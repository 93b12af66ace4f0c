about "All servers of net are lame, or say that they are not authoritative, for 3 s: that passes, as a customer's lame delegation does not"

. "$lib/../rescue/lib.sh"

for kind in lame no-aa; do
    fault net --kind "$kind" --for 3s
    check "$(twenty "$kind" | head -n 8)" --deadline 60
    expect_exit 0
    expect_no_error
    expect_every 'allowed' 'r["verdict"] == "allowed"'
    expect_every 'nobody but the registry is named' 'all(x["zone"] == "net" and x["fault"] == "registry" for x in e)'
    expect_bounded
    clear
done

# For good: nothing that the name's owner could mend, and worth another try.
fault net --kind lame
check deno.net --deadline 15
expect_exit 2
expect_every 'the registry, which is expected to recover' \
    '[(x["failure"], x["fault"], x["retry"]["advised"]) for x in [level("net")["evidence"]]] == [("lame", "registry", True)]'
expect_bounded
run caa trace deno.net --deadline 15
expect_exit 2
clear

# A customer's zone all of whose servers are lame stays so.
fault plain.net --kind lame
check www.plain.net --deadline 60
expect_exit 3
expect_every 'the customer, and no retry' \
    '[(x["zone"], x["fault"], x["retry"]["advised"]) for x in e][:1] == [("plain.net", "subscriber", False)]'
