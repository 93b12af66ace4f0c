/* What a check costs beside the bare lookups that it makes: CPU, latency and memory, one
   thread, both in one run, inside the lab. Prints ratios; asserts nothing.

   Bare is libunbound's event API with the options that ours has, asked for the name and its
   ancestors as text, answers counted and thrown away. Rounds alternate; medians are shown. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <unbound-event.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "world.h"

enum { ROUNDS = 15, BATCH = 1000 };

struct figures {
    double cpu_us[ROUNDS]; /* all per check */
    double wall_us[ROUNDS];
    double octets[ROUNDS]; /* held while a batch is in flight */
};

struct subject {
    void (*start)(const char *name);
    struct figures one, batch;
};

static struct event_base *base;
static struct ub_ctx *bare;
static struct caa_engine *engine;
static size_t pending;
static int serial; /* of names that nobody has asked for */

static void die(const char *what) {
    fprintf(stderr, "bench-check: %s\n", what);
    exit(70);
}

static void on_bare(void *data, int rcode, void *packet, int packet_len, int sec,
                    char *why_bogus, int was_ratelimited) {
    (void)data, (void)rcode, (void)packet, (void)packet_len;
    (void)sec, (void)why_bogus, (void)was_ratelimited;
    pending--;
}

static void start_bare(const char *name) {
    int number;
    for (const char *at = name; at != NULL; at = strchr(at, '.') ? strchr(at, '.') + 1 : NULL) {
        pending++;
        if (ub_resolve_event(bare, at, CAA_TYPE_CAA, 1, NULL, on_bare, &number) != UB_NOERROR)
            die("libunbound does not resolve");
    }
}

static void on_check(void *context, struct caa_check *check) {
    (void)context;
    if (caa_check_result(check)->decision.verdict != CAA_VERDICT_ALLOWED) die("not allowed");
    caa_check_free(check);
    pending--;
}

static void start_check(const char *name) {
    static const struct caa_slice issuer = {"letsencrypt.org", 15};
    struct caa_request request = {.issuer_domain_names = &issuer,
                                  .issuer_domain_name_count = 1};
    struct caa_check *check;
    if (caa_name_from_text(&request.name, caa_slice_of(name), NULL) != CAA_OK) die(name);
    pending++;
    if (caa_engine_check(engine, &check, &request, 0, on_check, NULL) != CAA_OK)
        die("a check does not start");
}

static void wait_for_all(void) {
    while (pending > 0) event_base_loop(base, EVLOOP_ONCE);
}

static double clock_us(clockid_t clock) {
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double octets_held(void) {
    struct mallinfo2 info = mallinfo2();
    return (double)(info.uordblks + info.hblkhd);
}

static void name_of(char text[64], const char *pattern) {
    if (strstr(pattern, "%d") == NULL)
        snprintf(text, 64, "%s", pattern);
    else
        snprintf(text, 64, "x%d%s", serial++, strstr(pattern, "%d") + 2);
}

/* `count` checks, `at_once` of them in flight. */
static void measure(struct subject *subject, struct figures *figures, int round,
                    const char *pattern, int count, int at_once) {
    char name[64];
    double held = octets_held(), most = held;
    double cpu = clock_us(CLOCK_THREAD_CPUTIME_ID), wall = clock_us(CLOCK_MONOTONIC);
    for (int done = 0; done < count; done += at_once) {
        for (int i = 0; i < at_once; i++) {
            name_of(name, pattern);
            subject->start(name);
        }
        if (at_once > 1 && octets_held() > most) most = octets_held();
        wait_for_all();
    }
    figures->cpu_us[round] = (clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu) / count;
    figures->wall_us[round] = (clock_us(CLOCK_MONOTONIC) - wall) / count;
    figures->octets[round] = (most - held) / at_once;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS]) {
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

static void row(const char *what, double values_bare[ROUNDS], double values_ours[ROUNDS],
                const char *expected) {
    double without = median(values_bare), with = median(values_ours);
    printf("| %s | %.2f | %.2f | %.2f times | %s |\n", what, without, with, with / without,
           expected);
}

/* libunbound's part of it is there without us as well. */
static void memory_row(const char *what, double values_bare[ROUNDS],
                       double values_ours[ROUNDS]) {
    double without = median(values_bare), with = median(values_ours);
    printf("| %s | %.0f | %.0f | %.0f more | at most 8192 more |\n", what, without, with,
           with - without);
}

static void part(const char *what, const char *pattern, int count, const char *cpu_expected,
                 const char *wall_expected) {
    struct subject of_bare = {.start = start_bare}, ours = {.start = start_check};
    char line[96];
    for (int i = 0; i < ROUNDS; i++) {
        measure(&of_bare, &of_bare.one, i, pattern, count, 1);
        measure(&ours, &ours.one, i, pattern, count, 1);
        measure(&of_bare, &of_bare.batch, i, pattern, BATCH, BATCH);
        measure(&ours, &ours.batch, i, pattern, BATCH, BATCH);
    }
    snprintf(line, sizeof line, "%s: CPU, one at a time, us", what);
    row(line, of_bare.one.cpu_us, ours.one.cpu_us, cpu_expected);
    snprintf(line, sizeof line, "%s: latency, one at a time, us", what);
    row(line, of_bare.one.wall_us, ours.one.wall_us, wall_expected);
    snprintf(line, sizeof line, "%s: CPU, %d in flight, us", what, BATCH);
    row(line, of_bare.batch.cpu_us, ours.batch.cpu_us, cpu_expected);
    snprintf(line, sizeof line, "%s: memory, %d in flight, octets", what, BATCH);
    memory_row(line, of_bare.batch.octets, ours.batch.octets);
}

static void open_engine(struct caa_diag *diag) {
    char hints[BENCH_PATH_MAX], anchor[BENCH_PATH_MAX];
    struct caa_engine_setting setting = {
        .root_hints = hints, .trust_anchor = anchor, .cache_mib = BENCH_CACHE_MIB};
    if (bench_world_path(hints, "root.hints", diag) != CAA_OK ||
        bench_world_path(anchor, "trust-anchor", diag) != CAA_OK ||
        caa_engine_new(&engine, base, caa_clock_system(), &setting, diag) != CAA_OK ||
        bench_world_context(&bare, base, diag) != CAA_OK)
        die(diag->text);
}

static void warm(const char *name) {
    for (int i = 0; i < 3; i++) {
        start_bare(name);
        start_check(name);
        wait_for_all();
    }
}

int main(int count, char **words) {
    bool quick = count > 1 && strcmp(words[1], "--quick") == 0;
    struct caa_diag diag;
    base = event_base_new();
    if (base == NULL) die("no event loop");
    open_engine(&diag);
    warm("sabo28.deno.net");
    warm("www.signed-empty.com");
    puts("| what, per check | bare lookups | ours | that is | expected of ours |\n"
         "|---|---|---|---|---|");
    part("all three levels cached", "sabo28.deno.net", quick ? 2000 : 10000, "under 3 us", "-");
    part("name cold, secure denial", "x%d.signed-empty.com", quick ? 100 : 1000,
         "at most 1.2 times", "at most 1.2 times");
    caa_engine_free(engine);
    ub_ctx_delete(bare);
    event_base_free(base);
    return 0;
}
