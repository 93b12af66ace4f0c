#include "daemon/api/api.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/api/inquiry.h"
#include "daemon/api/state.h"
#include "report/explain.h"
#include "serve/doh.h"
#include "serve/server_count.h"

enum { COLLECT_S = 1, STOPPED_RETRY_S = 5 };

static const char JSON[] = "application/json";

static const struct caa_route routes[] = {
    {.path = "/v1/check",
     .method = CAA_METHOD_POST,
     .rights = CAAD_RIGHT_CHECK,
     .body_type = JSON,
     .start = caad_check_start},
    {.path = "/v1/checks",
     .method = CAA_METHOD_POST,
     .rights = CAAD_RIGHT_CHECK,
     .body_type = "application/x-ndjson",
     .start = caad_checks_start,
     .stream = &caad_checks_stream},
    {.path = "/v1/checks/{id}",
     .method = CAA_METHOD_GET,
     .rights = CAAD_RIGHT_READ,
     .start = caad_record_start},
    {.path = "/v1/explain",
     .method = CAA_METHOD_POST,
     .rights = CAAD_RIGHT_CHECK,
     .body_most = CAA_EXPLAIN_TEXT_MAX,
     .body_type = "text/plain",
     .start = caad_explain_start},
    {.path = "/v1/zones/{zone}",
     .method = CAA_METHOD_GET,
     .rights = CAAD_RIGHT_READ,
     .start = caad_zone_start},
    {.path = "/healthz", .method = CAA_METHOD_GET, .start = caad_healthz_start},
    {.path = "/readyz", .method = CAA_METHOD_GET, .start = caad_readyz_start},
    {.path = "/metrics",
     .method = CAA_METHOD_GET,
     .rights = CAAD_RIGHT_READ,
     .start = caad_metrics_start},
    {.path = "/openapi.json", .method = CAA_METHOD_GET, .start = caad_openapi_start},
    /* Who may ask the DNS is the DNS listener's access list to say. */
    {.path = "/dns-query", .method = CAA_METHOD_GET, .start = caad_doh_get_start},
    {.path = "/dns-query",
     .method = CAA_METHOD_POST,
     .body_type = CAA_DOH_MEDIA_TYPE,
     .body_most = CAA_DNS_QUERY_OCTETS_MOST,
     .start = caad_doh_post_start},
};

_Static_assert(sizeof routes / sizeof routes[0] == CAAD_ROUTE_COUNT, "as many as there are");

static void on_collect(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    caad_collect(context);
}

static enum caa_err add_server(struct caad_api *api, int fd, struct caa_diag *diag) {
    const struct caad_http_conf *conf = &api->setting.conf->http;
    const struct caa_server_setting setting = {
        .base = api->setting.base,
        .clock = api->clock,
        .listen_fd = fd,
        .tls = api->tls.certificate == NULL ? NULL : &api->tls,
        .access = &api->policy.access,
        .rate = api->setting.checks,
        .limits = {.connections_most = conf->connections_most,
                   .connections_per_client_most = conf->connections_per_client_most,
                   .body_ms = conf->body_s * 1000,
                   .idle_ms = conf->idle_s * 1000},
        .routes = api->routes,
        .route_count = sizeof routes / sizeof routes[0],
        .context = api,
        .events = caa_server_count_in(api->setting.shard)};
    enum caa_err err = caa_server_new(&api->servers[api->server_count], &setting, diag);
    if (err == CAA_OK) api->server_count++;
    return err;
}

static void set_tls(struct caad_api *api) {
    const struct caad_tls *tls = api->setting.tls;
    if (tls == NULL) return;
    api->tls = (struct caa_server_tls){
        .certificate = tls->certificate,
        .client_ca = tls->client_ca,
        .client_required = api->setting.conf->http.client_required == CAA_SWITCH_ON};
}

static enum caa_err add_servers(struct caad_api *api, struct caa_diag *diag) {
    struct caad_sockets *sockets = api->setting.sockets;
    enum caa_err err = CAA_OK;
    while (err == CAA_OK && sockets->http_count > 0)
        err = add_server(api, sockets->http[--sockets->http_count], diag);
    return err;
}

static enum caa_err set_up(struct caad_api *api, struct caa_diag *diag) {
    const struct timeval every = {.tv_sec = COLLECT_S};
    enum caa_err err = caad_policy_make(&api->policy, api->setting.conf);
    if (err != CAA_OK) return err;
    set_tls(api);
    memcpy(api->routes, routes, sizeof routes);
    api->routes[0].body_most = (size_t)api->setting.conf->http.body_mib_most << 20;
    api->collecting = event_new(api->setting.base, -1, EV_PERSIST, on_collect, api);
    if (api->collecting == NULL || event_add(api->collecting, &every) != 0)
        return CAA_ERR_EVENT;
    return add_servers(api, diag);
}

enum caa_err caad_api_new(struct caad_api **made, const struct caad_faces_setting *setting,
                          struct caa_diag *diag) {
    struct caad_api *api = calloc(1, sizeof *api);
    if (api == NULL) return CAA_ERR_NOMEM;
    api->setting = *setting;
    api->clock = caa_clock_system();
    enum caa_err err = set_up(api, diag);
    if (err == CAA_OK)
        *made = api;
    else
        caad_api_free(api);
    return err;
}

static void take_up_certificate(struct caad_api *api) {
    if (api->tls.certificate == NULL) return;
    api->tls.certificate = api->setting.tls->certificate;
    for (size_t i = 0; i < api->server_count; i++)
        caa_server_set_certificate(api->servers[i], api->tls.certificate);
}

enum caa_err caad_api_reload(struct caad_api *api, const struct caad_conf *conf) {
    struct caad_policy policy;
    take_up_certificate(api);
    enum caa_err err = caad_policy_make(&policy, conf);
    if (err != CAA_OK) return err;
    api->setting.conf = conf;
    caad_policy_free(&api->policy);
    api->policy = policy; /* the servers have its address */
    return CAA_OK;
}

void caad_api_drain(struct caad_api *api) {
    api->draining = true;
    for (size_t i = 0; i < api->server_count; i++) caa_server_drain(api->servers[i]);
}

void caad_api_give_up(struct caad_api *api) {
    struct caa_refusal refusal;
    caa_refusal_set(&refusal, CAA_USE_DRAINING, NULL,
                    "the server is being stopped, and there is no verdict yet");
    refusal.retry_after_s = STOPPED_RETRY_S;
    for (size_t i = 0; i < api->server_count; i++)
        caa_server_refuse_all(api->servers[i], &refusal);
}

size_t caad_api_in_flight(const struct caad_api *api) {
    size_t count = 0;
    for (size_t i = 0; i < api->server_count; i++)
        count += caa_server_call_count(api->servers[i]);
    return count;
}

void caad_api_free(struct caad_api *api) {
    if (api == NULL) return;
    for (size_t i = 0; i < api->server_count; i++) caa_server_free(api->servers[i]);
    caad_inquiries_free(api);
    caad_readings_free(api);
    if (api->collecting != NULL) event_free(api->collecting);
    caad_policy_free(&api->policy);
    free(api);
}
