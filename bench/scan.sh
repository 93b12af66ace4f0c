#!/usr/bin/env bash
# 100,000 names in the lab, one in a hundred of a faulty zone, scanned; killed twice on the way.
# By hand, with the built caa and lab in PATH: lab run -- bench/scan.sh
# (On 2026-11-24, two busy cores: 589 names/s, CPU 54 s for the last 87,193; every name once.)
set -euo pipefail
at=$(mktemp -d)
trap 'rm -rf "$at"' EXIT
good=(many.org deno.net allows.com forbids.com signed.com plain.com plain.net alias.com deep.org signed-nsec3.org
    wild-only.com signed-empty.com star.com island.com allows.co.uk big.com other-ca.com method.com account.com
    iodef-only.org)
bad=(dead.com servfail.com refused.com expired.com)
for ((i = 0; i < 100000; i++)); do
    if ((i % 100 == 7)); then zone=${bad[i / 100 % 4]}; else zone=${good[i % 20]}; fi
    echo "n$i.$zone"
done >"$at/names"
scan=(caa scan "$at/names" --output "$at/out" --state "$at/state" --zone-rate 500 --rate 5000 --at-once 1024 --deadline 5)
timeout -s KILL 15 "${scan[@]}" || wc -l <"$at/out"
timeout -s KILL 15 "${scan[@]}" || wc -l <"$at/out"
"${scan[@]}"
/usr/bin/python3 -c '
import json, sys
for line in sys.stdin: print(json.loads(line)["name"])' <"$at/out" | diff "$at/names" - && echo "every name once, in the order of the list"
