# What the rescue's scenarios have in common; sourced by them.

# Twenty names below net, no two alike: twenty `FIRST`.
twenty() {
    local i
    for i in {1..7}; do echo "*.$1$i.deno.net" && echo "$1$i.plain.net"; done
    for i in {8..13}; do echo "$1$i.deno.net"; done
}

# Checks the names in a cold process.
check() { run_with_input "$1"$'\n' caa check --json "${@:2}" -; }

# expect_every 'words' EXPRESSION: true, in Python, of `r`, each result of the last run. Besides
# r there are e, all evidence in it, level(name), and heard(evidence): by which transports net answered.
expect_every() {
    expect_that "$1" /usr/bin/python3 "$lib/../rescue/every.py" all "$2" "$out/stdout"
}
# The same of one of them at least.
expect_some() { expect_that "$1" /usr/bin/python3 "$lib/../rescue/every.py" some "$2" "$out/stdout"; }

expect_bounded() { expect_every 'the prober sent under 100' 'all(x["queries"] < 100 for x in e)'; }

# A process that lives on between the questions: start_feeding COMMAND... (which answers each line
# of its input with one), feed NAME... (waits for the answers, which are what the expectations look
# at), stop_feeding.
start_feeding() {
    every_status_is_expected
    command_line=$*
    status=0
    status_was_expected=
    coproc FED { exec "$@" 2>"$out/stderr"; }
    fed_pid=$FED_PID
    fed_input=${FED[1]}
    fed_output=${FED[0]}
}

feed() {
    local line name
    printf '%s\n' "$@" >&"$fed_input"
    shown=
    : >"$out/stdout"
    for name in "$@"; do
        IFS= read -r line <&"$fed_output" || break
        printf '%s\n' "$line" >>"$out/stdout"
    done
    expect_that "as many answers as names" [ "$(wc -l <"$out/stdout")" = $# ]
}

stop_feeding() {
    exec {fed_input}>&-
    wait "$fed_pid" || status=$?
    look_for_findings
}

# The addresses of a zone's servers, for nft: addresses_of net 6.
addresses_of() {
    lab zones --json | /usr/bin/python3 -c '
import json, sys
for zone in json.load(sys.stdin):
    if zone["zone"] == sys.argv[1]:
        found = [a for s in zone["servers"] for a in s["addresses"] if (":" in a) == (sys.argv[2] == "6")]
        print(", ".join(found))' "$@"
}

# The zones broken1.com to brokenN.com: publish_broken N. Their servers refuse: at their address is another zone.
publish_broken() {
    local i address
    address=$(addresses_of plain.com 4 | cut -d, -f1)
    for ((i = 1; i <= $1; i++)); do
        echo "broken$i.com. IN NS ns.broken$i.com."
        echo "ns.broken$i.com. IN A $address"
    done | lab publish com >/dev/null
}

# Packets get lost, on their way in or, with an error at once, on their way out: lose input RULE...
lose() {
    local rule
    nft add table inet lost
    nft "add chain inet lost way { type filter hook $1 priority -10; }"
    for rule in "${@:2}"; do nft "add rule inet lost way $rule drop"; done
}
find_again() { nft delete table inet lost; }
