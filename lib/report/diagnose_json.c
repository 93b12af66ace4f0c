#include <jansson.h>

#include "dns/evidence_json.h"
#include "dns/json_string.h"
#include "report/diagnose.h"
#include "report/diagnose_prose.h"
#include "report/json.h"

static json_t *time_or_null(int64_t wall_us) {
    char text[CAA_TIME_TEXT_MAX];
    if (wall_us == 0) return json_null();
    caa_time_to_text(wall_us, text);
    return json_string(text);
}

static json_t *name_or_null(const struct caa_name *name) {
    return name == NULL || name->len == 0 ? json_null() : caa_json_name(name);
}

static json_t *text_or_null(const char *text) {
    return text[0] == '\0' ? json_null() : json_string(text);
}

/* --- findings */

static json_t *evidence_object(const struct caa_diagnosis_evidence *evidence) {
    bool exchanged = evidence->at_us != 0;
    json_t *object = json_object();
    json_object_set_new(object, "server", name_or_null(evidence->server));
    json_object_set_new(object, "address", text_or_null(evidence->address));
    json_object_set_new(object, "transport",
                        exchanged ? json_string(evidence->over_tcp ? "tcp" : "udp")
                                  : json_null());
    json_object_set_new(object, "asked", text_or_null(evidence->asked));
    json_object_set_new(object, "did", json_string(evidence->did));
    json_object_set_new(object, "sent_at", time_or_null(evidence->at_us));
    json_object_set_new(object, "elapsed_ms",
                        exchanged ? json_real((double)evidence->elapsed_us / 1000)
                                  : json_null());
    return object;
}

static json_t *evidence_array(const struct caa_diagnosis_finding *finding) {
    json_t *array = json_array();
    for (const struct caa_diagnosis_evidence *at = finding->evidence; at != NULL; at = at->next)
        json_array_append_new(array, evidence_object(at));
    return array;
}

static json_t *mender_object(const struct caa_diagnosis_finding *finding) {
    char who[512];
    struct caa_writer text = caa_writer_into(who, sizeof who);
    json_t *object = json_object();
    caa_prose_mender(finding, &text);
    json_object_set_new(object, "who", json_string(caa_fault_code(finding->mender)));
    json_object_set_new(object, "zone", caa_json_name(&finding->mender_zone));
    json_object_set_new(object, "text", json_string(who));
    return object;
}

static json_t *finding_object(const struct caa_diagnosis_finding *finding) {
    json_t *object = json_object();
    json_object_set_new(object, "code", json_string(caa_diagnosis_code_text(finding->code)));
    json_object_set_new(
        object, "severity",
        json_string(caa_diagnosis_severity_code(caa_diagnosis_severity(finding->code))));
    json_object_set_new(object, "bearing",
                        json_string(caa_diagnosis_bearing_code(finding->bearing)));
    json_object_set_new(object, "zone", caa_json_name(&finding->zone));
    json_object_set_new(object, "text", json_string(finding->text));
    json_object_set_new(object, "why", text_or_null(finding->why));
    json_object_set_new(object, "rule", json_string(caa_diagnosis_rule(finding->code)));
    json_object_set_new(object, "remedy", json_string(caa_diagnosis_remedy(finding->code)));
    json_object_set_new(object, "mender", mender_object(finding));
    json_object_set_new(object, "affected", json_integer((json_int_t)finding->affected));
    json_object_set_new(object, "among", json_integer((json_int_t)finding->among));
    json_object_set_new(object, "evidence", evidence_array(finding));
    return object;
}

static json_t *finding_array(const struct caa_diagnosis *diagnosis) {
    json_t *array = json_array();
    const struct caa_diagnosis_finding *at = diagnosis->findings;
    for (; at != NULL; at = at->next) json_array_append_new(array, finding_object(at));
    return array;
}

/* --- zones */

static json_t *item_object(const struct caa_survey_item *item) {
    const struct caa_exchange *exchange = item->exchange;
    json_t *object = json_object();
    json_object_set_new(object, "question",
                        json_string(caa_survey_question_code(item->question)));
    json_object_set_new(object, "name", caa_json_name(&item->name));
    json_object_set_new(object, "transport",
                        json_string(caa_transport_code(exchange->transport)));
    json_object_set_new(object, "edns", json_boolean(exchange->edns));
    json_object_set_new(object, "state", json_string(caa_server_state_code(item->state)));
    json_object_set_new(object, "sent_at", time_or_null(exchange->sent_at_us));
    json_object_set_new(object, "round_trip_ms",
                        json_real((double)exchange->round_trip_us / 1000));
    json_object_set_new(object, "size", json_integer((json_int_t)exchange->size));
    json_object_set_new(object, "rcode",
                        exchange->result == CAA_EXCHANGE_RESPONSE
                            ? json_integer(exchange->said.rcode)
                            : json_null());
    json_object_set_new(object, "serial",
                        item->facts.has_serial ? json_integer(item->facts.serial)
                                               : json_null());
    return object;
}

