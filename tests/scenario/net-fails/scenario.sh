about "All 13 servers of net fail, no rescue, and nobody nearer has CAA: undecided, net is named, the platform's servers are cleared"

# A check whose nearer lookups have failed listens two seconds longer for net's, to name the cause. On
# a machine that was busy elsewhere for so long it did not hear of net: once more.
run_until_net_is_heard() {
    local i
    for i in {1..5}; do
        run "$@"
        grep -qE 'not[ -]needed' "$out/stdout" || break
        status_was_expected=yes
    done
}

# The three names as text and as JSON; OUTCOME is what net's lookup came to, within SECONDS.
check_blames_net() {
    local outcome=$1 seconds=$2 name innocent
    for name in '*.sabo28.deno.net' unknown.deno.net deno.net; do
        case $name in
        deno.net) innocent='deno\.net are' ;;
        *) innocent="${name#\*.} and deno\\.net are" ;;
        esac
        run_until_net_is_heard caa check --no-rescue --deadline "$seconds" "$name"
        expect_exit 2
        expect_line '^undecided: looking up CAA for net failed: '
        expect_line "^The name servers of $innocent not the cause: net does not depend on them\.$"
        expect_line '^Try again later: the failure of the servers that answer for net'
        expect_no_line 'allowed'
        expect_no_error

        run_until_net_is_heard caa check --json --no-rescue --deadline "$seconds" "$name"
        expect_exit 2
        expect_json . '{"verdict": "undecided", "rule": "lookup-failed", "cause": "net", "retry_helps": true}'
        expect_json '.levels[name=net].outcome' "$outcome"
    done
}

# For CAA only: the way to deno.net stays open, and its own answers come.
fault net --kind servfail --qtype CAA
check_blames_net servfail 15
expect_json .decided_at net
expect_json '.levels[name=deno.net].outcome' nodata

# For everything: deno.net cannot be reached because of net.
clear
fault net --kind servfail
check_blames_net servfail 15
expect_json .decided_at deno.net
expect_json '.levels[name=deno.net].outcome' servfail

clear
fault net --kind drop
run caa check --json --deadline 6 '*.sabo28.deno.net'
expect_exit 2
expect_json . '{"verdict": "undecided", "cause": "net", "retry_helps": true, "deadline_passed": true}'
expect_json '.levels[name=net].outcome' timeout

# com, org and the others go on meanwhile.
run caa check --json signed.com forbids.org
expect_exit 1
expect_json '[name=signed.com].verdict' allowed
expect_json '[name=forbids.org].verdict' forbidden

clear
run caa check --json '*.sabo28.deno.net' unknown.deno.net deno.net
expect_exit 0
for i in 0 1 2; do
    expect_json "[$i]" '{"verdict": "allowed", "cause": null}'
done
