/* What monitoring asks: /healthz, /readyz, /metrics; and /openapi.json. */
#include <jansson.h>
#include <string.h>

#include "daemon/api/state.h"
#include "dns/json_string.h"
#include "engine/engine.h"
#include "engine/shared.h"
#include "history/history.h"
#include "resolve/recursor.h"
#include "sandbox/sandbox.h"

extern const char caad_openapi_text[]; /* made from docs/openapi.json at build time */

void caad_answer_json(struct caa_call *call, unsigned status, json_t *json) {
    struct caa_reply reply = {.status = status, .type = "application/json"};
    reply.body = json_dumps(json, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(json);
    if (reply.body != NULL) {
        reply.body_len = strlen(reply.body);
        caa_call_answer(call, &reply);
        return;
    }
    struct caa_refusal refusal;
    caad_refuse_error(&refusal, CAA_ERR_NOMEM);
    caa_call_refuse(call, &refusal);
}

/* That it answers at all is what it says. */
void caad_healthz_start(void *context, struct caa_call *call) {
    (void)context;
    caa_call_answer(call,
                    &(struct caa_reply){.status = 200, .type = "text/plain", .text = "ok\n"});
}

static json_t *resolver_object(const struct caad_api *api) {
    const struct caa_engine_shared *shared = api->setting.shared;
    const char *warning = caa_recursor_library_warning();
    bool is_current = warning == NULL;
    json_t *object = json_object();
    json_object_set_new(object, "source", json_string(caa_engine_source(api->setting.engine)));
    json_object_set_new(object, "current", json_boolean(is_current));
    json_object_set_new(object, "warning", is_current ? json_null() : json_string(warning));
    json_object_set_new(
        object, "trust_anchors",
        json_integer(shared == NULL ? 0 : (json_int_t)shared->trust_anchor.count));
    return object;
}

static json_t *sandbox_object(const struct caad_api *api) {
    if (api->setting.sandbox == NULL) return json_null();
    struct caa_sandbox_counts counts = caa_sandbox_counts(api->setting.sandbox);
    struct caa_sandbox_status status = caa_sandbox_status(api->setting.sandbox);
    json_t *object = json_object();
    json_object_set_new(object, "library",
                        caa_json_printable(caa_slice_of(status.library_version)));
    json_object_set_new(object, "processes", json_integer((json_int_t)counts.processes));
    json_object_set_new(object, "can_be_replaced", json_boolean(!status.spawner_is_gone));
    json_object_set_new(object, "confined", json_boolean(caa_jail_is_complete(&status.jail)));
    json_object_set_new(object, "last_ending",
                        status.last_ending[0] == '\0'
                            ? json_null()
                            : caa_json_printable(caa_slice_of(status.last_ending)));
    return object;
}

static json_t *history_object(const struct caad_api *api) {
    struct caa_history_counters counters;
    struct caa_diag why = {.text = ""};
    if (api->setting.kept == NULL) return json_null();
    caa_history_counters(api->setting.kept, &counters);
    caa_history_why(api->setting.kept, &why);
    bool is_required = api->setting.conf->history.audit == CAAD_AUDIT_REQUIRED;
    json_t *object = json_object();
    json_object_set_new(object, "required", json_boolean(is_required));
    json_object_set_new(object, "connected", json_boolean(counters.connected));
    json_object_set_new(object, "why",
                        counters.connected ? json_null() : json_string(why.text));
    json_object_set_new(object, "lag_ms", json_integer(counters.lag_us / 1000));
    return object;
}

static bool has_no_history(const struct caad_api *api) {
    struct caa_history_counters counters;
    if (api->setting.kept == NULL || api->setting.conf->history.audit != CAAD_AUDIT_REQUIRED)
        return false;
    caa_history_counters(api->setting.kept, &counters);
    return !counters.connected;
}

/* Without a spawner the processes there are are the last. */
static bool has_no_recursors(const struct caad_api *api) {
    return api->setting.sandbox != NULL &&
           caa_sandbox_counts(api->setting.sandbox).processes == 0 &&
           caa_sandbox_status(api->setting.sandbox).spawner_is_gone;
}

static json_t *reasons_array(const struct caad_api *api) {
    json_t *reasons = json_array();
    if (api->draining) json_array_append_new(reasons, json_string("draining"));
    if (has_no_history(api)) json_array_append_new(reasons, json_string("history-unavailable"));
    if (has_no_recursors(api)) json_array_append_new(reasons, json_string("recursors-lost"));
    return reasons;
}

/* Anybody may know whether it is ready. Versions, and what names hosts, paths and accounts, are
   for who may read. */
void caad_readyz_start(void *context, struct caa_call *call) {
    struct caad_api *api = context;
    bool may_read = (caa_call_grant(call)->rights & CAAD_RIGHT_READ) != 0;
    json_t *object = json_object(), *reasons = reasons_array(api);
    bool ready = json_array_size(reasons) == 0;
    json_object_set_new(object, "ready", json_boolean(ready));
    json_object_set_new(object, "draining", json_boolean(api->draining));
    json_object_set_new(object, "reasons", reasons);
    if (may_read) {
        json_object_set_new(object, "resolver", resolver_object(api));
        json_object_set_new(object, "sandbox", sandbox_object(api));
        json_object_set_new(object, "history", history_object(api));
    }
    caad_answer_json(call, ready ? 200 : 503, object);
}

void caad_metrics_start(void *context, struct caa_call *call) {
    struct caad_api *api = context;
    struct caa_reply reply = {.status = 200,
                              .type = "text/plain; version=0.0.4; charset=utf-8"};
    caad_collect(api);
    reply.body = caa_metrics_render(api->setting.metrics, &reply.body_len);
    if (reply.body != NULL) {
        caa_call_answer(call, &reply);
        return;
    }
    struct caa_refusal refusal;
    caad_refuse_error(&refusal, CAA_ERR_NOMEM);
    caa_call_refuse(call, &refusal);
}

void caad_openapi_start(void *context, struct caa_call *call) {
    (void)context;
    caa_call_answer(call, &(struct caa_reply){.status = 200,
                                              .type = "application/json",
                                              .text = caad_openapi_text});
}
