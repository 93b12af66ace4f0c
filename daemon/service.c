#include "daemon/service.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "daemon/history.h"
#include "daemon/listen.h"
#include "daemon/tls.h"
#include "daemon/worker.h"
#include "engine/shared.h"
#include "resolve/recursor.h"
#include "serve/identity.h"
#include "service/files.h"
#include "service/history_watch.h"
#include "service/log.h"
#include "service/loop.h"
#include "service/recursors_watch.h"

enum {
    WORKERS_MAX = 256,
    FILES_BESIDE_WORKERS = 64,
    FILES_OF_A_WORKER = 24, /* beside what it listens on: loop, recursors, and little more */
    RELOAD_LOOK_US = 50000, /* is the last one through? */
    SILENCE_MOST_S = 10,    /* a worker whose loop stands for longer hangs */
};

struct caad_service {
    struct caad_conf *conf;    /* in use */
    struct caad_conf *first;   /* the caller's, of the start */
    struct caad_conf *retired; /* until all workers have taken up `conf`; NULL: none */
    const char *path;
    struct caa_identity identity;
    struct service_loop loop;
    struct caa_engine_shared *shared;
    struct caa_spawner *spawner; /* NULL: recursors live in this process */
    struct caa_history *history; /* NULL: none */
    struct service_history_watch *watch;
    struct service_recursors_watch *recursors_watch; /* NULL: no spawner */
    struct caa_metrics *metrics;
    struct caa_rate *checks, *queries;
    struct caad_tls tls;
    struct caad_sockets sockets[WORKERS_MAX]; /* until the faces have them */
    struct caad_worker *workers[WORKERS_MAX];
    size_t worker_count;
    _Atomic size_t taken_up;  /* workers that have taken up `conf` */
    _Atomic size_t asked;     /* workers that were asked what they have in flight… */
    _Atomic size_t in_flight; /* … and what they said */
    bool hup_waits;           /* for the last reload to be through */
};

