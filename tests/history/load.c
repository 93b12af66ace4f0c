/* Puts records as fast as they are taken, and prints what became of each: `ok ID` once it is
   acknowledged, `failed WHY`; `down WHY`, `up`, `lost NUMBER` and `gaps NUMBER` as the history
   says so; at the end, or after SIGTERM, `end NUMBER SECONDS` and the counters. What it has
   printed was acknowledged before: it may be killed at any time. */
#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "checks.h"

enum { THREADS_MAX = 8, OUTPUT_MAX = 65536, PAUSE_MS = 20 };

struct load {
    struct caa_history *history;
    size_t in_flight;
    size_t most; /* records per thread; 0: until SIGTERM */
    bool quiet;
    bool paced;
    bool cached;    /* checks whose answers were all remembered */
    size_t names;   /* so many different ones; 0: each has its own */
    size_t waiting; /* no more are put while so many are not on disk; 0: no matter how many */
    atomic_bool stop;
    atomic_size_t running; /* threads */
};

struct worker {
    struct load *load;
    pthread_t thread;
    struct event_base *base;
    struct caa_history_client *client;
    struct event *pause; /* after a failure, so that a failing database is not flooded */
    size_t put, done, acknowledged;
    size_t used;
    char output[OUTPUT_MAX];
};

struct place {
    struct worker *worker;
    char id[CAA_HISTORY_ID_MAX];
};

static void flush(struct worker *worker) {
    for (size_t at = 0; at < worker->used;) {
        ssize_t wrote = write(STDOUT_FILENO, worker->output + at, worker->used - at);
        if (wrote < 0 && errno != EINTR) exit(3);
        at += wrote < 0 ? 0 : (size_t)wrote;
    }
    worker->used = 0;
}

static void print(struct worker *worker, const char *word, const char *text) {
    if (OUTPUT_MAX - worker->used < 1024) flush(worker);
    worker->used += (size_t)snprintf(worker->output + worker->used, OUTPUT_MAX - worker->used,
                                     "%s %s\n", word, text);
}

static void on_done(void *context, enum caa_err err, const char *why) {
    struct place *place = context;
    struct worker *worker = place->worker;
    static const struct timeval pause = {0, PAUSE_MS * 1000};
    worker->done++;
    if (err == CAA_OK) worker->acknowledged++;
    if (err == CAA_OK && !worker->load->quiet) print(worker, "ok", place->id);
    if (err != CAA_OK) print(worker, "failed", why);
    if (err != CAA_OK || worker->load->paced) event_add(worker->pause, &pause);
    free(place);
}

static void on_pause(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    (void)context;
}

static bool wants_more(const struct worker *worker) {
    const struct load *load = worker->load;
    return !load->stop && (load->most == 0 || worker->put < load->most) &&
           !event_pending(worker->pause, EV_TIMEOUT, NULL);
}

/* With best effort nobody waits for the disk; but who puts faster than it can be written loses.
 */
static void wait_for_room(struct caa_history *history, size_t most) {
    static const struct timespec step = {0, 1000 * 1000};
    struct caa_history_counters counters;
    while (caa_history_counters(history, &counters), counters.queue_length >= most)
        nanosleep(&step, NULL);
}

static bool put_one(struct worker *worker) {
    const struct load *load = worker->load;
    size_t number = load->names == 0 ? worker->put : worker->put % load->names;
    if (load->waiting > 0 && worker->put % 64 == 0) wait_for_room(load->history, load->waiting);
    struct place *place = calloc(1, sizeof *place);
    struct caa_history_record *record =
        place == NULL ? NULL : check_record(load->cached, number, place->id);
    if (record == NULL) return false;
    place->worker = worker;
    worker->put++;
    caa_history_put(worker->client, record, on_done, place);
    return true;
}

static void *work(void *context) {
    struct worker *worker = context;
    const struct load *load = worker->load;
    for (;;) {
        while (worker->put - worker->done < load->in_flight && wants_more(worker))
            if (!put_one(worker)) exit(3);
        bool finished = load->stop || (load->most > 0 && worker->put >= load->most);
        if (worker->put == worker->done && finished) break;
        event_base_loop(worker->base, EVLOOP_ONCE);
        flush(worker);
    }
    atomic_fetch_sub(&worker->load->running, 1);
    return NULL;
}

static void start(struct worker *worker, struct load *load) {
    worker->load = load;
    worker->base = event_base_new();
    worker->pause = evtimer_new(worker->base, on_pause, worker);
    if (caa_history_client_new(&worker->client, load->history, worker->base) != CAA_OK) exit(3);
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) exit(3);
}

static size_t finish(struct worker *worker) {
    pthread_join(worker->thread, NULL);
    caa_history_client_free(worker->client);
    event_free(worker->pause);
    event_base_free(worker->base);
    return worker->acknowledged;
}

