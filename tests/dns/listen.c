/* A DNS server over a whole engine, in the lab: listen [KEY=VALUE]…

   address=ADDRESS port=PORT allow=RANGE (once or more) deadline-ms=N rate=N idle-ms=N
   connections=N per-client=N udp-octets=N record=no|later|refuse cache=no

   Says the port on a line, and ends on SIGTERM when all who wait are answered; then it says
   its counters, one a line. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "serve/dns_server.h"

enum { RANGES_MAX = 16, RECORD_US = 20000 };

enum record_mode { RECORD_NOT, RECORD_LATER, RECORD_REFUSE };

struct listen_run {
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_dns_server *server;
    struct caa_rate *rate;
    struct caa_dns_counters counters;
    struct caa_address_range ranges[RANGES_MAX];
    enum record_mode mode;
    bool no_cache;
    struct event *drained;
};

struct waiting_permit {
    struct caa_dns_permit *permit;
    bool recorded;
};

static void give_permit(evutil_socket_t fd, short events, void *context) {
    struct waiting_permit *waiting = context;
    (void)fd;
    (void)events;
    caa_dns_permit_give(waiting->permit, waiting->recorded);
    free(waiting);
}

static void record(void *context, const struct caa_dns_fact *fact,
                   struct caa_dns_permit *permit) {
    struct listen_run *run = context;
    const struct timeval wait = {.tv_usec = RECORD_US};
    struct waiting_permit *waiting = malloc(sizeof *waiting);
    if (fact->query->type != CAA_TYPE_CAA || waiting == NULL) {
        free(waiting);
        caa_dns_permit_give(permit, true);
        return;
    }
    *waiting = (struct waiting_permit){permit, run->mode == RECORD_LATER};
    event_base_once(run->base, -1, EV_TIMEOUT, give_permit, waiting, &wait);
}

static bool read_address(const char *text, uint16_t port, struct sockaddr_storage *address) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
    *address = (struct sockaddr_storage){.ss_family = AF_INET};
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_port = htons(port);
        return true;
    }
    address->ss_family = AF_INET6;
    v6->sin6_port = htons(port);
    return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1;
}

/* The value of `key` in the words, or NULL. */
static const char *value_of(int argc, char **argv, const char *key) {
    size_t len = strlen(key);
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], key, len) == 0 && argv[i][len] == '=') return argv[i] + len + 1;
    return NULL;
}

static uint32_t number_of(int argc, char **argv, const char *key) {
    const char *value = value_of(argc, argv, key);
    return value == NULL ? 0 : (uint32_t)strtoul(value, NULL, 10);
}

static size_t read_ranges(struct listen_run *run, int argc, char **argv) {
    size_t count = 0;
    for (int i = 1; i < argc; i++) {
        struct caa_diag diag = {""};
        if (strncmp(argv[i], "allow=", 6) != 0 || count == RANGES_MAX) continue;
        if (caa_address_range_parse(&run->ranges[count++], caa_slice_of(argv[i] + 6), &diag) ==
            CAA_OK)
            continue;
        fprintf(stderr, "%s\n", diag.text);
        exit(78);
    }
    return count;
}

static enum caa_err make_engine(struct listen_run *run, struct caa_diag *diag) {
    char hints[4096], anchor[4096];
    const char *lab = getenv("CAA_LAB");
    snprintf(hints, sizeof hints, "%s/root.hints", lab == NULL ? "." : lab);
    snprintf(anchor, sizeof anchor, "%s/trust-anchor", lab == NULL ? "." : lab);
    struct caa_engine_setting setting = {.root_hints = hints,
                                         .trust_anchor = anchor,
                                         .keep_packets = true,
                                         .no_cache = run->no_cache};
    return caa_engine_new(&run->engine, run->base, caa_clock_system(), &setting, diag);
}

static struct caa_rate *make_rate(struct listen_run *run, uint32_t per_s) {
    if (per_s == 0 || caa_rate_new(&run->rate, 42) != CAA_OK) return NULL;
    caa_rate_set(run->rate, per_s, 2 * per_s);
    return run->rate;
}