static json_t *server_object(const struct caa_survey_server *server) {
    const char *word;
    char address[CAA_EVIDENCE_ADDRESS_MAX];
    json_t *object = json_object(), *questions = json_array();
    enum caa_survey_health health = caa_survey_health_of(server, &word);
    caa_address_to_text(&server->server->address, address);
    for (const struct caa_survey_item *at = server->items; at != NULL; at = at->next)
        if (at->exchange != NULL) json_array_append_new(questions, item_object(at));
    json_object_set_new(
        object, "name",
        name_or_null(server->server->ns == NULL ? NULL : &server->server->ns->name));
    json_object_set_new(object, "address", json_string(address));
    json_object_set_new(object, "health", json_string(caa_survey_health_code(health)));
    json_object_set_new(object, "text", json_string(word));
    json_object_set_new(object, "questions", questions);
    return object;
}

static json_t *zone_object(const struct caa_diagnosis *diagnosis,
                           const struct caa_survey_zone *zone) {
    const struct caa_path_zone *parent = zone->zone->parent;
    json_t *object = json_object(), *servers = json_array();
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
        json_array_append_new(servers, server_object(at));
    json_object_set_new(object, "name", caa_json_name(&zone->zone->name));
    json_object_set_new(object, "parent", name_or_null(parent == NULL ? NULL : &parent->name));
    json_object_set_new(object, "on_the_way_to", caa_json_name(&zone->path->name));
    json_object_set_new(object, "delegation", json_string(caa_prose_delegation(zone)));
    json_object_set_new(object, "fails",
                        json_boolean(diagnosis->zone.len > 0 &&
                                     caa_name_equal(&zone->zone->name, &diagnosis->zone)));
    json_object_set_new(
        object, "health",
        json_string(caa_survey_health_code(caa_prose_zone_health(diagnosis, zone))));
    json_object_set_new(object, "servers", servers);
    return object;
}

/* --- the whole */

static json_t *failing_object(const struct caa_diagnosis *diagnosis) {
    if (diagnosis->level == NULL) return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "lookup", caa_json_name(diagnosis->level));
    json_object_set_new(object, "zone", name_or_null(&diagnosis->zone));
    json_object_set_new(object, "failure", caa_json_failure(diagnosis->failure));
    json_object_set_new(object, "fault", caa_json_fault(diagnosis->fault));
    return object;
}

static json_t *limit_array(unsigned limits) {
    static const char *const words[] = {"queries", "zones", "servers",
                                        "lookups", "time",  "memory"};
    json_t *array = json_array();
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if ((limits >> i & 1) != 0) json_array_append_new(array, json_string(words[i]));
    return array;
}

char *caa_json_diagnosis(const struct caa_diagnosis *diagnosis, const char *source) {
    const struct caa_survey *survey = diagnosis->survey;
    char sentence[CAA_DIAGNOSE_PROSE_MAX];
    struct caa_writer text = caa_writer_into(sentence, sizeof sentence);
    json_t *object = json_object(), *zones = json_array();
    caa_prose_diagnosis(diagnosis, &text);
    for (const struct caa_survey_zone *at = survey->zones; at != NULL; at = at->next)
        json_array_append_new(zones, zone_object(diagnosis, at));
    json_object_set_new(object, "state",
                        json_string(caa_diagnosis_state_code(diagnosis->state)));
    json_object_set_new(object, "text", json_string(sentence));
    json_object_set_new(object, "failing", failing_object(diagnosis));
    json_object_set_new(object, "findings", finding_array(diagnosis));
    json_object_set_new(object, "findings_dropped",
                        json_integer((json_int_t)diagnosis->findings_dropped));
    json_object_set_new(object, "zones", zones);
    json_object_set_new(object, "queries", json_integer(survey->query_count));
    json_object_set_new(object, "lookups", json_integer(survey->lookup_count));
    json_object_set_new(object, "limits", limit_array(survey->limits));
    json_object_set_new(object, "check", caa_json_check_object(diagnosis->check, source, NULL));
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    return line;
}

char *caa_json_not_diagnosed(struct caa_slice subject, const char *why) {
    json_t *object = json_object();
    json_object_set_new(object, "state", json_string("not-applicable"));
    json_object_set_new(object, "name", caa_json_printable(subject));
    json_object_set_new(object, "text", json_string(why));
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return line;
}
