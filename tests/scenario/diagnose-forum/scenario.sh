about "The forum's case: missing AAAA glue of a server outside deno.net is true, and never the cause"

valid() { expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" diagnose "$out/stdout"; }

# net's servers answer everybody else, and not this.
fault net --kind servfail --qtype CAA
run caa diagnose '*.sabo28.deno.net' --json --deadline 10
expect_exit 2
valid
expect_json .state fails
expect_json .failing '{"lookup": "net", "zone": "net", "failure": "servfail", "fault": "registry"}'
expect_json '.findings[0]' '{"code": "caa-rejected", "bearing": "cause", "zone": "net", "affected": 26, "among": 26}'
expect_json '.findings[0].mender' '{"who": "registry", "zone": "net"}'
expect_json '.findings[code=needs-farther-zone]' '{"bearing": "contributes", "zone": "deno.net"}'
expect_json '.findings[code=sibling-glue-missing]' '{"bearing": "not-the-cause", "severity": "note", "zone": "deno.net"}'
expect_json '.findings[code=sibling-glue-missing].text' \
    'ns-907.awsdns-49.net has AAAA records, and the referral to deno.net has no AAAA glue for it'
expect_json '.findings[code=sibling-glue-missing].why' \
    'what fails is the lookup of net, which does not depend on deno.net; besides, no glue is needed for it'
expect_json '.findings[code=sibling-glue-missing].mender' '{"who": "subscriber", "zone": "awsdns-49.net"}'
expect_json '.zones[name=net]' '{"fails": true, "health": "bad"}'
expect_json '.zones[name=deno.net]' '{"fails": false, "health": "good"}'
expect_json '.check' '{"verdict": "undecided", "cause": "net"}'

# Nothing below net can be found any more.
clear
fault net --kind servfail
run caa diagnose sabo28.deno.net --deadline 10
expect_exit 2
expect_line '^diagnosis: The lookup of net fails: its servers answer SERVFAIL\. At fault: the registry of net\.$'
expect_line '^the cause$'
expect_line '^  error: all servers of net answer SERVFAIL to everything \(server-servfail\)$'
expect_line '^contributes$'
expect_line '^  \? what is below could not be seen$'

# Healthy: the same finding is advice.
clear
run caa diagnose sabo28.deno.net --json
expect_exit 0
valid
expect_json .state healthy
expect_json .failing null
expect_json '.findings[code=sibling-glue-missing]' '{"bearing": "advice", "why": null}'
expect_no_json '.findings[bearing=cause]'
