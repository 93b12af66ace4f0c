/* How many lines of a log are explained in a second of CPU time, and in how much memory:
   bench-explain [LINES]. One line in four is an error, in the forms of five clients. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "problem/explainer.h"

enum { LINES_DEFAULT = 2000000 };

#define NET                                                                                    \
    "DNS problem: SERVFAIL looking up CAA for net - the domain's nameservers may be "          \
    "malfunctioning"

static const char *const lines[] = {
    "2026-11-24T01:02:03.456Z INFO order 4711 is ready, 3 authorizations, 212 ms\n",
    "2025-09-10 12:31:32+00: urn:ietf:params:acme:error:dns: While processing CAA for "
    "*.sabo28.deno.net: " NET "\n",
    "I1124 01:02:03.456789       1 controller.go:177] certificates controller: syncing item "
    "'dev/shop-tls'\n",
    "{\"level\":\"info\",\"ts\":1757668905.5042808,\"logger\":\"tls.obtain\",\"msg\":\"done "
    "waiting on internal rate limiter\",\"identifiers\":[\"a.example\"]}\n",
    "{\"level\":\"error\",\"ts\":1757668905.5,\"msg\":\"challenge failed\",\"identifier\":"
    "\"www.shop.example.net\",\"problem\":{\"type\":\"urn:ietf:params:acme:error:dns\","
    "\"detail\":\"" NET "\",\"status\":400,\"subproblems\":[]}}\n",
    "10.0.0.1 - - [24/Nov/2026:01:02:03 +0000] \"POST /acme/finalize/1/2 HTTP/1.1\" 200 1042\n",
    "[Sat Apr 28 23:39:59 CST 2018] 30405.net:Verify error:" NET "\n",
    "2026-11-24T01:02:03.456Z DEBUG nonce pool holds 16\n",
    "time=\"2026-11-24T01:02:03Z\" level=info msg=\"Server configuration reloaded on :443\"\n",
    "[*.shop.example.net] acme: error: 400 :: urn:ietf:params:acme:error:dns :: " NET "\n",
    "2026-11-24T01:02:03.456Z INFO certificate stored\n",
    "E1124 01:02:03 sync.go:1] Accepting challenge authorization failed: acme: authorization "
    "error for shop.example.net: 400 urn:ietf:params:acme:error:dns: " NET "\n",
    "\n",
    "2026-11-24T01:02:03.456Z INFO polling order 4712, status processing, try 3 of 10\n",
    "Nov 24 01:02:03 host app[1]: the queue has 12 orders, 3 workers, 0 errors in 60 s\n",
    "2026-11-24T01:02:03.456Z WARN certificate of a.example ends in 20 days\n",
};

enum { KINDS = sizeof lines / sizeof lines[0], CHUNK = 65536 };

static void count(void *context, const struct caa_explanation *explanation) {
    (void)explanation;
    ++*(unsigned long *)context;
}

static double cpu_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int main(int argc, char **argv) {
    unsigned long wanted = argc > 1 ? strtoul(argv[1], NULL, 10) : LINES_DEFAULT;
    unsigned long explained = 0, octets = 0;
    static char chunk[CHUNK];
    size_t len = 0;
    struct caa_explainer *explainer = caa_explainer_new(count, &explained);
    if (explainer == NULL) return 1;
    double start = cpu_s();
    long first_kib = 0;
    for (unsigned long i = 0; i < wanted; i++) {
        size_t line_len = strlen(lines[i % KINDS]);
        if (len + line_len > sizeof chunk) {
            caa_explainer_feed(explainer, caa_slice_bytes(chunk, len));
            len = 0;
        }
        memcpy(chunk + len, lines[i % KINDS], line_len);
        len += line_len;
        octets += line_len;
        if (i == wanted / 10) first_kib = peak_kib();
    }
    caa_explainer_feed(explainer, caa_slice_bytes(chunk, len));
    caa_explainer_end(explainer);
    double seconds = cpu_s() - start;
    printf("%lu lines (%lu MB), %lu errors explained: %.0f lines and %.1f MB a second of CPU, "
           "peak memory %ld KiB after a tenth of them, %ld KiB at the end\n",
           wanted, octets / 1000000, explained, (double)wanted / seconds,
           (double)octets / 1e6 / seconds, first_kib, peak_kib());
    caa_explainer_free(explainer);
    return 0;
}
