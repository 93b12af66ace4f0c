#include "report/json.h"

#include <stdlib.h>

#include "dns/evidence_json.h"
#include "dns/json_string.h"
#include "dns/look.h"
#include "policy/rrset.h"
#include "problem/document.h"
#include "report/json_writer.h"
#include "report/sentence.h"

static void put_strings(struct caa_json_writer *w, const char *key,
                        const struct caa_slice *slices, size_t count) {
    caa_json_open(w, key, '[');
    for (size_t i = 0; i < count; i++) caa_json_put_string(w, NULL, slices[i]);
    caa_json_close(w, ']');
}

static void put_record(struct caa_json_writer *w, const struct caa_request *request,
                       enum caa_property restricting, struct caa_slice rdata) {
    struct caa_record record;
    struct caa_judgement judgement;
    struct caa_malformed malformed;
    caa_json_open(w, NULL, '{');
    if (caa_record_from_wire(&record, rdata, &malformed) == CAA_OK) {
        caa_rrset_judge(&judgement, request, restricting, &record);
        caa_json_put_integer(w, "flags", record.flags);
        caa_json_put_string(w, "tag", record.tag);
        caa_json_put_value(w, "value", caa_json_value(record.value));
        caa_json_put_text(w, "standing", caa_standing_code(judgement.standing));
    } else {
        caa_json_put_text(w, "standing", "unreadable");
        caa_json_put_text(w, "reason", malformed.reason);
    }
    caa_json_close(w, '}');
}

static void put_records(struct caa_json_writer *w, const struct caa_request *request,
                        const struct caa_answer *answer) {
    enum caa_property restricting = caa_rrset_property(request, answer);
    caa_json_open(w, "records", '[');
    for (size_t i = 0; i < answer->rdata_count; i++)
        put_record(w, request, restricting, answer->rdata[i]);
    caa_json_close(w, ']');
}

static void put_aliases(struct caa_json_writer *w, const struct caa_answer *answer) {
    caa_json_open(w, "aliases", '[');
    for (size_t i = 0; i < answer->alias_count; i++)
        caa_json_put_name(w, NULL, &answer->aliases[i]);
    caa_json_close(w, ']');
}

static void put_extended_error(struct caa_json_writer *w, const struct caa_answer *answer) {
    if (answer->ede < 0) return;
    caa_json_open(w, "extended_error", '{');
    caa_json_put_integer(w, "info_code", answer->ede);
    caa_json_put_text(w, "extra_text", answer->ede_text);
    caa_json_close(w, '}');
}

static void put_other_look(struct caa_json_writer *w, const struct caa_look *look) {
    if (look->kind == CAA_LOOK_NONE) return;
    caa_json_open(w, "other_look", '{');
    caa_json_put_text(w, "kind", caa_look_code(look->kind));
    caa_json_put_text(w, "outcome", caa_outcome_code(look->outcome));
    caa_json_put_text(w, "security", caa_security_code(look->security));
    caa_json_put_integer(w, "records", (int64_t)look->record_count);
    caa_json_put_value(w, "digest", caa_json_digest(look->digest));
    caa_json_put_time(w, "observed_at", look->observed_at_us);
    caa_json_close(w, '}');
}

static void put_answer(struct caa_json_writer *w, const struct caa_request *request,
                       const struct caa_answer *answer) {
    caa_json_put_text(w, "outcome", caa_outcome_code(answer->outcome));
    caa_json_put_text(w, "security", caa_security_code(answer->security));
    caa_json_put_integer(w, "rcode", answer->rcode);
    caa_json_put_integer(w, "ttl_s", answer->ttl_s);
    caa_json_put_time(w, "observed_at", answer->observed_at_us);
    put_aliases(w, answer);
    put_records(w, request, answer);
    if (answer->reason[0] != '\0') caa_json_put_text(w, "reason", answer->reason);
    put_extended_error(w, answer);
    caa_json_put_boolean(w, "rescued", answer->rescued);
    put_other_look(w, &answer->other);
    if (answer->evidence != NULL)
        caa_json_put_value(w, "evidence", caa_json_evidence(answer->evidence));
}

static void put_levels(struct caa_json_writer *w, const struct caa_check_result *result) {
    caa_json_open(w, "levels", '[');
    for (size_t i = 0; i < result->level_count; i++) {
        const struct caa_level *level = &result->levels[i];
        caa_json_open(w, NULL, '{');
        caa_json_put_name(w, "name", level->name);
        caa_json_put_ms(w, "elapsed_ms", level->elapsed_us);
        if (level->answer == NULL)
            caa_json_put_text(w, "outcome", "not-needed");
        else
            put_answer(w, &result->request, level->answer);
        caa_json_close(w, '}');
    }
    caa_json_close(w, ']');
}

