#!/usr/bin/env bash
# one_by_one.sh NAME...: one `caa check --json --no-rescue -`, which is given each name only when the result of
# the one before is there. Queries at the lab's servers are counted from zero before the last name.
# Exit status: caa's.
set -euo pipefail
coproc caa check --json --no-rescue -
caa=$COPROC_PID
exec {to}>&"${COPROC[1]}" {from}<&"${COPROC[0]}"
eval "exec ${COPROC[1]}>&- ${COPROC[0]}<&-"
while [ $# -gt 0 ]; do
    [ $# -gt 1 ] || lab stats --reset >/dev/null
    printf '%s\n' "$1" >&"$to"
    IFS= read -r line <&"$from"
    printf '%s\n' "$line"
    shift
done
exec {to}>&-
wait "$caa"
