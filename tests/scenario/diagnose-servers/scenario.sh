about "Twenty servers of one zone, most of them broken in another way: each way is told"

broken() { fault several.com --servers "$@"; }
broken 1 --kind refused
broken 2 --kind servfail
broken 3 --kind formerr
broken 4 --kind lame
broken 5 --kind no-aa
broken 6 --kind noerror-empty
broken 7 --kind drop --over tcp
broken 8 --kind drop --over udp
broken 9 --kind drop --edns --over udp
broken 10 --kind formerr --edns
broken 11 --kind no-edns
broken 12 --kind drop --qtype CAA
broken 13 --kind refused --qtype CAA
broken 14 --kind drop --qtype TYPE65280
broken 15 --kind old-serial
broken 16 --kind other-caa
broken 17 --kind drop

# Which server the check asks is chance here, and so is its exit status, and whether it needs the
# rescue: then the zone is the cause, and "bad".
run bash -c 'caa diagnose several.com --json --deadline 30 || [ $? = 1 ]'
expect_exit 0
expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" diagnose "$out/stdout"
server=0
for code in server-refused server-servfail server-rcode server-lame server-not-authoritative no-soa no-tcp no-udp \
    edns-dropped edns-rejected edns-ignored caa-dropped caa-rejected unknown-type-dropped; do
    server=$((server + 1))
    expect_json ".findings[code=$code].zone" several.com
    expect_json ".findings[code=$code].evidence[0].server" "ns$server.several.com"
done
expect_json '.findings[code=server-silent].evidence[0].server' ns17.several.com
expect_json '.findings[code=serials-differ].severity' warning
expect_json '.findings[code=caa-differs].severity' error
expect_json_not '.zones[name=several.com].health' good
expect_json '.zones[name=several.com].servers[name=ns18.several.com]' '{"health": "good", "text": "ok"}'
expect_json '.zones[name=several.com].servers[name=ns12.several.com]' '{"health": "bad", "text": "no answer for CAA"}'

# All of them alike: then it is the cause.
clear
fault several.com --kind drop --qtype CAA
run caa diagnose several.com --json --deadline 15
expect_exit 2
expect_json .failing '{"zone": "several.com", "failure": "silent", "fault": "subscriber"}'
expect_json '.findings[0]' '{"code": "caa-dropped", "bearing": "cause"}'