static struct caa_engine_setting engine_setting(const struct caad_service *service) {
    struct caa_engine_setting setting = caa_conf_engine_setting(&service->conf->engine);
    setting.keep_packets = service->conf->dns.enabled != CAA_SWITCH_OFF;
    setting.shared = service->shared;
    return setting;
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
                                          .watch = service->recursors_watch,
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

/* What needs a restart is compared with what it was started with, which is what runs. */
static void tell_stale_keys(const struct caad_service *service, const struct caad_conf *conf) {
    const char *keys[CAAD_CONF_KEYS_MAX];
    size_t count = caad_conf_stale_keys(keys, service->first, conf);
    for (size_t i = 0; i < count; i++)
        service_log(SERVICE_WARNING, "%s: changed, but needs a restart", keys[i]);
}

/* A worker that has not come to it yet still reads the configuration before. */
static bool last_reload_is_through(const struct caad_service *service) {
    return service->retired == NULL || atomic_load(&service->taken_up) == service->worker_count;
}

static void on_hup(evutil_socket_t fd, short events, void *context) {
    static const struct timeval soon = {.tv_usec = RELOAD_LOOK_US};
    struct caad_service *service = context;
    struct caad_conf *conf = NULL;
    struct caa_diag why = {.text = ""};
    (void)fd;
    if ((events & EV_TIMEOUT) == 0 && service->hup_waits) return;
    service->hup_waits = false;
    if (!last_reload_is_through(service)) {
        service->hup_waits =
            event_base_once(service->loop.base, -1, EV_TIMEOUT, on_hup, service, &soon) == 0;
        if (!service->hup_waits)
            service_log(SERVICE_ERROR, "out of memory: configuration not read");
        return;
    }
    retire(service);
    if (caad_conf_read(&conf, service->path, service->first, &why) != CAA_OK) {
        service_log(SERVICE_ERROR, "configuration stays as it was: %s", why.text);
        caad_conf_free(conf);
        return;
    }
    tell_stale_keys(service, conf);
    caad_tls_tell_stale_client_ca(&service->tls, &service->first->http);
    caad_conf_keep_stale(conf, service->first);
    bool has_certificate = caad_tls_renew(&service->tls, &conf->http);
    service->retired = service->conf;
    service->conf = conf;
    atomic_store(&service->taken_up, 0);
    set_rates(service);
    post_to_all(service, take_up);
    service_log(SERVICE_NOTICE,
                "configuration read again: access, rates, who may ask, issuers, "
                "deadline-s, drain-s%s",
                has_certificate ? ", certificate and key" : "");
}

/* ---- the end ---- */

static void drain_worker(void *context) {
    struct caad_worker *worker = context;
    caad_faces_drain(worker->faces);
}

static void count_of_worker(void *context) {
    struct caad_worker *worker = context;
    struct caad_service *service = worker->owner;
    atomic_fetch_add(&service->in_flight, caad_faces_in_flight(worker->faces));
    atomic_fetch_add(&service->asked, 1);
}

static void give_up_in_worker(void *context) {
    struct caad_worker *worker = context;
    caad_faces_give_up(worker->faces);
}

static void ask_for_counts(struct caad_service *service) {
    atomic_store(&service->in_flight, 0);
    atomic_store(&service->asked, 0);
    post_to_all(service, count_of_worker);
}

static unsigned drain(void *context) {
    struct caad_service *service = context;
    post_to_all(service, drain_worker);
    ask_for_counts(service);
    return service->conf->drain_s;
}

static bool count_in_flight(void *context, size_t *in_flight) {
    struct caad_service *service = context;
    bool all_said = atomic_load(&service->asked) == service->worker_count;
    *in_flight = atomic_load(&service->in_flight);
    if (all_said && *in_flight > 0) ask_for_counts(service);
    return all_said;
}

static void give_up(void *context) {
    struct caad_service *service = context;
    post_to_all(service, give_up_in_worker);
}

static void on_watchdog(evutil_socket_t fd, short events, void *context) {
    const struct caad_service *service = context;
    (void)fd;
    (void)events;
    for (size_t i = 0; i < service->worker_count; i++)
        if (caad_worker_silence_s(service->workers[i]) > SILENCE_MOST_S) {
            service_log(SERVICE_ERROR, "worker %zu hangs", i);
            return;
        }
    sd_notify(0, "WATCHDOG=1");
}

/* ---- a life ---- */

static enum caa_err make_loop(struct caad_service *service) {
    const struct service_calls calls = {on_hup, on_watchdog, service};
    const struct service_work work = {.name = "what runs",
                                      .left = "requests that were still running",
                                      .drain = drain,
                                      .count = count_in_flight,
                                      .give_up = give_up,
                                      .context = service};
    enum caa_err err = service_loop_make(&service->loop, &calls, &work);
    return err == CAA_OK && service->spawner != NULL
               ? service_recursors_watch_new(&service->recursors_watch, service->loop.base,
                                             &service->loop.ending)
               : err;
}

static enum caa_err start_spawner(struct caad_service *service, struct caa_diag *diag) {
    const struct caad_sandbox_conf *conf = &service->conf->sandbox;
    if (conf->enabled == CAA_SWITCH_OFF) return CAA_OK;
    struct caa_spawner_setting setting = {.program = conf->recursor, .user = conf->user};
    return caa_spawner_start(&service->spawner, &setting, diag);
}

static void tell_sockets(const struct caad_sockets *sockets) {
    char address[CAA_LISTEN_TEXT_MAX];
    for (size_t i = 0; i < sockets->http_count; i++) {
        caa_listen_text(sockets->http[i], address);
        service_log(SERVICE_NOTICE, "HTTP on %s", address);
    }
    for (size_t i = 0; i < sockets->dns_count; i++) {
        caa_listen_text(sockets->dns_udp[i], address);
        service_log(SERVICE_NOTICE, "DNS on %s", address);
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

/* That it starts at all: clients and queries come on top. */
static unsigned long descriptors_needed(const struct caad_conf *conf) {
    size_t of_each = caad_http_addresses(conf).count + 2 * caad_dns_addresses(conf).count +
                     FILES_OF_A_WORKER;
    size_t needed = FILES_BESIDE_WORKERS + worker_count_of(conf) * of_each;
    bool has_spawner = conf->sandbox.enabled != CAA_SWITCH_OFF;
    return has_spawner && needed < CAA_SPAWNER_DESCRIPTORS_LEAST ? CAA_SPAWNER_DESCRIPTORS_LEAST
                                                                 : needed;
}

static enum caa_err set_up(struct caad_service *service, struct caa_diag *diag) {
    char history[CAAD_PLACE_MAX];
    signal(SIGPIPE, SIG_IGN);
    enum caa_err err = service_descriptors_raise(descriptors_needed(service->conf), diag);
    if (err == CAA_OK) err = start_spawner(service, diag);
    if (err == CAA_OK)
        err = caa_identity_find(&service->identity, service->conf->user, "caad", diag);
    for (size_t i = 0; err == CAA_OK && i < worker_count_of(service->conf); i++)
        err = caad_sockets_bind(&service->sockets[i], i == 0 ? NULL : &service->sockets[0],
                                service->conf, diag);
    if (err == CAA_OK) tell_sockets(&service->sockets[0]);
    if (err == CAA_OK) err = caad_tls_read(&service->tls, &service->conf->http, diag);
    if (err == CAA_OK)
        err = caad_history_make_folder(history, &service->conf->history, &service->identity,
                                       diag);
    struct caa_engine_setting engine = engine_setting(service);
    if (err == CAA_OK)
        err = caa_engine_shared_new(&service->shared, caa_clock_system(), &engine, diag);
    if (err == CAA_OK) err = caa_identity_become(&service->identity, diag);
    if (err == CAA_OK) err = make_loop(service);
    if (err == CAA_OK)
        err = caad_history_open(&service->history, &service->conf->history, history, diag);
    if (err == CAA_OK)
        err = service_history_watch_new(&service->watch, service->loop.base, service->history);
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
    service_log(SERVICE_NOTICE, "%zu workers, %s%s%s", service->worker_count,
                caa_engine_source(service->workers[0]->engine),
                service->identity.drops ? ", running as " : "", service->identity.name);
    const char *warning = caa_recursor_library_warning();
    if (warning != NULL)
        service_log(SERVICE_WARNING, "%s; require-patched-resolver: yes would refuse it",
                    warning);
    if (event_base_dispatch(service->loop.base) >= 0) return CAA_OK;
    caa_diag_set(diag, "the event loop of the main thread failed");
    return CAA_ERR_EVENT;
}

bool caad_service_lost_recursors(const struct caad_service *service) {
    return service_recursors_ended_it(service->recursors_watch);
}

void caad_service_free(struct caad_service *service) {
    if (service == NULL) return;
    for (size_t i = 0; i < WORKERS_MAX; i++) {
        caad_worker_free(service->workers[i]);
        caad_sockets_close(&service->sockets[i]);
    }
    caa_spawner_stop(service->spawner);
    service_recursors_watch_free(service->recursors_watch);
    service_history_watch_free(service->watch);
    service_history_close(service->history);
    caa_metrics_free(service->metrics);
    caa_rate_free(service->checks);
    caa_rate_free(service->queries);
    caa_engine_shared_free(service->shared);
    caad_tls_release(&service->tls);
    service_loop_free(&service->loop);
    if (service->retired != NULL) retire(service);
    if (service->conf != service->first) caad_conf_free(service->conf);
    free(service);
}