static void put_finding(struct caa_json_writer *w, const struct caa_check_result *result,
                        const struct caa_finding *finding) {
    caa_json_open(w, NULL, '{');
    caa_json_put_text(w, "code", caa_finding_code(finding->kind));
    caa_json_put_text(w, "text", caa_finding_text(finding->kind));
    caa_json_put_name(w, "name", result->levels[finding->level].name);
    if (finding->record != CAA_RECORD_NONE) caa_json_put_integer(w, "record", finding->record);
    if (finding->reason != NULL) {
        caa_json_put_integer(w, "position", (int64_t)finding->position);
        caa_json_put_text(w, "reason", finding->reason);
    }
    caa_json_close(w, '}');
}

static void put_findings(struct caa_json_writer *w, const struct caa_check_result *result) {
    caa_json_open(w, "findings", '[');
    for (size_t i = 0; i < result->decision.finding_count; i++)
        put_finding(w, result, &result->decision.findings[i]);
    caa_json_close(w, ']');
}

static void put_needs(struct caa_json_writer *w, unsigned needs) {
    caa_json_open(w, "needs", '[');
    if (needs & CAA_NEEDS_ACCOUNT) caa_json_put_text(w, NULL, "account");
    if (needs & CAA_NEEDS_METHOD) caa_json_put_text(w, NULL, "method");
    caa_json_close(w, ']');
}

/* Sentences that stand one a line, in one line. */
static void put_prose(struct caa_json_writer *w, const char *key,
                      void (*write)(const struct caa_check_result *, struct caa_writer *),
                      const struct caa_check_result *result) {
    char text[CAA_SENTENCE_MAX];
    struct caa_writer out = caa_writer_into(text, sizeof text);
    write(result, &out);
    while (out.len > 0 && text[out.len - 1] == '\n') out.len--;
    for (size_t i = 0; i < out.len; i++)
        if (text[i] == '\n') text[i] = ' ';
    caa_json_put_string(w, key, caa_slice_bytes(text, out.len));
}

static void put_request(struct caa_json_writer *w, const struct caa_request *request) {
    char subject[CAA_NAME_TEXT_MAX + 2];
    struct caa_writer out = caa_writer_into(subject, sizeof subject);
    caa_sentence_subject(request, &out);
    caa_json_put_text(w, "name", subject);
    caa_json_put_boolean(w, "wildcard", request->wildcard);
    caa_json_put_text(w, "purpose", request->purpose == CAA_PURPOSE_SMIME ? "smime" : "tls");
    put_strings(w, "issuers", request->issuer_domain_names, request->issuer_domain_name_count);
    put_strings(w, "accounts", request->account_uris, request->account_uri_count);
    put_strings(w, "methods", request->method_labels, request->method_label_count);
}

static void put_level_name(struct caa_json_writer *w, const char *key,
                           const struct caa_check_result *result, int level) {
    if (level == CAA_LEVEL_NONE)
        caa_json_put_null(w, key);
    else
        caa_json_put_name(w, key, result->levels[level].name);
}

static void put_decision(struct caa_json_writer *w, const struct caa_check_result *result) {
    const struct caa_decision *decision = &result->decision;
    caa_json_put_text(w, "verdict", caa_verdict_code(decision->verdict));
    caa_json_put_text(w, "rule", caa_rule_code(decision->rule));
    put_prose(w, "text", caa_sentence_verdict, result);
    put_prose(w, "advice", caa_sentence_advice, result);
    put_level_name(w, "decided_at", result, decision->level);
    put_level_name(w, "cause", result, decision->cause);
    if (decision->record == CAA_RECORD_NONE)
        caa_json_put_null(w, "record");
    else
        caa_json_put_integer(w, "record", decision->record);
    put_needs(w, decision->needs);
    if (decision->verdict == CAA_VERDICT_UNDECIDED)
        caa_json_put_boolean(w, "retry_helps", decision->retry_helps);
    else
        caa_json_put_null(w, "retry_helps");
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

char *caa_json_check(const struct caa_check_result *result, const char *source,
                     const char *evidence_id) {
    struct caa_json_writer w = {0};
    caa_json_open(&w, NULL, '{');
    put_request(&w, &result->request);
    put_decision(&w, result);
    caa_json_put_boolean(&w, "rescued", is_rescued(result));
    caa_json_put_value(&w, "failure", failure_object(result));
    caa_json_put_value(&w, "problem", problem_object(result, evidence_id));
    put_levels(&w, result);
    put_findings(&w, result);
    caa_json_put_integer(&w, "findings_dropped", (int64_t)result->decision.findings_dropped);
    caa_json_put_boolean(&w, "deadline_passed", result->deadline_passed);
    caa_json_put_time(&w, "started_at", result->started_at_us);
    caa_json_put_ms(&w, "elapsed_ms", result->elapsed_us);
    caa_json_put_text(&w, "source", source);
    caa_json_close(&w, '}');
    return caa_json_writer_end(&w);
}

json_t *caa_json_check_object(const struct caa_check_result *result, const char *source,
                              const char *evidence_id) {
    char *text = caa_json_check(result, source, evidence_id);
    json_t *object = text == NULL ? NULL : json_loads(text, 0, NULL);
    free(text);
    return object;
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
