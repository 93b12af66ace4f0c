about "Zones whose referrals nobody can confirm over TCP are asked again all the same, until they are back"

. "$lib/../rescue/lib.sh"

# To ask everybody takes most of the budget, and what is left has to last.
lose output 'tcp dport 53'
for zone in co.uk net; do
    fault "$zone" --kind refused --for 5s
    check "www.nothing.$zone" --deadline 40
    expect_exit 0
    expect_every 'allowed' 'r["verdict"] == "allowed"'
    expect_bounded
done
find_again

# Nobody may be pinned there, and so nobody above is to blame for what is bad there.
fault com --kind drop --over tcp
check $'expired.com\nno-signature.com' --deadline 12
expect_exit 3
expect_every 'bogus, by its subscriber' \
    'r["failure"]["kind"] == "bogus" and r["failure"]["fault"] == "subscriber" and r["failure"]["zone"] == r["name"]'
expect_every 'com is not blamed' 'all(x["zone"] != "com" for x in e)'
expect_bounded
