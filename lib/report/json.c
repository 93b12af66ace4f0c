#include "report/json.h"

#include "dns/evidence_json.h"
#include "dns/json_string.h"
#include "policy/rrset.h"
#include "problem/document.h"
#include "report/sentence.h"

static json_t *string_of(struct caa_slice s) {
    return json_stringn(s.ptr == NULL ? "" : s.ptr, s.len);
}

static json_t *time_string(int64_t wall_us) {
    char text[CAA_TIME_TEXT_MAX];
    caa_time_to_text(wall_us, text);
    return json_string(text);
}

static json_t *milliseconds(int64_t us) {
    return json_real((double)us / 1000);
}

static json_t *string_array(const struct caa_slice *slices, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, caa_json_printable(slices[i]));
    return array;
}

static json_t *unreadable_record(const struct caa_malformed *malformed) {
    json_t *object = json_object();
    json_object_set_new(object, "standing", json_string("unreadable"));
    json_object_set_new(object, "reason", json_string(malformed->reason));
    return object;
}

static json_t *record_object(const struct caa_request *request, enum caa_property restricting,
                             struct caa_slice rdata) {
    struct caa_record record;
    struct caa_judgement judgement;
    struct caa_malformed malformed;
    if (caa_record_from_wire(&record, rdata, &malformed) != CAA_OK)
        return unreadable_record(&malformed);
    caa_rrset_judge(&judgement, request, restricting, &record);
    json_t *object = json_object();
    json_object_set_new(object, "flags", json_integer(record.flags));
    json_object_set_new(object, "tag", string_of(record.tag));
    json_object_set_new(object, "value", caa_json_value(record.value));
    json_object_set_new(object, "standing", json_string(caa_standing_code(judgement.standing)));
    return object;
}

static json_t *record_array(const struct caa_request *request,
                            const struct caa_answer *answer) {
    json_t *array = json_array();
    enum caa_property restricting = caa_rrset_property(request, answer);
    for (size_t i = 0; i < answer->rdata_count; i++)
        json_array_append_new(array, record_object(request, restricting, answer->rdata[i]));
    return array;
}

static json_t *alias_array(const struct caa_answer *answer) {
    json_t *array = json_array();
    for (size_t i = 0; i < answer->alias_count; i++)
        json_array_append_new(array, caa_json_name(&answer->aliases[i]));
    return array;
}

static void set_extended_error(json_t *level, const struct caa_answer *answer) {
    if (answer->ede < 0) return;
    json_t *ede = json_object();
    json_object_set_new(ede, "info_code", json_integer(answer->ede));
    json_object_set_new(ede, "extra_text", caa_json_printable(caa_slice_of(answer->ede_text)));
    json_object_set_new(level, "extended_error", ede);
}

static void set_answer(json_t *level, const struct caa_request *request,
                       const struct caa_answer *answer) {
    json_object_set_new(level, "outcome", json_string(caa_outcome_code(answer->outcome)));
    json_object_set_new(level, "security", json_string(caa_security_code(answer->security)));
    json_object_set_new(level, "rcode", json_integer(answer->rcode));
    json_object_set_new(level, "ttl_s", json_integer(answer->ttl_s));
    json_object_set_new(level, "observed_at", time_string(answer->observed_at_us));
    json_object_set_new(level, "aliases", alias_array(answer));
    json_object_set_new(level, "records", record_array(request, answer));
    if (answer->reason[0] != '\0')
        json_object_set_new(level, "reason", caa_json_printable(caa_slice_of(answer->reason)));
    set_extended_error(level, answer);
    json_object_set_new(level, "rescued", json_boolean(answer->rescued));
    if (answer->evidence != NULL)
        json_object_set_new(level, "evidence", caa_json_evidence(answer->evidence));
}

