#include "daemon/service.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "base/file.h"
#include "daemon/history.h"
#include "daemon/listen.h"
#include "daemon/log.h"
#include "daemon/privilege.h"
#include "daemon/worker.h"
#include "engine/shared.h"

enum {
    WORKERS_MAX = 256,
    FILES_MOST = 1 << 20,
    PEM_MOST = 1 << 20,
    LOOK_US = 50000,     /* while draining: is anything left? */
    SILENCE_MOST_S = 10, /* a worker whose loop stands for longer hangs */
};

struct caad_service {
    struct caad_conf *conf;    /* in use */
    struct caad_conf *first;   /* the caller's */
    struct caad_conf *retired; /* until all workers have taken up `conf`; NULL: none */
    const char *path;
    struct caad_identity identity;
    struct event_base *base;
    struct event *term, *interrupt, *hup, *watchdog, *drain_look;
    struct caa_engine_shared *shared;
    struct caa_spawner *spawner; /* NULL: recursors live in this process */
    struct caa_history *history; /* NULL: none */
    struct caa_metrics *metrics;
    struct caa_rate *checks, *queries;
    struct caad_tls tls;
    struct caad_sockets sockets[WORKERS_MAX]; /* until the faces have them */
    struct caad_worker *workers[WORKERS_MAX];
    size_t worker_count;
    _Atomic size_t taken_up;  /* workers that have taken up `conf` */
    _Atomic size_t asked;     /* workers that were asked what they have in flight… */
    _Atomic size_t in_flight; /* … and what they said */
    int64_t drain_until_us;   /* 0: not draining */
};

static struct caa_engine_setting engine_setting(const struct caad_service *service) {
    const struct caa_conf *conf = &service->conf->engine;
    return (struct caa_engine_setting){
        .root_hints = conf->root_hints,
        .trust_anchor = conf->trust_anchor,
        .forwarders = (const char *const *)conf->forward,
        .forwarder_count = conf->forward_count,
        .tls_ca_bundle = conf->tls_ca_bundle,
        .resolver_options = (const char *const *)conf->resolver_options,
        .resolver_option_count = conf->resolver_options_count,
        .cache_mib = conf->cache_mib,
        .no_rescue = conf->rescue == CAA_SWITCH_OFF,
        .prove_insecure = conf->br_insecure_failure == CAA_SWITCH_ON,
        .keep_packets = service->conf->dns.enabled != CAA_SWITCH_OFF,
        .shared = service->shared,
    };
}

static size_t worker_count_of(const struct caad_conf *conf) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = conf->worker_count;
    if (count == 0) count = cores < 1 ? 1 : (size_t)cores;
    return count < WORKERS_MAX ? count : WORKERS_MAX;
}

static struct caa_sandbox_setting sandbox_setting(const struct caad_service *service) {
    const struct caad_sandbox_conf *conf = &service->conf->sandbox;
    return (struct caa_sandbox_setting){.spawner = service->spawner,
                                        .lookups_most = conf->lookups,
                                        .memory_octets = (uint64_t)conf->memory_mib << 20};
}

static enum caa_err make_workers(struct caad_service *service, struct caa_diag *diag) {
    struct caad_worker_setting setting = {.engine = engine_setting(service),
                                          .faces = {.conf = service->conf,
                                                    .shared = service->shared,
                                                    .tls = &service->tls,
                                                    .metrics = service->metrics,
                                                    .kept = service->history,
                                                    .checks = service->checks,
                                                    .queries = service->queries},
                                          .history = service->history,
                                          .sandbox = sandbox_setting(service),
                                          .owner = service};
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < worker_count_of(service->conf); i++) {
        setting.faces.sockets = &service->sockets[i];
        err = caad_worker_new(&service->workers[i], i, &setting, diag);
        service->worker_count += err == CAA_OK;
    }
    for (size_t i = 0; err == CAA_OK && i < service->worker_count; i++)
        err = caad_worker_start(service->workers[i]);
    return err;
}

