#include "gate/status.h"

#include <stdlib.h>

#include "metric/collect.h"
#include "serve/server.h"

struct gate_status {
    struct gate_status_setting setting;
    struct caa_access access;
    struct caa_server *server;
};

static void collect(const struct gate_status_setting *setting) {
    struct caa_metric_shard *shard = caa_metrics_shard(setting->metrics, 0);
    if (setting->engine != NULL) caa_metric_collect_rescues(shard, setting->engine);
    if (setting->holds != NULL)
        caa_metric_set(shard, CAA_METRIC_FINALIZES_HELD, CAA_VALUE_NONE,
                       gate_holds_count(setting->holds));
    caa_metric_set(shard, CAA_METRIC_HTTP_CONNECTIONS, CAA_VALUE_NONE,
                   gate_proxy_connections(setting->proxy));
    caa_metric_collect_history(shard, setting->history);
}

static void start_metrics(void *context, struct caa_call *call) {
    const struct gate_status *status = context;
    struct caa_reply reply = {.status = 200, .type = "text/plain; version=0.0.4"};
    collect(&status->setting);
    reply.body = caa_metrics_render(status->setting.metrics, &reply.body_len);
    if (reply.body == NULL) reply.status = 500;
    caa_call_answer(call, &reply);
}

/* That it answers at all is what it says. */
static void start_health(void *context, struct caa_call *call) {
    (void)context;
    caa_call_answer(call,
                    &(struct caa_reply){.status = 200, .type = "text/plain", .text = "ok\n"});
}

enum caa_err gate_status_new(struct gate_status **made,
                             const struct gate_status_setting *setting, struct caa_diag *diag) {
    static const struct caa_route routes[] = {
        {.path = "/healthz", .method = CAA_METHOD_GET, .start = start_health},
        {.path = "/metrics", .method = CAA_METHOD_GET, .start = start_metrics}};
    struct gate_status *status = calloc(1, sizeof *status);
    if (status == NULL) return CAA_ERR_NOMEM;
    status->setting = *setting;
    const struct caa_server_setting server = {.base = setting->base,
                                              .clock = caa_clock_system(),
                                              .listen_fd = setting->listen_fd,
                                              .access = &status->access,
                                              .limits = {.connections_most = 64},
                                              .routes = routes,
                                              .route_count = 2,
                                              .context = status};
    enum caa_err err = caa_server_new(&status->server, &server, diag);
    if (err == CAA_OK)
        *made = status;
    else
        free(status);
    return err;
}

void gate_status_free(struct gate_status *status) {
    if (status == NULL) return;
    caa_server_free(status->server);
    free(status);
}
