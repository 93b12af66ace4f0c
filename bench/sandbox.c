/* What it costs that recursors live in processes of their own: CPU of all processes per lookup
   of a cold name in a known zone, and per pin, beside the recursor in this process. Inside the
   lab, both in one run; prints figures and asserts nothing. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "sandbox/sandbox.h"
#include "world.h"

enum { ROUNDS = 5, AT_ONCE = 50 };

static struct event_base *base;
static size_t pending;
static int serial;
static struct caa_root_hints hints;
static struct caa_trust_anchor anchor;

static void die(const char *what) {
    fprintf(stderr, "bench-sandbox: %s\n", what);
    exit(70);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    (void)context;
    if (!caa_answer_is_sound(answer)) die(answer->reason);
    pending--;
}

static void ask(struct caa_lookup *lookup, const struct caa_pin *pin) {
    struct caa_question question = {.type = CAA_TYPE_CAA, .pin = pin};
    struct caa_lookup_ticket *ticket;
    char name[64];
    snprintf(name, sizeof name, "x%d.signed-empty.com", serial++);
    if (caa_name_from_text(&question.name, caa_slice_of(name), NULL) != CAA_OK ||
        caa_lookup_start(lookup, &question, on_answer, NULL, &ticket) != CAA_OK)
        die("a lookup does not start");
    pending++;
}

/* User and system time of the process and of its children that ended, in microseconds. */
static double cpu_us_of(long pid, long *parent) {
    char path[64], text[1024];
    unsigned long long ticks[4];
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "re");
    size_t len = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL) fclose(file);
    text[len] = '\0';
    const char *at = strrchr(text, ')');
    if (at == NULL ||
        sscanf(at, ") %*c %ld %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %llu %llu", parent,
               &ticks[0], &ticks[1], &ticks[2], &ticks[3]) != 5)
        return 0;
    return (double)(ticks[0] + ticks[1] + ticks[2] + ticks[3]) * 1e6 /
           (double)sysconf(_SC_CLK_TCK);
}

/* Of the spawner and its children. */
static double children_cpu_us(void) {
    double sum = 0;
    long parent = 0, grandparent = 0;
    DIR *folder = opendir("/proc");
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        long pid = strtol(entry->d_name, NULL, 10);
        double us = pid > 0 ? cpu_us_of(pid, &parent) : 0;
        if (us == 0) continue;
        cpu_us_of(parent, &grandparent);
        if (parent == getpid() || grandparent == getpid()) sum += us;
    }
    if (folder != NULL) closedir(folder);
    return sum;
}

static double own_cpu_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

struct figures {
    double own_us[ROUNDS], others_us[ROUNDS], wall_us[ROUNDS];
};

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[ROUNDS]) {
    qsort(values, ROUNDS, sizeof *values, by_size);
    return values[ROUNDS / 2];
}

static void measure(struct caa_lookup *lookup, struct figures *figures, int round, int count,
                    int at_once, const struct caa_pin *pin) {
    double own = own_cpu_us(), others = children_cpu_us();
    int64_t wall = caa_clock_monotonic_us(caa_clock_system());
    for (int done = 0; done < count; done += at_once) {
        for (int i = 0; i < at_once; i++) ask(lookup, pin);
        while (pending > 0) event_base_loop(base, EVLOOP_ONCE);
    }
    figures->wall_us[round] =
        (double)(caa_clock_monotonic_us(caa_clock_system()) - wall) / count;
    figures->own_us[round] = (own_cpu_us() - own) / count;
    figures->others_us[round] = (children_cpu_us() - others) / count;
}

static void row(const char *what, struct figures *within, struct figures *apart) {
    double here = median(within->own_us), mine = median(apart->own_us),
           others = median(apart->others_us);
    printf("| %s | %.0f | %.0f + %.0f | %.2f times | %.0f | %.0f |\n", what, here, mine, others,
           (mine + others) / here, median(within->wall_us), median(apart->wall_us));
}

static void read_world(struct caa_diag *diag) {
    char path[BENCH_PATH_MAX];
    struct caa_slice text = {0};
    if (bench_world_path(path, "root.hints", diag) != CAA_OK ||
        caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, diag) != CAA_OK ||
        caa_root_hints_read(&hints, text, path, diag) != CAA_OK)
        die(diag->text);
    caa_file_free(text);
    if (bench_world_path(path, "trust-anchor", diag) != CAA_OK ||
        caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, diag) != CAA_OK ||
        caa_trust_anchor_read(&anchor, text, path, diag) != CAA_OK)
        die(diag->text);
    caa_file_free(text);
}

int main(int count, char **words) {
    static const struct caa_pin cold = {.zone_count = 0};
    bool quick = count > 1 && strcmp(words[1], "--quick") == 0;
    struct caa_diag diag = {""};
    struct caa_spawner *spawner;
    struct caa_lookup *within, *apart = NULL;
    struct figures batch[2], pins[2];
    const struct caa_spawner_setting of_spawner = {.program = NULL};
    base = event_base_new();
    if (base == NULL) die("no event loop");
    read_world(&diag);
    const struct caa_recursor_setting recursor = {
        .root_hints = &hints, .trust_anchor = &anchor, .cache_octets = BENCH_CACHE_MIB << 20};
    if (caa_spawner_start(&spawner, &of_spawner, &diag) != CAA_OK) die(diag.text);
    const struct caa_sandbox_setting sandbox = {.spawner = spawner, .recursor = &recursor};
    if (caa_recursor_new(&within, base, caa_clock_system(), &recursor, &diag) != CAA_OK ||
        caa_sandbox_new(&apart, base, caa_clock_system(), &sandbox, &diag) != CAA_OK)
        die(diag.text);
    measure(within, &batch[0], 0, AT_ONCE, AT_ONCE, NULL); /* warm */
    measure(apart, &batch[1], 0, AT_ONCE, AT_ONCE, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        measure(within, &batch[0], i, quick ? 200 : 1000, AT_ONCE, NULL);
        measure(apart, &batch[1], i, quick ? 200 : 1000, AT_ONCE, NULL);
        measure(within, &pins[0], i, quick ? 5 : 50, 1, &cold);
        measure(apart, &pins[1], i, quick ? 5 : 50, 1, &cold);
    }
    puts(
        "| per lookup | in this process, CPU us | apart: here + there, CPU us | that is | wall "
        "us | apart, wall us |\n|---|---|---|---|---|---|");
    row("cold name in a known zone, 50 in flight", &batch[0], &batch[1]);
    row("pin, cold caches, one at a time", &pins[0], &pins[1]);
    caa_lookup_free(within);
    caa_lookup_free(apart);
    caa_spawner_stop(spawner);
    event_base_free(base);
    return 0;
}
