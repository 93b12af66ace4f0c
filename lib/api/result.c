#include "api/result.h"

#include <stdlib.h>
#include <string.h>

#include "api/query.h"
#include "problem/document.h"
#include "report/json.h"
#include "report/sentence.h"

/* 127 levels, 192 texts of 4 KiB, with room to spare. */
enum { ARENA_LIMIT_OCTETS = 2 << 20 };

static const char *copy_text(struct caa_arena *arena, const char *text) {
    return caa_arena_copy(arena, text, strlen(text));
}

/* NULL also for an empty list, which is what a request has. */
static const struct caa_slice *copy_list(struct caa_arena *arena,
                                         const struct caa_text_list *list, bool *ok) {
    if (list->count == 0) return NULL;
    struct caa_slice *slices = caa_arena_array(arena, list->count, sizeof *slices);
    *ok = *ok && slices != NULL;
    for (size_t i = 0; *ok && i < list->count; i++) {
        slices[i] = caa_slice_of(copy_text(arena, list->texts[i]));
        *ok = slices[i].ptr != NULL;
    }
    return slices;
}

/* A switch, so that the numbers of either may change. */
static enum caa_purpose purpose_of(enum caa_query_purpose purpose) {
    switch (purpose) {
    case CAA_QUERY_TLS: break;
    case CAA_QUERY_SMIME: return CAA_PURPOSE_SMIME;
    }
    return CAA_PURPOSE_TLS;
}

static bool copy_query(struct caa_result *result, const struct caa_query *query) {
    bool ok = true;
    struct caa_arena *arena = result->arena;
    result->facts.request = (struct caa_request){
        .name = query->identifier.name,
        .wildcard = query->identifier.wildcard,
        .purpose = purpose_of(query->purpose),
        .issuer_domain_names = copy_list(arena, &query->issuers, &ok),
        .issuer_domain_name_count = query->issuers.count,
        .account_uris = copy_list(arena, &query->accounts, &ok),
        .account_uri_count = query->accounts.count,
        .method_labels = copy_list(arena, &query->methods, &ok),
        .method_label_count = query->methods.count,
    };
    result->name = copy_text(arena, query->identifier.text);
    return ok && result->name != NULL;
}

/* False when out of memory. */
static bool settle_not_applicable(struct caa_result *result, enum caa_identifier_kind kind) {
    struct caa_diag why;
    caa_diag_set(
        &why, "%s is %s", result->name,
        kind == CAA_IDENTIFIER_IP
            ? "an IP address, and CAA speaks of domain names only"
            : "an .onion name, which is never looked up in the DNS (RFC 7686); its own "
              "mechanism is RFC 9799");
    result->verdict = CAA_NOT_APPLICABLE;
    result->unchecked = kind == CAA_IDENTIFIER_IP ? CAA_PROBLEM_IP_ADDRESS : CAA_PROBLEM_ONION;
    result->text = copy_text(result->arena, why.text);
    return result->text != NULL;
}

struct caa_result *caa_result_new(const struct caa_query *query) {
    struct caa_arena *arena = caa_arena_new(ARENA_LIMIT_OCTETS);
    if (arena == NULL) return NULL;
    struct caa_result *result = caa_arena_alloc(arena, sizeof *result);
    if (result == NULL) {
        caa_arena_free(arena);
        return NULL;
    }
    result->arena = arena;
    result->rule = result->text = result->advice = "";
    enum caa_identifier_kind kind = query->identifier.kind;
    if (copy_query(result, query) &&
        (kind == CAA_IDENTIFIER_DNS || settle_not_applicable(result, kind)))
        return result;
    caa_result_free(result);
    return NULL;
}

static const char *name_text(struct caa_arena *arena, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    return caa_arena_copy(arena, text, caa_name_to_text(name, text));
}

/* A validator's reason quotes names, which strangers choose. */
static const char *reason_text(struct caa_arena *arena, const struct caa_answer *answer) {
    char text[1024];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    if (answer != NULL) caa_writer_printable(&writer, caa_slice_of(answer->reason));
    return caa_arena_copy(arena, text, writer.len);
}

static bool copy_level(struct caa_result *result, struct caa_level *copy,
                       const struct caa_level *level) {
    struct caa_level_text *text = &result->level_texts[result->facts.level_count];
    const struct caa_name *name =
        (void *)caa_arena_copy(result->arena, level->name, sizeof *level->name);
    text->name = name_text(result->arena, level->name);
    text->reason = reason_text(result->arena, level->answer);
    if (name == NULL || text->name == NULL || text->reason == NULL) return false;
    *copy = *level;
    copy->name = name;
    if (level->answer != NULL) copy->answer = caa_answer_retain(level->answer);
    result->facts.level_count++;
    return true;
}

