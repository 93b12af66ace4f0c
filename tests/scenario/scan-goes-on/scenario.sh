about "A scan with faulty zones in it is killed and goes on: every name has its line exactly once, and few of one zone are asked at a time"

for i in {1..600}; do
    case $((i % 100)) in
    7) echo "n$i.servfail.com" ;;
    57) echo "n$i.dead.com" ;;
    *) echo "n$i.$(case $((i % 4)) in 0) echo many.org ;; 1) echo deno.net ;; 2) echo signed.com ;; *) echo forbids.com ;; esac)" ;;
    esac
done >"$out/names"
scan=(caa scan "$out/names" --output "$out/scanned" --state "$out/state" --zone-rate 150 --deadline 20 --rate)

# So slowly that it cannot end before it is killed. In the foreground, timeout stays until it has died.
run timeout --foreground -s KILL 2 "${scan[@]}" 100
expect_exit 137
run "${scan[@]}" 1000
expect_exit 0
# Of many.org seven are forbidden, of forbids.com 144.
expect_error 'complete: 600 names: 437 allowed, 151 forbidden, 12 undecided'
/usr/bin/python3 -c '
import json, sys
for line in sys.stdin: print(json.loads(line)["name"])' <"$out/scanned" >"$out/found"
expect_that 'each name once, in the order of the list' diff "$out/names" "$out/found"
