about "A diagnosis says what the check came to: forbidden, unreadable, no such name, rescued; and draws it"

run caa diagnose www.forbids.com --json
expect_exit 1
expect_json .state forbidden
expect_json '.findings[0]' '{"code": "caa-forbids", "bearing": "cause", "zone": "forbids.com"}'
expect_json '.findings[0].evidence[0].did' '0 issue ";"'

# Whoever runs the alias's end can allow it.
run caa diagnose cross.alias.com --json
expect_exit 1
expect_json '.findings[0].mender.zone' forbids.com

run caa diagnose unreadable.com --json
expect_exit 3
expect_json '.findings[0].code' caa-unreadable

run caa diagnose foo.nosuchtld --json
expect_exit 3
expect_json '.findings[0].code' no-such-tld

# A circle lasts until somebody mends it.
run caa diagnose a.loop.com --json
expect_exit 3
expect_json '.findings[0]' '{"code": "alias-loop", "bearing": "cause"}'

# What is not applicable is not asked.
forget_queries
run caa diagnose 192.0.2.1 --json
expect_exit 4
expect_json .state not-applicable
expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" diagnose "$out/stdout"
run caa diagnose example.onion
expect_exit 4
expect_line '^not applicable: '
expect_queries . -eq 0

# A rescue leaves what the check met.
fault net --kind servfail --qtype CAA
run bash -c '(sleep 8; lab clear) & caa diagnose deno.net --json --deadline 30'
expect_exit 0
expect_json .state rescued
expect_json .failing '{"lookup": "net", "zone": "net", "failure": "servfail"}'
expect_json '.findings[0]' '{"bearing": "cause", "zone": "net"}'

# The picture: well-formed, every zone and server in it, and words for each state.
clear
fault net --servers 1-12 --kind servfail
run caa diagnose deno.net --svg "$out/chain.svg"
expect_exit 0
expect_line '^diagnosis: '
expect_that 'a picture of all zones and servers' /usr/bin/python3 - "$out/chain.svg" <<'END'
import sys
import xml.etree.ElementTree as xml
svg = xml.parse(sys.argv[1]).getroot()
assert svg.tag == "{http://www.w3.org/2000/svg}svg", svg.tag
words = ["".join(text.itertext()) for text in svg.iter("{http://www.w3.org/2000/svg}text")]
for word in ("deno.net", "the root", "m.gtld-servers.net", "198.18.37.12: SERVFAIL", "ns-907.awsdns-49.net",
             "1 of 13 servers good, 12 of no use"):
    assert any(word in said for said in words), (word, words)
END
run caa diagnose deno.net --svg -
expect_exit 0
expect_line '^<svg '
expect_no_line '^diagnosis'

run caa diagnose deno.net --svg /nonexistent/chain.svg
expect_exit 78
expect_error '^caa diagnose: /nonexistent/chain.svg: No such file or directory$'
run caa diagnose deno.net --svg - --json
expect_exit 64
