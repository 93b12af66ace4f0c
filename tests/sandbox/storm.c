/* Checks under load while the recursors' processes are killed in every way, inside the lab. No
   check may be lost, and none allowed wrongly. Prints `ok NAME` or `not ok NAME`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/clock.h"
#include "engine/engine.h"
#include "processes.h"
#include "sandbox/sandbox.h"

enum {
    AT_ONCE = 8,
    CALM_CHECKS = 200,
    KILLS = 40, /* in each run; by hand a hundred, and as often as one likes */
    KILL_MS = 250,
    DEADLINE_MS = 60000, /* a busy machine must not decide */
    LATENCIES_MOST = 1 << 16,
    FOUND_MOST = 200,
};

struct kind {
    const char *pattern; /* with one %d */
    enum caa_verdict expected;
};

static const struct kind kinds[] = {
    {"x%d.n60.many.org", CAA_VERDICT_ALLOWED},     {"x%d.n80.many.org", CAA_VERDICT_FORBIDDEN},
    {"sabo%d.deno.net", CAA_VERDICT_ALLOWED},      {"x%d.forbids.com", CAA_VERDICT_FORBIDDEN},
    {"x%d.signed-empty.com", CAA_VERDICT_ALLOWED}, {"x%d.other-ca.com", CAA_VERDICT_FORBIDDEN},
    {"x%d.allows.co.uk", CAA_VERDICT_ALLOWED},     {"x%d.forbids.org", CAA_VERDICT_FORBIDDEN},
};

enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct run {
    const struct kind *kind;
    int64_t started_us;
    char name[64];
};

struct latencies {
    size_t count;
    uint32_t us[LATENCIES_MOST];
};

static struct event_base *base;
static struct caa_engine *engine;
static struct caa_lookup *sandbox;
static struct caa_spawner *spawner;
static struct caa_diag diag;
static struct latencies calm, stormy;
static struct latencies *noted = &calm;
static size_t in_flight, started, lost, wrong, kills, failed_tests;
static size_t kills_by[4];
static size_t kills_wanted = KILLS, kill_ms = KILL_MS;
static bool is_over;

static void die(const char *what) {
    printf("not ok storm: %s\n", what);
    exit(1);
}

static void tell(bool holds, const char *name) {
    printf("%s %s\n", holds ? "ok" : "not ok", name);
    failed_tests += !holds;
}

/* --- load */

static void start_check(void);

static void tell_check(const struct run *run, const struct caa_check *check, int64_t us) {
    const struct caa_check_result *result = caa_check_result(check);
    printf("# %s: verdict %d after %lld us\n", run->name, (int)result->decision.verdict,
           (long long)us);
    for (size_t i = 0; i < result->level_count; i++) {
        const struct caa_answer *answer = result->levels[i].answer;
        if (answer == NULL || caa_answer_is_sound(answer)) continue;
        const struct caa_evidence *evidence = answer->evidence;
        printf("#   level %zu: %s (%s), fault %s, %s, retries %u\n", i,
               caa_outcome_code(answer->outcome), answer->reason,
               evidence == NULL ? "-" : caa_fault_code(evidence->fault),
               evidence == NULL ? "-" : caa_failure_code(evidence->failure),
               evidence == NULL ? 0 : (unsigned)evidence->retry_count);
    }
}

static void on_check(void *context, struct caa_check *check) {
    struct run *run = context;
    enum caa_verdict verdict = caa_check_result(check)->decision.verdict;
    int64_t us = caa_clock_monotonic_us(caa_clock_system()) - run->started_us;
    if (noted->count < LATENCIES_MOST) noted->us[noted->count++] = (uint32_t)us;
    if (verdict == CAA_VERDICT_UNDECIDED)
        lost++;
    else if (verdict != run->kind->expected)
        wrong++;
    if (verdict != run->kind->expected) tell_check(run, check, us);
    caa_check_free(check);
    free(run);
    in_flight--;
    if (!is_over) start_check();
    if (in_flight == 0) event_base_loopbreak(base);
}

