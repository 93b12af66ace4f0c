#include "problem/document.h"

#include <string.h>

#include "dns/identifier.h"
#include "dns/json_string.h"
#include "problem/detail.h"
#include "problem/extension.h"

/* What the names that are not allowed have in common, as far as they have. */
struct tally {
    enum caa_problem_place place;
    size_t count;
    json_t *subproblems; /* owned */
    bool same_type, same_fault, same_zone;
    bool all_pass; /* every one may pass by itself */
    bool any_forbidden;
    struct caa_problem_facts first;
    uint32_t retry_after_s; /* the longest */
    bool failed;            /* out of memory */
};

static void set(json_t *object, const char *key, json_t *value, bool *failed) {
    *failed |= json_object_set_new(object, key, value) != 0;
}

static json_t *name_or_null(const struct caa_name *name) {
    return name == NULL ? json_null() : caa_json_name(name);
}

/* The extension member. */
static json_t *caa_object(const struct caa_problem_facts *facts, const char *fault,
                          json_t *name, const char *evidence_id) {
    return caa_problem_extension(
        &(struct caa_problem_extension){.name = name,
                                        .problem = facts->problem,
                                        .owner = name_or_null(facts->owner),
                                        .fault = fault,
                                        .zone = name_or_null(facts->zone),
                                        .kind = facts->kind,
                                        .retry = facts->retry,
                                        .evidence_id = evidence_id});
}

/* RFC 8555 section 6.7 and Boulder: a refusal is 403, what the DNS did is 400 in a challenge.
 */
static int status_of(bool is_forbidden, bool passes, enum caa_problem_place place) {
    if (is_forbidden) return 403;
    return passes && place == CAA_PROBLEM_AS_ANSWER ? 503 : 400;
}

static json_t *document_object(const char *type, const char *detail, int status,
                               json_t *extension, bool *failed) {
    json_t *object = json_object();
    set(object, "type", json_string(type), failed);
    set(object, "detail", json_string(detail), failed);
    set(object, "status", json_integer(status), failed);
    set(object, "caa", extension, failed);
    return object;
}

static void take_unchecked(struct caa_problem_facts *facts,
                           const struct caa_problem_name *name) {
    *facts = (struct caa_problem_facts){.problem = name->unchecked,
                                        .fault = CAA_FAULT_SUBSCRIBER,
                                        .kind = "",
                                        .retry.why = "it stays what it is"};
}

static void write_subject(const struct caa_problem_name *name, struct caa_writer *out) {
    if (name->result != NULL)
        caa_problem_subject(&name->result->request, out);
    else
        caa_writer_printable(out, caa_slice_trim(name->given));
}

static void write_detail(const struct caa_problem_facts *facts,
                         const struct caa_problem_name *name, struct caa_writer *out) {
    if (name->result != NULL)
        caa_problem_detail(facts, name->result, out);
    else
        caa_problem_detail_unchecked(facts->problem, caa_slice_trim(name->given), name->reason,
                                     out);
}

static json_t *identifier_object(enum caa_problem problem, const char *subject, bool *failed) {
    json_t *object = json_object();
    const char *type = problem == CAA_PROBLEM_IP_ADDRESS ? "ip" : "dns";
    set(object, "type", json_string(type), failed);
    set(object, "value", json_string(subject), failed);
    return object;
}

static void compare(struct tally *tally, const struct caa_problem_facts *facts) {
    const struct caa_problem_facts *first = &tally->first;
    if (tally->count == 0) {
        tally->first = *facts;
        tally->same_type = tally->same_fault = tally->same_zone = tally->all_pass = true;
    }
    tally->same_type &=
        strcmp(caa_problem_type(first->problem), caa_problem_type(facts->problem)) == 0;
    tally->same_fault &= strcmp(caa_problem_fault(first), caa_problem_fault(facts)) == 0;
    tally->same_zone &=
        first->zone != NULL && facts->zone != NULL && caa_name_equal(first->zone, facts->zone);
    tally->all_pass &= facts->retry.advised;
    tally->any_forbidden |= facts->problem == CAA_PROBLEM_FORBIDDEN;
    if (facts->retry.after_s > tally->retry_after_s)
        tally->retry_after_s = facts->retry.after_s;
}

