about "A thousand mixed names in one run: every verdict right, nothing leaked, no ancestor looked up twice"

# "name verdict" lines: a thousand names, good and bad, under four TLDs.
{
    for i in {1..75}; do echo "n$i.many.org allowed" && echo "*.n$i.many.org allowed"; done
    for i in {76..100}; do echo "n$i.many.org forbidden" && echo "*.n$i.many.org forbidden"; done
    for i in {1..300}; do echo "*.s$i.deno.net allowed"; done
    for i in {1..100}; do echo "a.b.s$i.deno.net allowed"; done
    for i in {1..100}; do echo "*.h$i.allows.com allowed"; done
    for i in {1..100}; do echo "h$i.forbids.com forbidden"; done
    for i in {1..50}; do echo "h$i.star.com forbidden"; done
    for i in {1..50}; do echo "h$i.signed.com allowed"; done
    for i in {1..20}; do echo "h$i.servfail.com undecided"; done
    for i in {1..20}; do echo "h$i.refused.com undecided"; done
    for i in {1..20}; do echo "h$i.expired.com undecided"; done
    for i in {1..20}; do echo "h$i.dead.com undecided"; done
    for i in {1..20}; do echo "h$i.no-such-tld-$i undecided"; done
} | shuf --random-source="$lib/lib.sh" >"$out/expected"
cut -d' ' -f1 "$out/expected" >"$out/names"
expect_that 'a thousand names, no two alike' [ "$(sort -u "$out/names" | wc -l)" = 1000 ]

# Preloaded: writes down every question that libunbound is given. The sanitizers need not come
# first for that.
cc -shared -fPIC -x c -o "$out/count.so" - <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

typedef int resolve_event(void *context, const char *name, int type, int class, void *data,
                          void *callback, int *async_id);

resolve_event ub_resolve_event;

int ub_resolve_event(void *context, const char *name, int type, int class, void *data,
                     void *callback, int *async_id) {
    resolve_event *real = (resolve_event *)dlsym(RTLD_NEXT, "ub_resolve_event");
    FILE *questions = fopen(getenv("CAA_QUESTIONS"), "a");
    if (real == NULL || questions == NULL) abort();
    fprintf(questions, "%s %d\n", name, type);
    fclose(questions);
    return real(context, name, type, class, data, callback, async_id);
}
END
run env CAA_QUESTIONS="$out/questions" LD_PRELOAD="$out/count.so" \
    ASAN_OPTIONS="${ASAN_OPTIONS-}:verify_asan_link_order=0" \
    bash -c 'exec caa check --json --no-rescue --deadline 12 - <"$1"' bash "$out/names"
expect_exit 1
expect_no_error
/usr/bin/python3 -c '
import json, sys
for line in sys.stdin:
    result = json.loads(line)
    print(result["name"], result["verdict"])' <"$out/stdout" >"$out/verdicts"
expect_that 'a thousand verdicts, in the order of the names' diff "$out/expected" "$out/verdicts"

# The names share most of their ancestors; each was asked for once. (A context that starts asks
# itself for localhost, which leaves nobody's machine.)
sed 's/^\*\.//' "$out/names" | awk '{
    for (name = $0; name != ""; name = index(name, ".") ? substr(name, index(name, ".") + 1) : "")
        print name ". 257"
}' | sort -u >"$out/ancestors"
grep -v '^localhost\. 1$' "$out/questions" | sort | sed 's/\([^.]\) /\1. /' >"$out/asked"
expect_that "as many lookups as distinct ancestors: $(wc -l <"$out/ancestors")" \
    diff "$out/ancestors" "$out/asked"

# From a pipe the names come in pieces.
run bash -c 'head -n 300 "$1" | caa check --json --no-rescue --deadline 6 - deno.net' bash "$out/names"
expect_exit 1
expect_json '[-1]' '{"name": "deno.net", "verdict": "allowed"}'
expect_that '301 results' [ "$(wc -l <"$out/stdout")" = 301 ]
