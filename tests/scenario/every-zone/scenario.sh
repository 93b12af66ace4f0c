about "Every zone of the lab gives its verdict through real sockets, and the same cases through --answers"

# What the zone sources expect: "name verdict" lines.
lab zones --json | /usr/bin/python3 -c '
import json, sys
for zone in json.load(sys.stdin):
    for case in zone["expect"]:
        print(case["name"], case["verdict"])' >"$out/expected"
mapfile -t names < <(cut -d' ' -f1 "$out/expected")
verdicts_are_as_expected() {
    local name verdict
    expect_that "${#names[@]} results" [ "$(wc -l <"$out/stdout")" = "${#names[@]}" ]
    while read -r name verdict; do
        [ -z "${unsayable[$name]-}" ] || continue
        expect_json "[name=$name].verdict" "$verdict"
    done <"$out/expected"
}
expect_security() { # NAME LEVEL SECURITY OUTCOME
    expect_json "[name=$1].levels[name=$2]" "{\"security\": \"$3\", \"outcome\": \"$4\"}"
}

# Through real sockets. Those that fail are asked without the rescue: it learns why, which an answers
# file cannot say (the circle of a.loop.com is for good), and the scenarios rescue-* are about it.
# Two zones have dead servers, which only the deadline ends.
declare -A unsayable=()
named() { sed -n "/ undecided\$/$1; s/ .*//p" "$out/expected"; }
run_with_input "$(named d)" caa check --json -
expect_exit 1
expect_no_error
cp "$out/stdout" "$out/dns"
run_with_input "$(named '!d')" caa check --json --no-rescue --deadline 10 -
expect_exit 3
expect_no_error
cat "$out/stdout" >>"$out/dns"
cp "$out/dns" "$out/stdout"
verdicts_are_as_expected

# What is signed is proved; what is not is shown to be not.
expect_security signed.com signed.com secure records
expect_security www.signed.com www.signed.com secure nodata
expect_security unknown.signed.com unknown.signed.com secure nxdomain
expect_security signed-empty.com signed-empty.com secure nodata
expect_security anything.star.com anything.star.com secure records
expect_security closed.signed-nsec3.org closed.signed-nsec3.org secure records
expect_security www.signed-nsec3.org www.signed-nsec3.org secure nodata
expect_security www.signed-nsec3.org org secure nodata
expect_security foo.test foo.test secure records
expect_security plain.com com secure nodata
expect_security plain.net net secure nodata
expect_security foo.nosuchtld nosuchtld secure nxdomain
for name in plain.com plain.net deno.net sabo28.deno.net n1.many.org; do
    expect_security "$name" "$name" insecure nodata
done
for name in allows.com forbids.com island.com forbids.org allows.co.uk iodef-only.org 10.in-addr.arpa; do
    expect_security "$name" "$name" insecure records
done
for name in expired.com no-signature.com no-caa-signature.com; do
    expect_security "$name" "$name" bogus bogus
done
expect_security www.no-caa-signature.com www.no-caa-signature.com secure nodata
expect_security dead.com dead.com indeterminate timeout
expect_security servfail.com servfail.com indeterminate servfail
expect_security no-soa.com no-soa.com indeterminate malformed

# What did not decide but is worth telling.
expect_json '[name=one.critical.com].findings[code=critical-alias].name' one.critical.com
expect_json '[name=plain.critical.com].findings[code=unknown-tag].name' plain.critical.com
expect_json '[name=critical.com].findings[code=critical-unknown].name' critical.com
expect_json '[name=critical.com].rule' critical-unknown
expect_json '[name=malformed.com].findings[code=malformed-value].reason' "the last parameter is followed by ';'"
expect_json '[name=*.wild.malformed.com].findings[code=issue-hidden].name' wild.malformed.com
expect_json '[name=unreadable.com].findings[code=unreadable-rdata].reason' 'the tag is empty'
expect_json '[name=account-method.com].needs' '["account", "method"]'

# Where the climb ended: never at or above the target of an alias.
expect_json '[name=long.alias.com].levels[0].aliases' '["l1.alias.com", "l2.alias.com", "l3.alias.com", "l4.alias.com", "forbids.com"]'
expect_json '[name=nothing.alias.com].decided_at' alias.com
expect_json '[name=gone.alias.com].decided_at' alias.com
expect_json '[name=www.twice.dname.org].decided_at' www.twice.dname.org
expect_json '[name=a.b.c.d.e.f.g.h.deep.org].decided_at' e.f.g.h.deep.org
expect_json '[name=open.closed.iodef-only.org]' '{"rule": "unrestricted", "decided_at": "open.closed.iodef-only.org"}'

# The same through an answers file. It knows no malformed answer, so this one stays out.
/usr/bin/python3 answers_from_zones.py "$lib/../../lab/zones" "${names[@]}" >"$out/answers"
while read -r name; do unsayable[$name]=yes; done < <(sed -n 's/^# cannot be said: //p' "$out/answers")
expect_that 'only no-soa.com cannot be said' [ "${!unsayable[*]}" = no-soa.com ]
echo '# note: no-soa.com: --answers has no empty answer without SOA (malformed), so it is checked through the DNS only'
run_with_input "$(printf '%s\n' "${names[@]}")" caa check --json --answers "$out/answers" -
expect_exit 1
expect_no_error
verdicts_are_as_expected
for name in "${names[@]}"; do
    [ -z "${unsayable[$name]-}" ] || continue
    expect_that "$name: decided alike by DNS and by --answers" \
        /usr/bin/python3 same.py "$out/dns" "$out/stdout" "$name"
done