static bool post_to_all(struct caad_service *service, caad_task *run) {
    bool all = true;
    for (size_t i = 0; i < service->worker_count; i++)
        all &= caad_worker_post(service->workers[i], run, service->workers[i]);
    return all;
}

/* What was not used in a second may be used in the next. */
static void set_rates(struct caad_service *service) {
    uint32_t checks_per_s = service->conf->rate_per_s;
    uint32_t queries_per_s = service->conf->dns.rate_per_s;
    caa_rate_set(service->checks, checks_per_s, 2 * checks_per_s);
    caa_rate_set(service->queries, queries_per_s, 2 * queries_per_s);
}

/* ---- reload ---- */

static void take_up(void *context) {
    struct caad_worker *worker = context;
    struct caad_service *service = worker->owner;
    caad_faces_reload(worker->faces, service->conf);
    atomic_fetch_add(&service->taken_up, 1);
}

static void retire(struct caad_service *service) {
    if (service->retired != service->first) caad_conf_free(service->retired);
    service->retired = NULL;
}

static enum caa_err read_again(struct caad_service *service, struct caad_conf **conf,
                               struct caa_diag *why) {
    enum caa_err err = caad_conf_read(conf, service->path, why);
    return err == CAA_OK ? caad_conf_look_at(*conf, why) : err;
}

static void on_hup(evutil_socket_t fd, short events, void *context) {
    struct caad_service *service = context;
    struct caad_conf *conf = NULL;
    struct caa_diag why = {.text = ""};
    (void)fd;
    (void)events;
    if (service->retired != NULL && atomic_load(&service->taken_up) < service->worker_count) {
        caad_log(CAAD_WARNING, "the last reload is not through: configuration not read");
        return;
    }
    retire(service);
    if (read_again(service, &conf, &why) != CAA_OK) {
        caad_log(CAAD_ERROR, "configuration stays as it was: %s", why.text);
        caad_conf_free(conf);
        return;
    }
    const char *key = caad_conf_needs_restart(service->conf, conf);
    if (key != NULL) caad_log(CAAD_WARNING, "%s: changed, but needs a restart", key);
    service->retired = service->conf;
    service->conf = conf;
    atomic_store(&service->taken_up, 0);
    set_rates(service);
    post_to_all(service, take_up);
    caad_log(CAAD_NOTICE, "configuration read again: access, rates and who may ask");
}

/* ---- the end ---- */

static void drain(void *context) {
    struct caad_worker *worker = context;
    caad_faces_drain(worker->faces);
}

static void count_in_flight(void *context) {
    struct caad_worker *worker = context;
    struct caad_service *service = worker->owner;
    atomic_fetch_add(&service->in_flight, caad_faces_in_flight(worker->faces));
    atomic_fetch_add(&service->asked, 1);
}

static void on_drain_look(evutil_socket_t fd, short events, void *context) {
    struct caad_service *service = context;
    const struct timeval soon = {.tv_usec = LOOK_US};
    bool all_said = atomic_load(&service->asked) == service->worker_count;
    bool is_late = caa_clock_monotonic_us(caa_clock_system()) >= service->drain_until_us;
    (void)fd;
    (void)events;
    if (is_late || (all_said && atomic_load(&service->in_flight) == 0)) {
        if (is_late)
            caad_log(CAAD_WARNING, "gave up on %zu requests that were still running",
                     atomic_load(&service->in_flight));
        event_base_loopbreak(service->base);
        return;
    }
    if (all_said) {
        atomic_store(&service->in_flight, 0);
        atomic_store(&service->asked, 0);
        post_to_all(service, count_in_flight);
    }
    event_add(service->drain_look, &soon);
}

