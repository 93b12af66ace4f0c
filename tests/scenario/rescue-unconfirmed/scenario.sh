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