static json_t *level_array(const struct caa_check_result *result) {
    json_t *array = json_array();
    for (size_t i = 0; i < result->level_count; i++) {
        const struct caa_level *level = &result->levels[i];
        json_t *object = json_object();
        json_object_set_new(object, "name", caa_json_name(level->name));
        json_object_set_new(object, "elapsed_ms", milliseconds(level->elapsed_us));
        if (level->answer == NULL)
            json_object_set_new(object, "outcome", json_string("not-needed"));
        else
            set_answer(object, &result->request, level->answer);
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *finding_object(const struct caa_check_result *result,
                              const struct caa_finding *finding) {
    json_t *object = json_object();
    json_object_set_new(object, "code", json_string(caa_finding_code(finding->kind)));
    json_object_set_new(object, "text", json_string(caa_finding_text(finding->kind)));
    json_object_set_new(object, "name", caa_json_name(result->levels[finding->level].name));
    if (finding->record != CAA_RECORD_NONE)
        json_object_set_new(object, "record", json_integer(finding->record));
    if (finding->reason != NULL) {
        json_object_set_new(object, "position", json_integer((json_int_t)finding->position));
        json_object_set_new(object, "reason", json_string(finding->reason));
    }
    return object;
}

static json_t *finding_array(const struct caa_check_result *result) {
    json_t *array = json_array();
    for (size_t i = 0; i < result->decision.finding_count; i++)
        json_array_append_new(array, finding_object(result, &result->decision.findings[i]));
    return array;
}

static json_t *needs_array(unsigned needs) {
    json_t *array = json_array();
    if (needs & CAA_NEEDS_ACCOUNT) json_array_append_new(array, json_string("account"));
    if (needs & CAA_NEEDS_METHOD) json_array_append_new(array, json_string("method"));
    return array;
}

static json_t *text_of(void (*write)(const struct caa_check_result *, struct caa_writer *),
                       const struct caa_check_result *result) {
    char text[CAA_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    write(result, &writer);
    return caa_json_prose(text);
}

static void set_request(json_t *object, const struct caa_request *request) {
    char subject[CAA_NAME_TEXT_MAX + 2];
    struct caa_writer writer = caa_writer_into(subject, sizeof subject);
    caa_sentence_subject(request, &writer);
    json_object_set_new(object, "name", json_string(subject));
    json_object_set_new(object, "wildcard", json_boolean(request->wildcard));
    json_object_set_new(object, "purpose",
                        json_string(request->purpose == CAA_PURPOSE_SMIME ? "smime" : "tls"));
    json_object_set_new(
        object, "issuers",
        string_array(request->issuer_domain_names, request->issuer_domain_name_count));
    json_object_set_new(object, "accounts",
                        string_array(request->account_uris, request->account_uri_count));
    json_object_set_new(object, "methods",
                        string_array(request->method_labels, request->method_label_count));
}

static void set_decision(json_t *object, const struct caa_check_result *result) {
    const struct caa_decision *decision = &result->decision;
    json_object_set_new(object, "verdict", json_string(caa_verdict_code(decision->verdict)));
    json_object_set_new(object, "rule", json_string(caa_rule_code(decision->rule)));
    json_object_set_new(object, "text", text_of(caa_sentence_verdict, result));
    json_object_set_new(object, "advice", text_of(caa_sentence_advice, result));
    json_object_set_new(object, "decided_at",
                        decision->level == CAA_LEVEL_NONE
                            ? json_null()
                            : caa_json_name(result->levels[decision->level].name));
    json_object_set_new(object, "cause",
                        decision->cause == CAA_LEVEL_NONE
                            ? json_null()
                            : caa_json_name(result->levels[decision->cause].name));
    json_object_set_new(object, "record",
                        decision->record == CAA_RECORD_NONE ? json_null()
                                                            : json_integer(decision->record));
    json_object_set_new(object, "needs", needs_array(decision->needs));
    json_object_set_new(object, "retry_helps",
                        decision->verdict == CAA_VERDICT_UNDECIDED
                            ? json_boolean(decision->retry_helps)
                            : json_null());
}

static bool is_rescued(const struct caa_check_result *result) {
    for (size_t i = 0; i < result->level_count; i++)
        if (result->levels[i].answer != NULL && result->levels[i].answer->rescued) return true;
    return false;
}

static json_t *failure_object(const struct caa_check_result *result) {
    int cause = result->decision.cause;
    const struct caa_evidence *evidence =
        cause == CAA_LEVEL_NONE ? NULL : result->levels[cause].answer->evidence;
    if (evidence == NULL) return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "zone", caa_json_name(&evidence->zone));
    json_object_set_new(object, "fault", caa_json_fault(evidence->fault));
    json_object_set_new(object, "kind", caa_json_failure(evidence->failure));
    json_object_set_new(object, "retry", caa_json_retry(evidence));
    return object;
}

static json_t *problem_object(const struct caa_check_result *result, const char *evidence_id) {
    const struct caa_problem_name name = {.result = result, .evidence_id = evidence_id};
    struct caa_problem_document document;
    if (caa_problem_of_check(&document, &name, 1, CAA_PROBLEM_IN_CHALLENGE) != CAA_OK)
        return NULL;
    return document.json == NULL ? json_null() : document.json;
}

json_t *caa_json_check_object(const struct caa_check_result *result, const char *source,
                              const char *evidence_id) {
    json_t *object = json_object();
    set_request(object, &result->request);
    set_decision(object, result);
    json_object_set_new(object, "rescued", json_boolean(is_rescued(result)));
    json_object_set_new(object, "failure", failure_object(result));
    json_object_set_new(object, "problem", problem_object(result, evidence_id));
    json_object_set_new(object, "levels", level_array(result));
    json_object_set_new(object, "findings", finding_array(result));
    json_object_set_new(object, "findings_dropped",
                        json_integer((json_int_t)result->decision.findings_dropped));
    json_object_set_new(object, "deadline_passed", json_boolean(result->deadline_passed));
    json_object_set_new(object, "started_at", time_string(result->started_at_us));
    json_object_set_new(object, "elapsed_ms", milliseconds(result->elapsed_us));
    json_object_set_new(object, "source", json_string(source));
    return object;
}

char *caa_json_check(const struct caa_check_result *result, const char *source,
                     const char *evidence_id) {
    json_t *object = caa_json_check_object(result, source, evidence_id);
    char *line = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    return line;
}

static json_t *unchecked_problem(struct caa_slice subject, enum caa_problem problem,
                                 const char *reason) {
    const struct caa_problem_name name = {
        .unchecked = problem, .given = subject, .reason = reason};
    struct caa_problem_document document;
    if (caa_problem_of_check(&document, &name, 1, CAA_PROBLEM_IN_CHALLENGE) != CAA_OK)
        return NULL;
    return document.json;
}

char *caa_json_unchecked(struct caa_slice subject, enum caa_problem problem,
                         const char *reason) {
    bool is_error = problem == CAA_PROBLEM_NOT_A_NAME;
    struct caa_diag text;
    int shown = subject.len < 300 ? (int)subject.len : 300;
    if (is_error)
        caa_diag_set(&text, "'%.*s': %s", shown, subject.ptr, reason);
    else
        caa_diag_set(&text, "%s", reason);
    json_t *object = json_object();
    json_object_set_new(object, "name", caa_json_printable(subject));
    json_object_set_new(object, "verdict", json_string(is_error ? "error" : "not-applicable"));
    json_object_set_new(object, "text", json_string(text.text));
    json_object_set_new(object, "problem", unchecked_problem(subject, problem, reason));
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return line;
}