static void on_term(evutil_socket_t fd, short events, void *context) {
    struct caad_service *service = context;
    (void)fd;
    (void)events;
    if (service->drain_until_us != 0) { /* asked twice: now */
        event_base_loopbreak(service->base);
        return;
    }
    sd_notify(0, "STOPPING=1");
    caad_log(CAAD_NOTICE, "ending: what runs has %u s", service->conf->drain_s);
    service->drain_until_us =
        caa_clock_monotonic_us(caa_clock_system()) + (int64_t)service->conf->drain_s * 1000000;
    post_to_all(service, drain);
    post_to_all(service, count_in_flight);
    on_drain_look(-1, 0, service);
}

static void on_watchdog(evutil_socket_t fd, short events, void *context) {
    const struct caad_service *service = context;
    (void)fd;
    (void)events;
    for (size_t i = 0; i < service->worker_count; i++)
        if (caad_worker_silence_s(service->workers[i]) > SILENCE_MOST_S) {
            caad_log(CAAD_ERROR, "worker %zu hangs", i);
            return;
        }
    sd_notify(0, "WATCHDOG=1");
}

/* ---- a life ---- */

static bool add_signal(struct caad_service *service, struct event **event, int number,
                       event_callback_fn callback) {
    *event = evsignal_new(service->base, number, callback, service);
    return *event != NULL && event_add(*event, NULL) == 0;
}

static bool add_watchdog(struct caad_service *service) {
    uint64_t every_us = 0;
    if (sd_watchdog_enabled(0, &every_us) <= 0) return true;
    const struct timeval every = {.tv_sec = (time_t)(every_us / 2 / 1000000),
                                  .tv_usec = (suseconds_t)(every_us / 2 % 1000000)};
    service->watchdog = event_new(service->base, -1, EV_PERSIST, on_watchdog, service);
    return service->watchdog != NULL && event_add(service->watchdog, &every) == 0;
}

static enum caa_err make_loop(struct caad_service *service) {
    service->base = event_base_new();
    if (service->base == NULL) return CAA_ERR_EVENT;
    service->drain_look = event_new(service->base, -1, 0, on_drain_look, service);
    bool done = service->drain_look != NULL &&
                add_signal(service, &service->term, SIGTERM, on_term) &&
                add_signal(service, &service->interrupt, SIGINT, on_term) &&
                add_signal(service, &service->hup, SIGHUP, on_hup) && add_watchdog(service);
    return done ? CAA_OK : CAA_ERR_EVENT;
}

/* Every query in flight and every client has a socket. */
static void raise_file_limit(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max < FILES_MOST ? files.rlim_max : FILES_MOST;
    setrlimit(RLIMIT_NOFILE, &files);
}

static enum caa_err read_tls(struct caad_tls *tls, const struct caad_http_conf *conf,
                             struct caa_diag *diag) {
    const struct {
        const char *path;
        struct caa_slice *text;
    } files[] = {{conf->certificate, &tls->certificate},
                 {conf->key, &tls->key},
                 {conf->client_ca, &tls->client_ca}};
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < sizeof files / sizeof files[0]; i++)
        if (files[i].path != NULL)
            err = caa_file_read(files[i].text, files[i].path, PEM_MOST, diag);
    return err;
}

static enum caa_err start_spawner(struct caad_service *service, struct caa_diag *diag) {
    const struct caad_sandbox_conf *conf = &service->conf->sandbox;
    if (conf->enabled == CAA_SWITCH_OFF) return CAA_OK;
    struct caa_spawner_setting setting = {.program = conf->recursor, .user = conf->user};
    return caa_spawner_start(&service->spawner, &setting, diag);
}

static void tell_sockets(const struct caad_sockets *sockets) {
    char address[CAAD_LISTEN_TEXT_MAX];
    for (size_t i = 0; i < sockets->http_count; i++) {
        caad_listen_text(sockets->http[i], address);
        caad_log(CAAD_NOTICE, "HTTP on %s", address);
    }
    for (size_t i = 0; i < sockets->dns_count; i++) {
        caad_listen_text(sockets->dns_udp[i], address);
        caad_log(CAAD_NOTICE, "DNS on %s", address);
    }
}