static void start_check(void) {
    static const struct caa_slice issuer = {"letsencrypt.org", 15};
    struct caa_request request = {.issuer_domain_names = &issuer,
                                  .issuer_domain_name_count = 1};
    struct caa_check *check;
    struct run *run = calloc(1, sizeof *run);
    if (run == NULL) die("out of memory");
    run->kind = &kinds[started % KINDS];
    run->started_us = caa_clock_monotonic_us(caa_clock_system());
    /* NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): the patterns above */
    const char *end = strstr(run->kind->pattern, "%d");
    snprintf(run->name, sizeof run->name, "%.*s%zu%s", (int)(end - run->kind->pattern),
             run->kind->pattern, started++, end + 2);
    if (caa_name_from_text(&request.name, caa_slice_of(run->name), NULL) != CAA_OK)
        die(run->name);
    if (caa_engine_check(engine, &check, &request, DEADLINE_MS, on_check, run) != CAA_OK)
        die("a check does not start");
    in_flight++;
}

/* --- kills */

static void on_kill(evutil_socket_t fd, short events, void *context) {
    static bool (*const ways[])(pid_t) = {process_crash, process_stop, process_starve,
                                          process_violate};
    pid_t found[FOUND_MOST];
    (void)fd, (void)events, (void)context;
    size_t way = kills % 4, count = processes_find(found, FOUND_MOST);
    if (count > 0 && ways[way](found[(size_t)random() % count])) {
        kills++;
        kills_by[way]++;
    }
    if (kills == kills_wanted) is_over = true;
}

/* --- what a process looks like from outside */

static void look_at_processes(void) {
    pid_t found[FOUND_MOST];
    struct caa_sandbox_status status = caa_sandbox_status(sandbox);
    size_t count = processes_find(found, FOUND_MOST);
    bool bare = count > 0, quiet = count > 0, users = count > 0, roots = count > 0;
    for (size_t i = 0; i < count; i++) {
        const char *file = process_file(found[i]);
        if (file != NULL) printf("# %s\n", file);
        bare &= file == NULL && process_environment_octets(found[i]) <= 0;
        quiet &= strcmp(process_status(found[i], "NoNewPrivs"), "1") == 0 &&
                 strcmp(process_status(found[i], "Seccomp"), "2") == 0 &&
                 strtoull(process_status(found[i], "CapEff"), NULL, 16) == 0 &&
                 strtoull(process_status(found[i], "CapPrm"), NULL, 16) == 0;
        users &= !status.jail.own_user ||
                 strtol(process_status(found[i], "Uid"), NULL, 10) != (long)geteuid();
        roots &= !status.jail.empty_root ||
                 strstr(process_link(found[i], "root"), "caad-recursor.") != NULL;
    }
    char missing[160];
    caa_jail_tell_missing(&status.jail, missing, sizeof missing);
    printf("# note: libunbound %s; missing of the jail: %s\n", status.library_version,
           missing[0] == '\0' ? "nothing" : missing);
    tell(bare, "a process has no file and no environment");
    tell(quiet, "a process has no capability, no new privileges and a filter");
    tell(users, "a process has the user that it says");
    tell(roots, "a process has the root folder that it says");
}

/* --- the program */

static enum caa_err make_sandbox(void *context, struct caa_lookup **lookup,
                                 struct event_base *at, const struct caa_clock *clock,
                                 const struct caa_recursor_setting *setting,
                                 struct caa_diag *why) {
    const struct caa_sandbox_setting wanted = {
        .spawner = spawner,
        .recursor = setting,
        .heartbeat_ms = 200,
        .misses_most = 25,
        .restarts_burst = 50,
        .lookups_most = 150, /* so that they are recycled as well */
    };
    (void)context;
    enum caa_err err = caa_sandbox_new(lookup, at, clock, &wanted, why);
    if (err == CAA_OK) sandbox = *lookup;
    return err;
}

static void open_engine(void) {
    const char *lab = getenv("CAA_LAB");
    char hints[4096], anchor[4096];
    const struct caa_spawner_setting of_spawner = {.program = getenv("CAAD_RECURSOR")};
    if (lab == NULL) die("not inside the lab");
    snprintf(hints, sizeof hints, "%s/root.hints", lab);
    snprintf(anchor, sizeof anchor, "%s/trust-anchor", lab);
    const struct caa_engine_setting setting = {.root_hints = hints,
                                               .trust_anchor = anchor,
                                               .cache_mib = 32,
                                               .no_cache = true,
                                               .make_recursor = make_sandbox};
    if (caa_spawner_start(&spawner, &of_spawner, &diag) != CAA_OK ||
        caa_engine_new(&engine, base, caa_clock_system(), &setting, &diag) != CAA_OK)
        die(diag.text);
}