static enum caa_err make_server(struct listen_run *run, int argc, char **argv,
                                struct caa_diag *diag) {
    const char *host = value_of(argc, argv, "address");
    const char *mode = value_of(argc, argv, "record");
    struct sockaddr_storage address;
    if (!read_address(host == NULL ? "127.0.0.1" : host,
                      (uint16_t)number_of(argc, argv, "port"), &address))
        return CAA_ERR_OPTION;
    if (mode != NULL)
        run->mode = strcmp(mode, "later") == 0    ? RECORD_LATER
                    : strcmp(mode, "refuse") == 0 ? RECORD_REFUSE
                                                  : RECORD_NOT;
    struct caa_dns_server_setting setting = {
        .base = run->base,
        .clock = caa_clock_system(),
        .lookup = caa_engine_lookup(run->engine),
        .addresses = &address,
        .address_count = 1,
        .deadline_ms = number_of(argc, argv, "deadline-ms"),
        .udp_octets_most = number_of(argc, argv, "udp-octets"),
        .idle_ms = number_of(argc, argv, "idle-ms"),
        .connections_most = number_of(argc, argv, "connections"),
        .connections_per_client_most = number_of(argc, argv, "per-client"),
        .allowed = run->ranges,
        .allowed_count = read_ranges(run, argc, argv),
        .rate = make_rate(run, number_of(argc, argv, "rate")),
        .seed = 42,
        .record = run->mode == RECORD_NOT ? NULL : record,
        .record_context = run,
        .counters = &run->counters};
    return caa_dns_server_new(&run->server, &setting, diag);
}

static void look_whether_drained(evutil_socket_t fd, short events, void *context) {
    struct listen_run *run = context;
    const struct timeval soon = {.tv_usec = 20000};
    (void)fd;
    (void)events;
    if (caa_dns_server_waiting(run->server) == 0)
        event_base_loopbreak(run->base);
    else
        evtimer_add(run->drained, &soon);
}

static void on_term(evutil_socket_t fd, short events, void *context) {
    struct listen_run *run = context;
    caa_dns_server_stop(run->server);
    look_whether_drained(fd, events, run);
}

static void say_port(const struct caa_dns_server *server) {
    struct sockaddr_storage address;
    caa_dns_server_address(server, 0, &address);
    /* At the same place in both families. */
    printf("%u\n", ntohs(((struct sockaddr_in *)&address)->sin_port));
    fflush(stdout);
}

static void say_counters(struct caa_dns_counters *counters) {
    static const char *const codes[] = {
#define CAA_DNS_COUNTER(name, code, text) code,
#include "serve/dns_counter.def"
#undef CAA_DNS_COUNTER
    };
    for (size_t i = 0; i < CAA_DNS_COUNTER_COUNT; i++)
        printf("%s %lu\n", codes[i], (unsigned long)atomic_load(&counters->counts[i]));
}

int main(int argc, char **argv) {
    static struct listen_run run;
    struct caa_diag diag = {""};
    const char *cache = value_of(argc, argv, "cache");
    run.no_cache = cache != NULL && strcmp(cache, "no") == 0;
    run.base = event_base_new();
    enum caa_err err = make_engine(&run, &diag);
    if (err == CAA_OK) err = make_server(&run, argc, argv, &diag);
    if (err != CAA_OK) {
        fprintf(stderr, "%s: %s\n", caa_err_text(err), diag.text);
        caa_engine_free(run.engine);
        event_base_free(run.base);
        return 78;
    }
    struct event *term = evsignal_new(run.base, SIGTERM, on_term, &run);
    run.drained = evtimer_new(run.base, look_whether_drained, &run);
    evsignal_add(term, NULL);
    signal(SIGPIPE, SIG_IGN);
    say_port(run.server);
    event_base_dispatch(run.base);
    say_counters(&run.counters);
    caa_dns_server_free(run.server);
    caa_rate_free(run.rate);
    caa_engine_free(run.engine);
    event_free(term);
    event_free(run.drained);
    event_base_free(run.base);
    return 0;
}
