#include "gate/service.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "engine/shared.h"
#include "gate/directory.h"
#include "gate/proxy.h"
#include "gate/status.h"
#include "gate/upstream.h"
#include "sandbox/sandbox.h"
#include "serve/identity.h"
#include "serve/listen.h"
#include "service/certificate.h"
#include "service/files.h"
#include "service/history_watch.h"
#include "service/log.h"
#include "service/loop.h"
#include "service/recursors_watch.h"

enum { FILES_LEAST = 64 };

struct gate_service {
    struct gate_conf *conf;
    const char *path;
    struct service_loop loop;
    int listen_fds[GATE_LISTEN_MAX], status_fd; /* -1: none, or not ours any more */
    struct caa_certificate *certificate;        /* NULL: without TLS */
    char folder[CAA_PATH_MAX];
    const char *folders[1];
    struct caa_identity identity;
    struct caa_spawner *spawner; /* NULL: libunbound works in this process */
    struct caa_engine_shared *shared;
    struct caa_engine *engine;   /* NULL where nothing is enforced, as are the holds */
    struct caa_history *history; /* NULL: none */
    struct caa_history_client *client;
    struct service_history_watch *watch;
    struct service_recursors_watch *recursors_watch; /* NULL: no spawner */
    struct caa_lookup *sandbox;                      /* part of the engine; NULL: none */
    struct caa_metrics *metrics;
    struct gate_upstream *upstream;
    struct gate_holds *holds;
    struct gate_proxy *proxy;
    struct gate_status *status;
};

static bool enforces(const struct gate_service *service) {
    return service->conf->mode == GATE_MODE_ENFORCE;
}

/* ---- the end ---- */

static unsigned drain(void *context) {
    const struct gate_service *service = context;
    if (service->proxy != NULL) gate_proxy_drain(service->proxy);
    return service->conf->drain_s;
}

static bool count_held(void *context, size_t *held) {
    const struct gate_service *service = context;
    *held = service->proxy == NULL ? 0 : gate_proxy_in_flight(service->proxy);
    return true;
}

static void give_up(void *context) {
    const struct gate_service *service = context;
    gate_proxy_give_up(service->proxy);
}

static void on_watchdog(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    (void)context;
    sd_notify(0, "WATCHDOG=1");
}

/* ---- reload ---- */

/* Whether certificate and key are those that were just read. */
static bool renew_certificate(struct gate_service *service) {
    if (service->certificate == NULL) return false;
    enum service_certificate_fate fate = service_certificate_renew(
        &service->certificate, service->conf->certificate, service->conf->key);
    if (fate == SERVICE_CERTIFICATE_CHANGED)
        gate_proxy_set_certificate(service->proxy, service->certificate);
    return fate != SERVICE_CERTIFICATE_STAYS;
}

static void take_up(struct gate_service *service, struct gate_conf *conf) {
    const char *keys[GATE_CONF_KEYS_MAX];
    size_t count = gate_conf_stale_keys(keys, service->conf, conf);
    for (size_t i = 0; i < count; i++)
        service_log(SERVICE_WARNING, "%s: changed, but needs a restart", keys[i]);
    gate_conf_take_up(service->conf, conf);
    bool has_certificate = renew_certificate(service);
    service_log(SERVICE_NOTICE,
                "configuration read again: hold-s, drain-s, guard, limits, "
                "the upstream's timeout-s%s",
                has_certificate ? ", certificate and key" : "");
}

/* Before the directory has passed its test there is nobody whom a change could reach. */
static void on_hup(evutil_socket_t fd, short events, void *context) {
    struct gate_service *service = context;
    struct gate_conf *conf = NULL;
    struct caa_diag why = {.text = ""};
    (void)fd;
    (void)events;
    if (service->proxy == NULL || service->loop.ending.is_begun) {
        service_log(SERVICE_WARNING, "the configuration is not read again now");
        return;
    }
    if (gate_conf_read(&conf, service->path, &why) == CAA_OK)
        take_up(service, conf);
    else
        service_log(SERVICE_ERROR, "configuration stays as it was: %s", why.text);
    gate_conf_free(conf);
}

/* ---- what is needed ---- */

static enum caa_err make_loop(struct gate_service *service) {
    const struct service_calls calls = {on_hup, on_watchdog, service};
    const struct service_work work = {.name = "what is held",
                                      .left = "requests that were still held",
                                      .drain = drain,
                                      .count = count_held,
                                      .give_up = give_up,
                                      .context = service};
    return service_loop_make(&service->loop, &calls, &work);
}

static enum caa_err start_spawner(struct gate_service *service, struct caa_diag *diag) {
    const struct gate_sandbox_conf *conf = &service->conf->sandbox;
    if (conf->enabled == CAA_SWITCH_OFF || !enforces(service)) return CAA_OK;
    struct caa_spawner_setting setting = {.program = conf->recursor, .user = conf->user};
    return caa_spawner_start(&service->spawner, &setting, diag);
}