static int by_size(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static double percentile_ms(struct latencies *latencies, size_t percent) {
    if (latencies->count == 0) return 0;
    qsort(latencies->us, latencies->count, sizeof latencies->us[0], by_size);
    return latencies->us[(latencies->count - 1) * percent / 100] / 1e3;
}

static void run_calm(void) {
    for (int i = 0; i < AT_ONCE; i++) start_check();
    while (started < CALM_CHECKS) event_base_loop(base, EVLOOP_ONCE);
    is_over = true;
    while (in_flight > 0) event_base_loop(base, EVLOOP_ONCE);
    tell(lost == 0 && wrong == 0, "no check is lost or wrong in calm weather");
}

static void run_storm(void) {
    const struct timeval often = {.tv_sec = (time_t)(kill_ms / 1000),
                                  .tv_usec = (suseconds_t)(kill_ms % 1000 * 1000)};
    struct event *killer = event_new(base, -1, EV_PERSIST, on_kill, NULL);
    if (killer == NULL || event_add(killer, &often) != 0) die("no timer");
    noted = &stormy;
    is_over = false;
    for (int i = 0; i < AT_ONCE; i++) start_check();
    while (kills < kills_wanted) event_base_loop(base, EVLOOP_ONCE);
    event_free(killer);
    while (in_flight > 0) event_base_loop(base, EVLOOP_ONCE);
    tell(lost == 0, "no check is lost while processes are killed");
    tell(wrong == 0, "no check is decided wrongly meanwhile");
}

static void tell_counts(void) {
    struct caa_sandbox_counts counts = caa_sandbox_counts(sandbox);
    printf(
        "# note: %zu checks in calm weather: p50 %.1f ms, p99 %.1f ms; %zu in the storm: p50 "
        "%.1f ms, p99 %.1f ms, longest %.1f ms\n",
        calm.count, percentile_ms(&calm, 50), percentile_ms(&calm, 99), stormy.count,
        percentile_ms(&stormy, 50), percentile_ms(&stormy, 99), percentile_ms(&stormy, 100));
    printf(
        "# note: %zu crashed, %zu stopped, %zu starved, %zu made a forbidden call; the sandbox "
        "saw %llu crash, %llu hang, replaced %llu after their lookups, started %llu, asked "
        "%llu of %llu lookups again, lost %llu to the rescue\n",
        kills_by[0], kills_by[1], kills_by[2], kills_by[3], (unsigned long long)counts.crashed,
        (unsigned long long)counts.hung, (unsigned long long)counts.recycled,
        (unsigned long long)counts.started, (unsigned long long)counts.asked_again,
        (unsigned long long)counts.lookups, (unsigned long long)counts.lost);
    tell(counts.crashed + counts.hung >= kills_wanted / 4, "processes did end");
    tell(counts.lied == 0, "no process said what it must not");
    tell(counts.recycled > 0, "processes were replaced after their lookups");
}

/* One process makes a call that it must not; this one here goes on. */
static void run_violation(void) {
    int64_t begun_us = caa_clock_monotonic_us(caa_clock_system());
    bool done = false, known = false;
    while (!known && caa_clock_monotonic_us(caa_clock_system()) - begun_us < 60000000) {
        pid_t found[FOUND_MOST];
        size_t count = done ? 0 : processes_find(found, FOUND_MOST);
        for (size_t i = 0; i < count && !done; i++) done = process_violate(found[i]);
        event_base_loop(base, EVLOOP_ONCE); /* the heartbeat turns it */
        known = done && strcmp(caa_sandbox_status(sandbox).last_ending, "SIGSYS") == 0;
    }
    tell(done && known, "a forbidden system call ends the process, and only that");
    is_over = true;
    start_check();
    while (in_flight > 0) event_base_loop(base, EVLOOP_ONCE);
    tell(lost == 0 && wrong == 0, "and the next check is decided");
}

/* CAA_STORM_KILLS, CAA_STORM_MS between two. */
static void read_number(size_t *number, const char *variable) {
    const char *text = getenv(variable);
    if (text == NULL) return;
    *number = strtoul(text, NULL, 10);
    if (*number == 0) die(variable);
}

int main(void) {
    read_number(&kills_wanted, "CAA_STORM_KILLS");
    read_number(&kill_ms, "CAA_STORM_MS");
    setvbuf(stdout, NULL, _IOLBF, 0);
    base = event_base_new();
    if (base == NULL) die("no event loop");
    srandom(20261124);
    open_engine();
    run_calm();
    look_at_processes();
    run_storm();
    tell_counts();
    run_violation();
    caa_engine_free(engine);
    caa_spawner_stop(spawner);
    event_base_free(base);
    return failed_tests > 0;
}