static void add_problem(struct tally *tally, const struct caa_problem_facts *facts,
                        const struct caa_problem_name *name) {
    char subject[CAA_NAME_TEXT_MAX + 2], detail[CAA_PROBLEM_DETAIL_MAX];
    struct caa_writer subject_out = caa_writer_into(subject, sizeof subject);
    struct caa_writer detail_out = caa_writer_into(detail, sizeof detail);
    write_subject(name, &subject_out);
    write_detail(facts, name, &detail_out);
    bool forbidden = facts->problem == CAA_PROBLEM_FORBIDDEN;
    json_t *object = document_object(
        caa_problem_type(facts->problem), detail,
        status_of(forbidden, facts->retry.advised, CAA_PROBLEM_IN_CHALLENGE),
        caa_object(facts, caa_problem_fault(facts), json_string(subject), name->evidence_id),
        &tally->failed);
    set(object, "identifier", identifier_object(facts->problem, subject, &tally->failed),
        &tally->failed);
    compare(tally, facts);
    tally->failed |= json_array_append_new(tally->subproblems, object) != 0;
    tally->count++;
}

static void add_name(struct tally *tally, const struct caa_problem_name *name) {
    struct caa_problem_facts facts;
    if (name->result != NULL)
        caa_problem_of_result(&facts, name->result);
    else
        take_unchecked(&facts, name);
    if (facts.problem != CAA_PROBLEM_NONE) add_problem(tally, &facts, name);
}

/* The one subproblem there is, as the document: section 6.7.1 has no identifier there. */
static void tell_one(struct caa_problem_document *document, struct tally *tally) {
    json_t *object = json_incref(json_array_get(tally->subproblems, 0));
    json_object_del(object, "identifier");
    document->json = object;
    document->status = status_of(tally->any_forbidden, tally->all_pass, tally->place);
    set(object, "status", json_integer(document->status), &tally->failed);
}

static const char *why_several(const struct tally *tally) {
    if (!tally->all_pass) return "not all of them can pass by themselves";
    return tally->same_zone ? tally->first.retry.why : "each of them may pass by itself";
}

static void tell_several(struct caa_problem_document *document, struct tally *tally) {
    char detail[CAA_PROBLEM_DETAIL_MAX];
    struct caa_writer out = caa_writer_into(detail, sizeof detail);
    const json_t *named = json_object_get(json_array_get(tally->subproblems, 0), "identifier");
    const char *first = json_string_value(json_object_get(named, "value"));
    caa_problem_detail_several(first == NULL ? "" : first, tally->count - 1, &out);
    struct caa_problem_facts common = {.problem = CAA_PROBLEM_SEVERAL,
                                       .zone = tally->same_zone ? tally->first.zone : NULL,
                                       .retry = {tally->all_pass,
                                                 tally->all_pass ? tally->retry_after_s : 0,
                                                 why_several(tally)}};
    const char *fault = tally->same_fault ? caa_problem_fault(&tally->first) : NULL;
    enum caa_problem type = tally->same_type ? tally->first.problem : CAA_PROBLEM_SEVERAL;
    document->status = status_of(tally->any_forbidden, tally->all_pass, tally->place);
    document->json =
        document_object(caa_problem_type(type), detail, document->status,
                        caa_object(&common, fault, json_null(), NULL), &tally->failed);
    set(document->json, "subproblems", json_incref(tally->subproblems), &tally->failed);
}

enum caa_err caa_problem_of_check(struct caa_problem_document *document,
                                  const struct caa_problem_name *names, size_t count,
                                  enum caa_problem_place place) {
    struct tally tally = {.place = place, .subproblems = json_array()};
    *document = (struct caa_problem_document){0};
    if (tally.subproblems == NULL) return CAA_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) add_name(&tally, &names[i]);
    if (tally.count == 1 && !tally.failed) tell_one(document, &tally);
    if (tally.count > 1 && !tally.failed) tell_several(document, &tally);
    json_decref(tally.subproblems);
    if (tally.count > 0 && tally.all_pass) document->retry_after_s = tally.retry_after_s;
    if (!tally.failed) return CAA_OK;
    caa_problem_document_free(document);
    return CAA_ERR_NOMEM;
}

char *caa_problem_document_text(const struct caa_problem_document *document) {
    return json_dumps(document->json, JSON_COMPACT);
}

void caa_problem_document_free(struct caa_problem_document *document) {
    json_decref(document->json);
    *document = (struct caa_problem_document){0};
}