static bool copy_levels(struct caa_result *result, const struct caa_check_result *facts) {
    struct caa_level *levels =
        caa_arena_array(result->arena, facts->level_count, sizeof *levels);
    result->level_texts =
        caa_arena_array(result->arena, facts->level_count, sizeof *result->level_texts);
    if (levels == NULL || result->level_texts == NULL) return false;
    result->facts.levels = levels;
    for (size_t i = 0; i < facts->level_count; i++)
        if (!copy_level(result, &levels[i], &facts->levels[i])) return false;
    return true;
}

static const char *sentence(struct caa_result *result,
                            void (*write)(const struct caa_check_result *,
                                          struct caa_writer *)) {
    char text[CAA_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    write(&result->facts, &writer);
    while (writer.len > 0 && text[writer.len - 1] == '\n') writer.len--;
    return caa_arena_copy(result->arena, text, writer.len);
}

static enum caa_verdict_kind verdict_of(enum caa_verdict verdict) {
    switch (verdict) {
    case CAA_VERDICT_ALLOWED: return CAA_ALLOWED;
    case CAA_VERDICT_FORBIDDEN: return CAA_FORBIDDEN;
    case CAA_VERDICT_UNDECIDED: break;
    }
    return CAA_UNDECIDED;
}

enum caa_err caa_result_fill(struct caa_result *result, const struct caa_check_result *facts,
                             const char *source) {
    result->facts.decision = facts->decision;
    result->facts.deadline_passed = facts->deadline_passed;
    result->facts.started_at_us = facts->started_at_us;
    result->facts.elapsed_us = facts->elapsed_us;
    if (!copy_levels(result, facts)) return CAA_ERR_NOMEM;
    result->rule = caa_rule_code(facts->decision.rule);
    result->text = sentence(result, caa_sentence_verdict);
    result->advice = sentence(result, caa_sentence_advice);
    result->source = copy_text(result->arena, source);
    if (result->text == NULL || result->advice == NULL || result->source == NULL)
        return CAA_ERR_NOMEM;
    result->verdict = verdict_of(facts->decision.verdict);
    return CAA_OK;
}

const char *caa_result_json(struct caa_result *result) {
    if (result == NULL || result->verdict == CAA_NO_VERDICT) return "";
    if (result->json == NULL)
        result->json = result->verdict == CAA_NOT_APPLICABLE
                           ? caa_json_unchecked(caa_slice_of(result->name), result->unchecked,
                                                result->text)
                           : caa_json_check(&result->facts, result->source, NULL);
    return result->json == NULL ? "" : result->json;
}

/* False where there is none. */
static bool problem_of(struct caa_problem_document *document, const struct caa_result *result,
                       bool as_answer) {
    if (result == NULL || result->verdict == CAA_NO_VERDICT) return false;
    const struct caa_problem_name name = {
        .result = result->verdict == CAA_NOT_APPLICABLE ? NULL : &result->facts,
        .unchecked = result->unchecked,
        .given = caa_slice_of(result->name),
    };
    enum caa_problem_place place = as_answer ? CAA_PROBLEM_AS_ANSWER : CAA_PROBLEM_IN_CHALLENGE;
    return caa_problem_of_check(document, &name, 1, place) == CAA_OK && document->json != NULL;
}

const char *caa_result_problem(struct caa_result *result, bool as_answer) {
    struct caa_problem_document document;
    if (result == NULL) return "";
    char **kept = &result->problems[as_answer];
    if (*kept == NULL && problem_of(&document, result, as_answer)) {
        *kept = caa_problem_document_text(&document);
        caa_problem_document_free(&document);
    }
    return *kept == NULL ? "" : *kept;
}

uint32_t caa_result_retry_after_s(const struct caa_result *result) {
    struct caa_problem_document document;
    if (!problem_of(&document, result, true)) return 0;
    uint32_t retry_after_s = document.retry_after_s;
    caa_problem_document_free(&document);
    return retry_after_s;
}

void caa_result_free(struct caa_result *result) {
    if (result == NULL) return;
    for (size_t i = 0; i < result->facts.level_count; i++)
        caa_answer_release(result->facts.levels[i].answer);
    free(result->json);
    free(result->problems[0]);
    free(result->problems[1]);
    caa_arena_free(result->arena);
}