static enum caa_err listen_on(int *fd, const char *text, struct caa_diag *diag) {
    struct caa_listen_address address;
    char where[CAA_LISTEN_TEXT_MAX];
    enum caa_err err = caa_listen_address_read(&address, text, diag);
    if (err == CAA_OK) err = caa_listen_look(&address, SOCK_STREAM, text, diag);
    if (err == CAA_OK) err = caa_listen_at(fd, &address, SOCK_STREAM, text, diag);
    if (err != CAA_OK) return err;
    caa_listen_text(*fd, where);
    service_log(SERVICE_NOTICE, "listening on %s", where);
    return CAA_OK;
}

static enum caa_err bind_all(struct gate_service *service, struct caa_diag *diag) {
    const struct gate_conf *conf = service->conf;
    enum caa_err err = CAA_OK;
    for (unsigned i = 0; err == CAA_OK && i < conf->listen_count; i++)
        err = listen_on(&service->listen_fds[i], conf->listen[i], diag);
    if (err == CAA_OK && conf->status_listen != NULL)
        err = listen_on(&service->status_fd, conf->status_listen, diag);
    return err;
}

/* ---- the engine ---- */

static enum caa_err make_sandbox(void *context, struct caa_lookup **lookup,
                                 struct event_base *base, const struct caa_clock *clock,
                                 const struct caa_recursor_setting *recursor,
                                 struct caa_diag *diag) {
    struct gate_service *service = context;
    const struct caa_sandbox_setting setting = {.spawner = service->spawner,
                                                .recursor = recursor};
    enum caa_err err = caa_sandbox_new(lookup, base, clock, &setting, diag);
    if (err == CAA_OK) service->sandbox = *lookup;
    return err;
}

static struct caa_engine_setting engine_setting(struct gate_service *service) {
    struct caa_engine_setting setting = caa_conf_engine_setting(&service->conf->engine);
    setting.shared = service->shared;
    setting.make_recursor = service->spawner == NULL ? NULL : make_sandbox;
    setting.make_recursor_context = service;
    return setting;
}

/* Files are read while there is somebody who may read them. */
static enum caa_err read_files(struct gate_service *service, struct caa_diag *diag) {
    const struct caa_engine_setting setting = engine_setting(service);
    const struct gate_conf *conf = service->conf;
    enum caa_err err = CAA_OK;
    if (conf->certificate != NULL)
        err = caa_certificate_read(&service->certificate, conf->certificate, conf->key, diag);
    return err == CAA_OK && enforces(service)
               ? caa_engine_shared_new(&service->shared, caa_clock_system(), &setting, diag)
               : err;
}

static enum caa_err make_engine(struct gate_service *service, struct caa_diag *diag) {
    if (!enforces(service)) return CAA_OK;
    const struct caa_engine_setting setting = engine_setting(service);
    enum caa_err err = caa_engine_new(&service->engine, service->loop.base, caa_clock_system(),
                                      &setting, diag);
    if (err != CAA_OK || service->sandbox == NULL) return err;
    err = service_recursors_watch_new(&service->recursors_watch, service->loop.base,
                                      &service->loop.ending);
    if (err == CAA_OK)
        service_recursors_watch_follow(service->recursors_watch, service->sandbox);
    return err;
}

static enum caa_err open_history(struct gate_service *service, struct caa_diag *diag) {
    const struct gate_history_conf *conf = &service->conf->history;
    if (conf->database == NULL) return CAA_OK;
    const struct caa_history_setting setting = {
        .place = conf->database,
        .audit =
            conf->audit == GATE_AUDIT_REQUIRED ? CAA_HISTORY_REQUIRED : CAA_HISTORY_BEST_EFFORT,
        .retention_days = 731}; /* BR 5.4.3: two years */
    enum caa_err err = caa_history_open(&service->history, &setting, caa_clock_system(), diag);
    if (err == CAA_OK)
        err = caa_history_client_new(&service->client, service->history, service->loop.base);
    return err == CAA_OK ? service_history_watch_new(&service->watch, service->loop.base,
                                                     service->history)
                         : err;
}

static enum caa_err make_holds(struct gate_service *service) {
    if (!enforces(service)) return CAA_OK;
    const struct gate_holds_setting setting = {.conf = service->conf,
                                               .base = service->loop.base,
                                               .engine = service->engine,
                                               .history = service->client,
                                               .shard = caa_metrics_shard(service->metrics, 0)};
    return gate_holds_new(&service->holds, &setting);
}

