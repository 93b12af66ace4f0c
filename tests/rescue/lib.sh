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
# r there are e, all evidence in it, and level(name).
expect_every() {
    expect_that "$1" /usr/bin/python3 "$lib/../rescue/every.py" "$2" "$out/stdout"
}

expect_bounded() { expect_every 'the prober sent under 100' 'all(x["queries"] < 100 for x in e)'; }
