/* One side of bench/rescue: so many checks, evenly spread over so many seconds.

   Prints "ready", waits for a line on standard input, starts, and prints one line per check:
   number, start and duration in microseconds, verdict, 1 where rescued, fault and kind (each
   with a dash behind it), the queries that the investigation sent, and what failed. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "dns/evidence.h"
#include "side.h"

struct plan {
    const struct bench_side *side;
    const char *pattern; /* of the names, with %d for the number of the check */
    int count;
    int over_ms;
    bool own_resolver; /* each check has a new one; else all share one */
    struct event_base *base;
    void *shared;
    int64_t began_us;
    int left;
};

struct turn {
    struct plan *plan;
    int number;
    struct event *start;
    struct event *end; /* closes the resolver, outside its callbacks */
    void *resolver;
    int64_t started_us;
};

static const struct caa_slice issuer = {"letsencrypt.org", 15};

static void die(const char *what) {
    fprintf(stderr, "bench-rescue: %s\n", what);
    exit(70);
}

static int64_t now_us(void) {
    return caa_clock_monotonic_us(caa_clock_system());
}

static void make_request(struct caa_request *request, const char *pattern, int number) {
    char text[CAA_NAME_TEXT_MAX];
    const char *at = strstr(pattern, "%d");
    int head = at == NULL ? (int)strlen(pattern) : (int)(at - pattern);
    if (at == NULL)
        snprintf(text, sizeof text, "%s", pattern);
    else
        snprintf(text, sizeof text, "%.*s%d%s", head, pattern, number, at + 2);
    *request =
        (struct caa_request){.issuer_domain_names = &issuer, .issuer_domain_name_count = 1};
    if (caa_name_from_text(&request->name, caa_slice_of(text), NULL) != CAA_OK) die(text);
}

static void on_end(evutil_socket_t fd, short events, void *data) {
    struct turn *turn = data;
    (void)fd;
    (void)events;
    if (turn->plan->own_resolver) turn->plan->side->close(turn->resolver);
    if (--turn->plan->left == 0) event_base_loopbreak(turn->plan->base);
}

static void on_done(void *context, const struct bench_outcome *outcome) {
    struct turn *turn = context;
    printf("%d %" PRId64 " %" PRId64 " %s %d %s- %s- %u %s\n", turn->number,
           turn->started_us - turn->plan->began_us, now_us() - turn->started_us,
           caa_verdict_code(outcome->verdict), outcome->rescued, caa_fault_code(outcome->fault),
           caa_failure_code(outcome->failure), outcome->asked, outcome->why);
    event_active(turn->end, EV_TIMEOUT, 0);
}

static void open_resolver(struct plan *plan, void **resolver) {
    struct caa_diag diag;
    if (plan->side->open(resolver, plan->base, &diag) != CAA_OK) die(diag.text);
}

static void on_start(evutil_socket_t fd, short events, void *data) {
    struct turn *turn = data;
    struct caa_request request;
    (void)fd;
    (void)events;
    turn->resolver = turn->plan->shared;
    if (turn->plan->own_resolver) open_resolver(turn->plan, &turn->resolver);
    make_request(&request, turn->plan->pattern, turn->number);
    turn->started_us = now_us();
    if (turn->plan->side->check(turn->resolver, &request, on_done, turn) != CAA_OK)
        die("a check did not start");
}

static void schedule(struct plan *plan, struct turn *turn, int number) {
    int64_t at_us = (int64_t)plan->over_ms * 1000 * number / plan->count;
    struct timeval at = {.tv_sec = at_us / 1000000, .tv_usec = at_us % 1000000};
    *turn = (struct turn){.plan = plan, .number = number};
    turn->start = evtimer_new(plan->base, on_start, turn);
    turn->end = evtimer_new(plan->base, on_end, turn);
    if (turn->start == NULL || turn->end == NULL || evtimer_add(turn->start, &at) != 0)
        die("no timer");
}

static void run(struct plan *plan) {
    struct turn *turns = calloc((size_t)plan->count, sizeof *turns);
    if (turns == NULL) die("out of memory");
    plan->left = plan->count;
    plan->began_us = now_us();
    for (int i = 0; i < plan->count; i++) schedule(plan, &turns[i], i);
    event_base_dispatch(plan->base);
    for (int i = 0; i < plan->count; i++) {
        event_free(turns[i].start);
        event_free(turns[i].end);
    }
    free(turns);
}

static void wait_for_word(void) {
    char line[16];
    puts("ready");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL) exit(0);
}

int main(int count, char **words) {
    struct plan plan = {0};
    if (count != 6) die("today|ours PATTERN COUNT MILLISECONDS own|shared");
    plan.side = strcmp(words[1], "today") == 0 ? &bench_today : &bench_ours;
    plan.pattern = words[2];
    plan.count = (int)strtol(words[3], NULL, 10);
    plan.over_ms = (int)strtol(words[4], NULL, 10);
    plan.own_resolver = strcmp(words[5], "own") == 0;
    plan.base = event_base_new();
    if (plan.base == NULL || plan.count < 1) die("nothing to do");
    if (!plan.own_resolver) open_resolver(&plan, &plan.shared);
    wait_for_word();
    run(&plan);
    if (!plan.own_resolver) plan.side->close(plan.shared);
    event_base_free(plan.base);
    return 0;
}