static enum caa_err make_rates(struct caad_service *service) {
    uint64_t seeds[2];
    if (getrandom(seeds, sizeof seeds, 0) != sizeof seeds) return CAA_ERR_EVENT;
    enum caa_err err = caa_rate_new(&service->checks, seeds[0]);
    if (err == CAA_OK) err = caa_rate_new(&service->queries, seeds[1]);
    if (err == CAA_OK) set_rates(service);
    return err;
}

static enum caa_err set_up(struct caad_service *service, struct caa_diag *diag) {
    char history[CAAD_PLACE_MAX];
    raise_file_limit();
    signal(SIGPIPE, SIG_IGN);
    enum caa_err err = start_spawner(service, diag);
    if (err == CAA_OK) err = caad_identity_find(&service->identity, service->conf->user, diag);
    for (size_t i = 0; err == CAA_OK && i < worker_count_of(service->conf); i++)
        err = caad_sockets_bind(&service->sockets[i], i == 0 ? NULL : &service->sockets[0],
                                service->conf, diag);
    if (err == CAA_OK) tell_sockets(&service->sockets[0]);
    if (err == CAA_OK) err = read_tls(&service->tls, &service->conf->http, diag);
    if (err == CAA_OK)
        err = caad_history_make_folder(history, &service->conf->history, &service->identity,
                                       diag);
    struct caa_engine_setting engine = engine_setting(service);
    if (err == CAA_OK)
        err = caa_engine_shared_new(&service->shared, caa_clock_system(), &engine, diag);
    if (err == CAA_OK) err = caad_identity_become(&service->identity, diag);
    if (err == CAA_OK) err = make_loop(service);
    if (err == CAA_OK)
        err = caad_history_open(&service->history, &service->conf->history, history, diag);
    service->metrics = caa_metrics_new(worker_count_of(service->conf));
    if (err == CAA_OK && service->metrics == NULL) err = CAA_ERR_NOMEM;
    if (err == CAA_OK) err = make_rates(service);
    return err == CAA_OK ? make_workers(service, diag) : err;
}

enum caa_err caad_service_new(struct caad_service **made, struct caad_conf *conf,
                              const char *path, struct caa_diag *diag) {
    struct caad_service *service = calloc(1, sizeof *service);
    if (service == NULL) return CAA_ERR_NOMEM;
    service->conf = service->first = conf;
    service->path = path;
    enum caa_err err = set_up(service, diag);
    if (err == CAA_OK)
        *made = service;
    else
        caad_service_free(service);
    return err;
}

enum caa_err caad_service_run(struct caad_service *service, struct caa_diag *diag) {
    sd_notify(0, "READY=1");
    caad_log(CAAD_NOTICE, "%zu workers, %s", service->worker_count,
             caa_engine_source(service->workers[0]->engine));
    if (event_base_dispatch(service->base) >= 0) return CAA_OK;
    caa_diag_set(diag, "the event loop of the main thread failed");
    return CAA_ERR_EVENT;
}

static void free_loop(struct caad_service *service) {
    struct event *events[] = {service->term, service->interrupt, service->hup,
                              service->watchdog, service->drain_look};
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        if (events[i] != NULL) event_free(events[i]);
    if (service->base != NULL) event_base_free(service->base);
}

void caad_service_free(struct caad_service *service) {
    if (service == NULL) return;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        caad_worker_free(service->workers[i]);
        caad_sockets_close(&service->sockets[i]);
    }
    caa_spawner_stop(service->spawner);
    caa_history_close(service->history);
    caa_metrics_free(service->metrics);
    caa_rate_free(service->checks);
    caa_rate_free(service->queries);
    caa_engine_shared_free(service->shared);
    caa_file_free(service->tls.certificate);
    caa_file_free(service->tls.key);
    caa_file_free(service->tls.client_ca);
    free_loop(service);
    if (service->retired != NULL) retire(service);
    if (service->conf != service->first) caad_conf_free(service->conf);
    free(service);
}
