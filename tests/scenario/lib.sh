#!/usr/bin/env bash
# What a scenario is written with (README.md), and how one is run: lib.sh NAME FOLDER.
# Prints `ok NAME: what` or `not ok NAME: what` for each expectation. Exit status 0: all were met.
set -uo pipefail

scenario=$1
folder=$2
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$(mktemp -d)

met=0
missed=0
command_line='' # of the last run
status=''       # its exit status
status_was_expected=yes
shown=yes # its output was already printed below a missed expectation
micros=0  # how long it took

# --- for scenarios: what is done

# One sentence: what the scenario shows. First line of every scenario.
about() { :; }

# Runs a command and keeps its output, its exit status and its time for the expectations.
run() { run_with_input '' "$@"; }

# The same with text on standard input: run_with_input $'a.net\nb.net\n' COMMAND...
run_with_input() {
    local started input=$1
    shift
    every_status_is_expected
    command_line=$*
    status=0
    status_was_expected=
    shown=
    started=${EPOCHREALTIME/./}
    printf '%s' "$input" | "$@" >"$out/stdout" 2>"$out/stderr" || status=${PIPESTATUS[1]}
    micros=$((${EPOCHREALTIME/./} - started))
    look_for_findings
}

look_for_findings() {
    if grep -qE 'ERROR: (Address|Leak)Sanitizer|runtime error: ' "$out/stderr"; then
        result 1 'no finding of the sanitizers'
    fi
    return 0
}

# Faults of the lab: fault ZONE --kind KIND..., clear [ZONE].
fault() { lab fault "$@"; }
clear() { lab clear "$@"; }

# --- for scenarios: what is expected of the last run

expect_exit() {
    status_was_expected=yes
    [ "$status" = "$1" ]
    result $? "exit status $1" "it was $status"
}

# A line of standard output matches this extended regular expression.
expect_line() {
    grep -qE -e "$1" "$out/stdout"
    result $? "a line like: $1"
}

expect_no_line() {
    ! grep -qE -e "$1" "$out/stdout"
    result $? "no line like: $1"
}

# A line of standard error matches.
expect_error() {
    grep -qE -e "$1" "$out/stderr"
    result $? "an error like: $1"
}

# Nothing on standard error.
expect_no_error() {
    [ ! -s "$out/stderr" ]
    result $? 'nothing on standard error'
}

# expect_json PATH VALUE: what is at the path of the JSON output; an object need only hold what
# VALUE has. README.md shows paths.
expect_json() {
    local found
    found=$(/usr/bin/python3 "$lib/json_at.py" equal "$1" "$2" <"$out/stdout" 2>&1)
    result $? "JSON $1 is $2" "$found"
}

# Something else is at the path.
expect_json_not() {
    local found
    found=$(/usr/bin/python3 "$lib/json_at.py" differ "$1" "$2" <"$out/stdout" 2>&1)
    result $? "JSON $1 is not $2" "$found"
}

# Nothing is at the path.
expect_no_json() {
    local found
    found=$(/usr/bin/python3 "$lib/json_at.py" absent "$1" <"$out/stdout" 2>&1)
    result $? "no JSON $1" "$found"
}

# The last run took less, or more, than so many seconds (a number, fractions allowed).
expect_faster_than() {
    [ "$micros" -lt "$(micros_of "$1")" ]
    result $? "took less than $1 s" "it took ${micros} us"
}

expect_slower_than() {
    [ "$micros" -gt "$(micros_of "$1")" ]
    result $? "took more than $1 s" "it took ${micros} us"
}

# expect_queries ZONE OPERATOR N: the queries that reached the servers of a zone since the
# scenario began or called forget_queries; OPERATOR as in test(1): -eq -le -ge -lt -gt.
expect_queries() {
    local found verdict=1
    found=$(lab stats --json | /usr/bin/python3 -c '
import json, sys
zone = json.load(sys.stdin)["zones"][sys.argv[1]]
print(zone["udp"] + zone["tcp"])' "$1" 2>&1) && test "$found" "$2" "$3" && verdict=0
    result "$verdict" "queries for $1 $2 $3" "there were: $found"
}

# Counts queries from zero again.
forget_queries() { lab stats --reset >/dev/null; }

# expect_that 'WORDS' COMMAND...: the command succeeds.
expect_that() {
    local what=$1
    shift
    "$@" >"$out/that" 2>&1
    result $? "$what" "$(cat "$out/that")"
}

# --- how it works

micros_of() { LC_ALL=C awk -v s="$1" 'BEGIN { printf "%d", s * 1000000 }'; }

# result STATUS WHAT [WHY]: counts and prints one expectation.
result() {
    local where=
    [ -z "$command_line" ] || where=" ($command_line)"
    if [ "$1" = 0 ]; then
        met=$((met + 1))
        echo "ok $scenario: $2$where"
        return 0
    fi
    missed=$((missed + 1))
    echo "not ok $scenario: $2$where"
    [ -z "${3-}" ] || printf '%s\n' "$3" | sed 's/^/  /'
    if [ -z "$shown" ]; then
        echo "  it ended with exit status $status after $((micros / 1000)) ms; standard output:"
        sed 's/^/  | /' "$out/stdout"
        echo '  standard error:'
        sed 's/^/  | /' "$out/stderr"
        shown=yes
    fi
    return 0
}

# A run whose exit status nobody looked at may have crashed.
every_status_is_expected() {
    [ -n "$status_was_expected" ] || result 1 "an expect_exit for every run"
}

# A command of the scenario itself failed: nothing after it would mean anything.
broken() {
    echo "not ok $scenario: line $1 of scenario.sh failed: $2"
    trap - EXIT
    finish
    exit 1
}

ended() {
    local code=$?
    echo "not ok $scenario: scenario.sh ended early, with exit status $code"
    finish
    exit 1
}

finish() { rm -rf "$out"; }

trap ended EXIT
# Without set -E: what fails inside an expectation is a result, not the end.
trap 'broken "$LINENO" "$BASH_COMMAND"' ERR
cd "$folder" || exit 1
# shellcheck source=/dev/null
. ./scenario.sh
trap - ERR
every_status_is_expected
trap - EXIT
finish
if [ $((met + missed)) = 0 ]; then
    echo "not ok $scenario: expects nothing"
    exit 1
fi
[ "$missed" = 0 ]
