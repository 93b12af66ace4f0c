about "A diagnosis tells our network's failure from a server's, a family's and a firewall's"

. "$lib/../rescue/lib.sh"

# All queries vanish on their way out.
lose output 'meta l4proto { tcp, udp } th dport 53'
run caa diagnose plain.net --json --deadline 15
find_again
expect_exit 2
expect_json .failing.fault resolver
expect_json '.findings[0]' '{"code": "own-network", "bearing": "cause"}'
expect_that 'valid by its schema' /usr/bin/python3 "$lib/valid.py" diagnose "$out/stdout"

# Somebody on the way answers for the root's servers, and not well: nothing that any zone could mend.
fault . --kind lame
run caa diagnose plain.net --json --deadline 15
clear
expect_exit 2
expect_json .failing '{"zone": ".", "fault": "resolver"}'
expect_json '.findings[0]' '{"code": "own-network", "bearing": "cause"}'
expect_json '.findings[code=server-lame]' '{"zone": ".", "bearing": "not-the-cause"}'

# A machine without IPv6: said once, and held against nobody's servers.
lose output 'meta nfproto ipv6 meta l4proto { tcp, udp } th dport 53'
run caa diagnose deno.net --json
expect_exit 0
expect_json .state healthy
expect_json '.findings[code=family-out-of-reach].bearing' advice
expect_json '.zones[name=net].health' good
for code in server-silent server-unreachable own-network; do
    expect_no_json ".findings[code=$code]"
done

# And a zone that is to be had in no other way: that is the cause.
run caa diagnose ipv6-only.com --json --deadline 15
find_again
expect_exit 2
expect_json .failing '{"zone": "ipv6-only.com", "fault": "resolver"}'
expect_json '.findings[0]' '{"code": "family-out-of-reach", "bearing": "cause"}'
expect_no_json '.findings[code=own-network]'

# No TCP leaves this machine, and an answer does not fit into a datagram.
lose output 'tcp dport 53'
run caa diagnose big.com --json --deadline 15
find_again
expect_exit 2
expect_json .failing '{"zone": "big.com", "failure": "truncated", "fault": "resolver"}'
expect_json '.findings[0]' '{"code": "own-network", "bearing": "cause"}'

# The way to one server alone.
nft add table inet lost
nft 'add chain inet lost way { type filter hook output priority -10; }'
nft "add rule inet lost way ip daddr $(addresses_of plain.net 4 | cut -d, -f1) reject with icmpx host-unreachable"
nft "add rule inet lost way ip6 daddr $(addresses_of plain.net 6 | cut -d, -f1) reject with icmpx host-unreachable"
run caa diagnose plain.net --json
find_again
expect_exit 0
expect_json '.findings[code=server-unreachable]' '{"zone": "plain.net", "affected": 2, "among": 4}'
expect_json '.findings[code=server-unreachable].evidence[0].server' ns1.plain.net

# Answers are cut, and what remains is to be had over TCP, which is filtered.
fault plain.net --kind truncate
lose output "ip daddr { $(addresses_of plain.net 4) } tcp dport 53" "ip6 daddr { $(addresses_of plain.net 6) } tcp dport 53"
run caa diagnose plain.net --json --deadline 15
find_again
clear
expect_exit 2
expect_json .failing '{"zone": "plain.net", "failure": "truncated", "fault": "subscriber"}'
expect_json '.findings[0]' '{"code": "truncated-without-tcp", "bearing": "cause"}'

# Where the servers of deno.net are is another zone's to say, and that zone is down.
fault awsdns-34.com --kind servfail
run caa diagnose deno.net --json
expect_exit 0
expect_json '.findings[code=ns-lookup-failed]' '{"zone": "deno.net", "affected": 1}'
expect_json '.findings[code=ns-lookup-failed].evidence[0].server' ns-275.awsdns-34.com
clear

# UDP to a registry's servers gets lost, and TCP does not: that is the cause, and the check got round it.
lose input "ip saddr { $(addresses_of net 4) } udp sport 53" "ip6 saddr { $(addresses_of net 6) } udp sport 53"
run caa diagnose deno.net --json
find_again
expect_exit 0
expect_json .state rescued
expect_json .failing '{"zone": "net", "failure": "no-udp"}'
expect_json '.findings[0]' '{"code": "no-udp", "zone": "net", "bearing": "cause"}'