static enum caa_err make_parts(struct gate_service *service) {
    service->metrics = caa_metrics_new(1);
    if (service->metrics == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = make_holds(service);
    return err == CAA_OK
               ? gate_upstream_new(&service->upstream, service->loop.base, service->conf)
               : err;
}

static enum caa_err set_up(struct gate_service *service, struct caa_diag *diag) {
    bool has_spawner = enforces(service) && service->conf->sandbox.enabled != CAA_SWITCH_OFF;
    signal(SIGPIPE, SIG_IGN);
    enum caa_err err = service_descriptors_raise(
        has_spawner ? CAA_SPAWNER_DESCRIPTORS_LEAST : FILES_LEAST, diag);
    if (err == CAA_OK) err = start_spawner(service, diag);
    if (err == CAA_OK)
        err = caa_identity_find(&service->identity, service->conf->user, "caa-gate", diag);
    if (err == CAA_OK) err = bind_all(service, diag);
    if (err == CAA_OK) err = read_files(service, diag);
    if (err == CAA_OK) err = caa_identity_become(&service->identity, diag);
    if (err == CAA_OK && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) err = CAA_ERR_NOMEM;
    if (err == CAA_OK) err = make_loop(service);
    if (err == CAA_OK) err = make_engine(service, diag);
    if (err == CAA_OK) err = open_history(service, diag);
    return err == CAA_OK ? make_parts(service) : err;
}

enum caa_err gate_service_new(struct gate_service **made, struct gate_conf *conf,
                              const char *path, struct caa_diag *diag) {
    struct gate_service *service = calloc(1, sizeof *service);
    if (service == NULL) return CAA_ERR_NOMEM;
    service->conf = conf;
    service->path = path;
    service->status_fd = -1;
    for (size_t i = 0; i < GATE_LISTEN_MAX; i++) service->listen_fds[i] = -1;
    enum caa_err err = set_up(service, diag);
    if (err == CAA_OK)
        *made = service;
    else
        gate_service_free(service);
    return err;
}

/* ---- serving ---- */

static enum caa_err open_gate(struct gate_service *service, struct caa_diag *diag) {
    const struct gate_conf *conf = service->conf;
    const struct gate_proxy_setting setting = {
        .conf = conf,
        .base = service->loop.base,
        .upstream = service->upstream,
        .holds = service->holds,
        .shard = caa_metrics_shard(service->metrics, 0),
        .certificate = service->certificate,
        .paths = conf->paths_count > 0 ? (const char *const *)conf->paths : service->folders,
        .path_count = conf->paths_count > 0 ? conf->paths_count : 1,
        .listen_fds = service->listen_fds,
        .listen_count = conf->listen_count};
    for (size_t i = 0; i < setting.path_count; i++)
        service_log(SERVICE_NOTICE, "passes: %s", setting.paths[i]);
    return gate_proxy_new(&service->proxy, &setting, diag);
}

static enum caa_err open_status(struct gate_service *service, struct caa_diag *diag) {
    if (service->status_fd < 0) return CAA_OK;
    const struct gate_status_setting setting = {.base = service->loop.base,
                                                .listen_fd = service->status_fd,
                                                .engine = service->engine,
                                                .holds = service->holds,
                                                .proxy = service->proxy,
                                                .history = service->history,
                                                .metrics = service->metrics};
    service->status_fd = -1;
    return gate_status_new(&service->status, &setting, diag);
}

static void say_what_it_does(const struct gate_service *service) {
    const char *upstream = service->conf->upstream.url;
    if (enforces(service))
        service_log(SERVICE_NOTICE, "in front of %s, enforcing CAA, %s", upstream,
                    caa_engine_source(service->engine));
    else
        service_log(SERVICE_NOTICE,
                    "in front of %s, annotating its errors: no CAA is checked here", upstream);
}

enum caa_err gate_service_run(struct gate_service *service, struct caa_diag *diag) {
    service->folders[0] = service->folder;
    enum caa_err err =
        gate_directory_test(service->folder, service->upstream, service->loop.base,
                            service->conf, &service->loop.ending.is_begun, diag);
    if (service->loop.ending.is_begun) return CAA_OK;
    if (err == CAA_OK) err = open_gate(service, diag);
    if (err == CAA_OK) err = open_status(service, diag);
    if (err != CAA_OK) return err;
    sd_notify(0, "READY=1");
    say_what_it_does(service);
    if (event_base_dispatch(service->loop.base) >= 0) return CAA_OK;
    caa_diag_set(diag, "the event loop failed");
    return CAA_ERR_EVENT;
}

bool gate_service_lost_recursors(const struct gate_service *service) {
    return service_recursors_ended_it(service->recursors_watch);
}

void gate_service_free(struct gate_service *service) {
    if (service == NULL) return;
    gate_status_free(service->status);
    gate_proxy_free(service->proxy);
    caa_history_client_free(service->client);
    gate_holds_free(service->holds);
    gate_upstream_free(service->upstream);
    service_recursors_watch_free(service->recursors_watch);
    caa_engine_free(service->engine);
    caa_engine_shared_free(service->shared);
    service_history_watch_free(service->watch);
    service_history_close(service->history);
    caa_spawner_stop(service->spawner);
    caa_metrics_free(service->metrics);
    service_loop_free(&service->loop);
    for (size_t i = 0; i < GATE_LISTEN_MAX; i++)
        if (service->listen_fds[i] >= 0) close(service->listen_fds[i]);
    if (service->status_fd >= 0) close(service->status_fd);
    caa_certificate_release(service->certificate);
    free(service);
}
