about "The prober is lied to, over UDP by all servers of com and over TCP by one: a lie is evidence, never permission"

. "$lib/../rescue/lib.sh"

# The attacker permits what forbids.com, which is not signed, forbids. Only the prober is told the lie.
attacker=$(addresses_of plain.net 4)
attacker=${attacker%%,*}
is_evidence="any(x[\"address\"] == \"$attacker\" and x[\"zone\"] == \"forbids.com\" and not x[\"failure\"]
    for y in e for x in y[\"exchanges\"])"
fault plain.net --kind permissive
run dig +short "@$attacker" www.forbids.com CAA
expect_exit 0
expect_line '^0 issue "letsencrypt.org"$'

# KIND LIE...: by these servers. The zone itself fails: whoever believed the attacker would have an answer at once.
lied_to() {
    fault com --kind "$1=$attacker" "${@:2}"
    fault forbids.com --kind servfail
    run caa check --json --deadline 15 www.forbids.com
    expect_exit 2
    expect_json . '{"verdict": "undecided", "cause": "forbids.com"}'
    expect_every 'the lie is in the evidence' "$is_evidence"
    expect_every 'nobody was rescued' 'not any(level["rescued"] for level in r["levels"])'

    # It recovers, and is obeyed.
    clear forbids.com
    fault forbids.com --kind servfail --for 2s
    run caa check --json www.forbids.com
    expect_exit 1
    expect_json . '{"verdict": "forbidden", "decided_at": "forbids.com"}'
    clear forbids.com
}

lied_to forged-referral --over udp
run caa trace forbids.com CAA
expect_exit 0
expect_line "ns\.forged\.forbids\.com.*$attacker"

# All of UDP, and one parent server over TCP too, which nobody confirms.
lied_to forged-referral --over tcp --servers 1
clear com

# The attacker's server has a name of its own, and can be looked up.
clear plain.net
fault plain.net --kind permissive --qtype CAA

# The attacker's address for a true name, and another name that the recursor itself resolves to it.
for lie in '--over udp' '--servers 1 --over udp' '--servers 1 --over tcp'; do
    # shellcheck disable=SC2086
    lied_to forged-glue $lie
    clear com
done