/* What is new since the last time. */
static void print_news(struct caa_history *history, struct caa_history_counters *known) {
    struct caa_history_counters now;
    struct caa_diag why;
    char line[sizeof why.text + 64] = "";
    caa_history_counters(history, &now);
    caa_history_why(history, &why);
    size_t used = 0;
    if (now.connected != known->connected)
        used =
            (size_t)snprintf(line, sizeof line, now.connected ? "up\n" : "down %s\n", why.text);
    if (now.dropped != known->dropped)
        used += (size_t)snprintf(line + used, sizeof line - used, "lost %llu\n",
                                 (unsigned long long)now.dropped);
    if (now.gaps != known->gaps)
        used += (size_t)snprintf(line + used, sizeof line - used, "gaps %llu\n",
                                 (unsigned long long)now.gaps);
    if (used > 0 && write(STDOUT_FILENO, line, used) < 0) exit(3);
    *known = now;
}

static void wait_for_end(struct load *load) {
    struct caa_history_counters known = {.connected = true};
    static const struct timespec step = {0, 10 * 1000 * 1000};
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    while (load->running > 0) {
        if (sigtimedwait(&ends, NULL, &step) == SIGTERM) load->stop = true;
        print_news(load->history, &known);
    }
}

/* With best effort nobody has waited for the disk. */
static void wait_for_disk(struct caa_history *history) {
    static const struct timespec step = {0, 1000 * 1000};
    struct caa_history_counters counters = {.connected = true, .queue_length = 1};
    while (counters.connected && counters.queue_length > 0) {
        nanosleep(&step, NULL);
        caa_history_counters(history, &counters);
    }
}

static void print_end(struct caa_history *history, size_t acknowledged, int64_t began_us) {
    struct caa_history_counters c;
    caa_history_counters(history, &c);
    printf("end %zu %.3f written=%llu failed=%llu dropped=%llu gaps=%llu commits=%llu "
           "deleted=%llu reconnects=%llu connected=%d\n",
           acknowledged,
           (double)(caa_clock_monotonic_us(caa_clock_system()) - began_us) / 1000000,
           (unsigned long long)c.written, (unsigned long long)c.failed,
           (unsigned long long)c.dropped, (unsigned long long)c.gaps,
           (unsigned long long)c.commits, (unsigned long long)c.deleted,
           (unsigned long long)c.reconnects, c.connected);
}

struct options {
    struct caa_history_setting setting;
    size_t threads;
    struct load load;
};

static void read_options(struct options *options, int argc, char **argv) {
    static const struct option known[] = {
        {"best-effort", no_argument, NULL, 'b'},   {"records", required_argument, NULL, 'n'},
        {"threads", required_argument, NULL, 't'}, {"in-flight", required_argument, NULL, 'f'},
        {"queue", required_argument, NULL, 'q'},   {"size-most", required_argument, NULL, 's'},
        {"quiet", no_argument, NULL, 'Q'},         {"paced", no_argument, NULL, 'p'},
        {"cached", no_argument, NULL, 'c'},        {"names", required_argument, NULL, 'N'},
        {"waiting", required_argument, NULL, 'w'}, {0},
    };
    for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        size_t number = optarg == NULL ? 0 : strtoul(optarg, NULL, 10);
        if (c == 'b') options->setting.audit = CAA_HISTORY_BEST_EFFORT;
        if (c == 'n') options->load.most = number;
        if (c == 't') options->threads = number;
        if (c == 'f') options->load.in_flight = number;
        if (c == 'q') options->setting.queue_most = number;
        if (c == 'q') options->setting.queue_most_octets = SIZE_MAX / 2;
        if (c == 's') options->setting.size_most_octets = number;
        if (c == 'Q') options->load.quiet = true;
        if (c == 'p') options->load.paced = true;
        if (c == 'c') options->load.cached = true;
        if (c == 'N') options->load.names = number;
        if (c == 'w') options->load.waiting = number;
        if (c == '?') exit(2);
    }
    options->setting.place = argv[optind];
    if (optind != argc - 1 || options->threads < 1 || options->threads > THREADS_MAX) exit(2);
    options->load.most /= options->threads;
}

int main(int argc, char **argv) {
    static struct worker workers[THREADS_MAX];
    struct options options = {
        .setting = {.audit = CAA_HISTORY_REQUIRED}, .threads = 2, .load = {.in_flight = 64}};
    struct caa_diag why = {.text = ""};
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    read_options(&options, argc, argv);
    struct load *load = &options.load;
    if (caa_history_open(&load->history, &options.setting, caa_clock_system(), &why) !=
        CAA_OK) {
        printf("refused %s\n", why.text);
        return 1;
    }
    int64_t began_us = caa_clock_monotonic_us(caa_clock_system());
    size_t acknowledged = 0;
    load->running = options.threads;
    for (size_t i = 0; i < options.threads; i++) start(&workers[i], load);
    wait_for_end(load);
    for (size_t i = 0; i < options.threads; i++) acknowledged += finish(&workers[i]);
    wait_for_disk(load->history);
    print_end(load->history, acknowledged, began_us);
    caa_history_close(load->history);
    return 0;
}
