#include <stdlib.h>

#include "base/hash.h"
#include "gate/hold_state.h"
#include "metric/check.h"
#include "report/json.h"

enum {
    AGAIN_S = 1,       /* until a check that ended early is made again */
    LAST_US = 2000000, /* later it is not worth it */
};

static const struct gate_holds_setting *setting_of(const struct gate_name *name) {
    return &name->held->holds->setting;
}

static bool audit_is_required(const struct gate_name *name) {
    return setting_of(name)->conf->history.audit == GATE_AUDIT_REQUIRED;
}

static void take(struct gate_name *name) {
    const struct caa_check_result *result = caa_check_result(name->check);
    name->is_done = true;
    name->held->has_forbidden |= result->decision.verdict == CAA_VERDICT_FORBIDDEN;
    gate_held_take(name->held);
}

/* ---- the record ---- */

static void take_unrecorded(struct gate_name *name) {
    name->held->is_unrecorded = true;
    take(name);
}

static void on_recorded(void *context, enum caa_err err, const char *why) {
    struct gate_record *record = context;
    struct gate_name *name = record->name;
    (void)why;
    LIST_REMOVE(record, link);
    free(record);
    if (name == NULL) return;
    name->record = NULL;
    if (err == CAA_OK)
        take(name);
    else
        take_unrecorded(name);
}

static enum caa_err make_record(struct gate_name *name, struct caa_history_record **made) {
    const struct caa_check_result *result = caa_check_result(name->check);
    enum caa_err err = caa_history_id_make(name->id);
    if (err != CAA_OK) return err;
    char *line = caa_json_check(result, caa_engine_source(setting_of(name)->engine), name->id);
    const struct caa_history_about about = {
        .id = name->id, .client = name->held->client, .document = line};
    err = line == NULL ? CAA_ERR_NOMEM : caa_history_record_of_check(made, result, &about);
    free(line);
    if (err != CAA_OK) name->id[0] = '\0';
    return err;
}

/* True: the history will call back, and what is decided waits for that. */
static bool keep(struct gate_name *name, bool *failed) {
    struct caa_history_record *made = NULL;
    bool waits = audit_is_required(name);
    struct gate_record *record = waits ? calloc(1, sizeof *record) : NULL;
    *failed = (waits && record == NULL) || make_record(name, &made) != CAA_OK;
    if (*failed || !waits) {
        if (!*failed) caa_history_put(setting_of(name)->history, made, NULL, NULL);
        free(record);
        *failed &= waits;
        return false;
    }
    record->name = name;
    name->record = record;
    LIST_INSERT_HEAD(&name->held->holds->records, record, link);
    caa_history_put(setting_of(name)->history, made, on_recorded, record);
    return true;
}

/* ---- the check ---- */

static int64_t left_us(const struct gate_name *name) {
    const struct gate_held *held = name->held;
    return held->deadline_us - caa_clock_monotonic_us(held->holds->clock);
}

static bool may_yet_succeed(const struct gate_name *name,
                            const struct caa_check_result *result) {
    return result->decision.verdict == CAA_VERDICT_UNDECIDED && result->decision.retry_helps &&
           left_us(name) > LAST_US && !name->held->has_forbidden;
}

static void end_check(struct gate_name *name) {
    bool failed = false;
    const struct caa_check_result *result = caa_check_result(name->check);
    caa_metric_add(setting_of(name)->shard, CAA_METRIC_CHECKS,
                   CAA_VALUE_VERDICT_ALLOWED + result->decision.verdict, 1);
    caa_metric_count_check(setting_of(name)->shard, result);
    if (setting_of(name)->history != NULL && keep(name, &failed)) return;
    if (failed)
        take_unrecorded(name);
    else
        take(name);
}

static void on_checked(void *context, struct caa_check *check) {
    const struct timeval again = {.tv_sec = AGAIN_S};
    struct gate_name *name = context;
    if (may_yet_succeed(name, caa_check_result(check)) && event_add(name->again, &again) == 0)
        return;
    end_check(name);
}

static enum caa_err check(struct gate_name *name, struct caa_check **made) {
    const struct gate_holds *holds = name->held->holds;
    const struct caa_conf *conf = &holds->setting.conf->engine;
    int64_t left_ms = left_us(name) / 1000;
    struct caa_request request = {.name = name->identifier.name,
                                  .wildcard = name->identifier.wildcard,
                                  .purpose = CAA_PURPOSE_TLS,
                                  .issuer_domain_names = holds->issuers,
                                  .issuer_domain_name_count = conf->issuers_count,
                                  .account_uris = &name->account,
                                  .account_uri_count = name->account.len > 0,
                                  .method_labels = &name->method_label,
                                  .method_label_count = name->method_label.len > 0,
                                  .br_insecure_failure =
                                      conf->br_insecure_failure == CAA_SWITCH_ON};
    /* The address: an account that nobody has verified would be a new one each time. */
    return caa_engine_check_for(holds->setting.engine,
                                caa_hash(caa_slice_of(name->held->client), 0), made, &request,
                                left_ms < 1 ? 1 : (uint32_t)left_ms, on_checked, name);
}

/* The check that ended early stays, and counts, where another one cannot be started. */
static void on_again(evutil_socket_t fd, short events, void *context) {
    struct gate_name *name = context;
    struct caa_check *another = NULL;
    (void)fd;
    (void)events;
    if (check(name, &another) != CAA_OK) {
        end_check(name);
        return;
    }
    caa_check_free(name->check);
    name->check = another;
}

enum caa_err gate_name_start(struct gate_name *name) {
    name->again = evtimer_new(setting_of(name)->base, on_again, name);
    return name->again == NULL ? CAA_ERR_NOMEM : check(name, &name->check);
}

void gate_name_end(struct gate_name *name) {
    if (name->again != NULL) event_free(name->again);
    if (name->record != NULL) name->record->name = NULL;
    caa_check_free(name->check);
    name->again = NULL;
    name->record = NULL;
    name->check = NULL;
}
