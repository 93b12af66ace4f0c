#include "dns/evidence_json.h"

#include "base/clock.h"
#include "dns/json_string.h"

json_t *caa_json_fault(enum caa_fault fault) {
    return fault == CAA_FAULT_NONE ? json_null() : json_string(caa_fault_code(fault));
}

json_t *caa_json_failure(enum caa_failure failure) {
    return failure == CAA_FAILURE_NONE ? json_null() : json_string(caa_failure_code(failure));
}

json_t *caa_json_retry(const struct caa_evidence *evidence) {
    json_t *retry = json_object();
    json_object_set_new(retry, "advised", json_boolean(evidence->retry_advised));
    json_object_set_new(retry, "after_s",
                        evidence->retry_advised ? json_integer(evidence->retry_after_s)
                                                : json_null());
    json_object_set_new(retry, "why", json_string(evidence->retry_why));
    return retry;
}

static json_t *exchange_object(const struct caa_evidence_item *item) {
    char sent_at[CAA_TIME_TEXT_MAX];
    caa_time_to_text(item->sent_at_us, sent_at);
    json_t *object = json_object();
    json_object_set_new(object, "zone", caa_json_name(&item->zone));
    json_object_set_new(object, "server",
                        item->server.len == 0 ? json_null() : caa_json_name(&item->server));
    json_object_set_new(object, "address", json_string(item->address));
    json_object_set_new(object, "transport", json_string(item->over_tcp ? "tcp" : "udp"));
    json_object_set_new(object, "sent_at", json_string(sent_at));
    json_object_set_new(object, "round_trip_ms", json_real((double)item->round_trip_us / 1000));
    json_object_set_new(object, "failure", caa_json_failure(item->failure));
    json_object_set_new(object, "size", json_integer(item->size));
    if (item->size > 0) json_object_set_new(object, "rcode", json_integer(item->rcode));
    if (item->digest != 0) json_object_set_new(object, "digest", caa_json_digest(item->digest));
    if (item->ede >= 0) json_object_set_new(object, "ede", json_integer(item->ede));
    if (item->text[0] != '\0') json_object_set_new(object, "text", json_string(item->text));
    return object;
}

json_t *caa_json_evidence(const struct caa_evidence *evidence) {
    json_t *object = json_object();
    json_t *exchanges = json_array();
    for (size_t i = 0; i < evidence->item_count; i++)
        json_array_append_new(exchanges, exchange_object(&evidence->items[i]));
    json_object_set_new(object, "zone", caa_json_name(&evidence->zone));
    json_object_set_new(object, "alias",
                        evidence->alias.len == 0 ? json_null()
                                                 : caa_json_name(&evidence->alias));
    json_object_set_new(object, "fault", caa_json_fault(evidence->fault));
    json_object_set_new(object, "failure", caa_json_failure(evidence->failure));
    json_object_set_new(object, "retry", caa_json_retry(evidence));
    json_object_set_new(object, "retries", json_integer(evidence->retry_count));
    json_object_set_new(object, "insecure_proved", json_boolean(evidence->insecure_proved));
    json_object_set_new(object, "variants", json_integer((json_int_t)evidence->variant_count));
    json_object_set_new(object, "queries", json_integer(evidence->query_count));
    json_object_set_new(object, "elapsed_ms", json_real((double)evidence->elapsed_us / 1000));
    json_object_set_new(object, "exchanges", exchanges);
    return object;
}
