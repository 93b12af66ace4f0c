#include <caa/caa.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "problem/explainer.h"
#include "report/explain.h"
#include "report/explain_sentence.h"

/* A thousand explanations with texts of some 500 octets. */
enum { EXPLAINED_MOST = 1000, ARENA_LIMIT_OCTETS = 8 << 20 };

struct caa_explain {
    struct caa_arena *arena; /* holds all of this but the JSON */
    const char *text;
    size_t len;
    char *json; /* NULL until asked for */
    bool out_of_memory;
    size_t count;
    struct caa_explained explained[EXPLAINED_MOST];
};

static enum caa_explained_fault fault_of(const struct caa_explanation *explanation) {
    if (explanation->problem == CAA_PROBLEM_FORBIDDEN) return CAA_EXPLAINED_POLICY;
    switch (explanation->fault) {
    case CAA_FAULT_REGISTRY: return CAA_EXPLAINED_REGISTRY;
    case CAA_FAULT_PLATFORM: return CAA_EXPLAINED_PLATFORM;
    case CAA_FAULT_SUBSCRIBER: return CAA_EXPLAINED_SUBSCRIBER;
    case CAA_FAULT_RESOLVER: return CAA_EXPLAINED_RESOLVER;
    case CAA_FAULT_NONE:
    case CAA_FAULT_UNKNOWN: break;
    }
    return CAA_EXPLAINED_FAULT_UNKNOWN;
}

static enum caa_explained_retry retry_of(const struct caa_explanation *explanation) {
    switch (explanation->again) {
    case CAA_AGAIN_NO: return CAA_EXPLAINED_RETRY_NO;
    case CAA_AGAIN_YES: return CAA_EXPLAINED_RETRY_YES;
    case CAA_AGAIN_UNKNOWN: break;
    }
    return CAA_EXPLAINED_RETRY_UNKNOWN;
}

static enum caa_explained_sureness sureness_of(const struct caa_explanation *explanation) {
    switch (explanation->sureness) {
    case CAA_SURENESS_LIKELY: return CAA_EXPLAINED_LIKELY;
    case CAA_SURENESS_CERTAIN: return CAA_EXPLAINED_CERTAIN;
    case CAA_SURENESS_NONE: break;
    }
    return CAA_EXPLAINED_UNSURE;
}

static const char *keep(struct caa_explain *explain, const char *text) {
    const char *copy = caa_arena_copy(explain->arena, text, strlen(text));
    explain->out_of_memory |= copy == NULL;
    return copy;
}

static const char *keep_prose(struct caa_explain *explain,
                              void (*write)(const struct caa_explanation *,
                                            struct caa_writer *),
                              const struct caa_explanation *explanation) {
    char text[CAA_EXPLAIN_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    write(explanation, &writer);
    return keep(explain, text);
}

static void take(void *context, const struct caa_explanation *explanation) {
    struct caa_explain *explain = context;
    if (explain->count == EXPLAINED_MOST) return;
    explain->explained[explain->count++] = (struct caa_explained){
        .problem = (int)explanation->problem,
        .fault = fault_of(explanation),
        .retry = retry_of(explanation),
        .retry_after_s = explanation->after_s,
        .sureness = sureness_of(explanation),
        .problem_code = caa_problem_code(explanation->problem),
        .name = keep(explain, explanation->name),
        .owner = keep(explain, explanation->owner),
        .type = keep(explain, explanation->type),
        .text = keep_prose(explain, caa_explain_sentence, explanation),
        .advice = keep_prose(explain, caa_explain_advice, explanation),
    };
}

/* False when out of memory. */
static bool read_text(struct caa_explain *explain) {
    struct caa_explainer *explainer = caa_explainer_new(take, explain);
    if (explainer == NULL) return false;
    caa_explainer_feed(explainer, caa_slice_bytes(explain->text, explain->len));
    caa_explainer_end(explainer);
    caa_explainer_free(explainer);
    if (explain->count == 0) {
        struct caa_explanation nothing = caa_explain_nothing();
        nothing.problem = CAA_PROBLEM_UNKNOWN;
        caa_explain_judge(&nothing);
        take(explain, &nothing);
    }
    return !explain->out_of_memory;
}

enum caa_error caa_explain(struct caa_explain **made, const char *text, size_t len) {
    if (made == NULL || text == NULL) return CAA_ERROR_MISUSE;
    *made = NULL;
    if (len > CAA_EXPLAIN_TEXT_MAX) return CAA_ERROR_LIMIT;
    struct caa_arena *arena = caa_arena_new(ARENA_LIMIT_OCTETS);
    if (arena == NULL) return CAA_ERROR_MEMORY;
    struct caa_explain *explain = caa_arena_alloc(arena, sizeof *explain);
    const char *copy = explain == NULL ? NULL : caa_arena_copy(arena, text, len);
    if (copy == NULL) {
        caa_arena_free(arena);
        return CAA_ERROR_MEMORY;
    }
    explain->arena = arena;
    explain->text = copy;
    explain->len = len;
    if (read_text(explain)) {
        *made = explain;
        return CAA_ERROR_NONE;
    }
    caa_arena_free(arena);
    return CAA_ERROR_MEMORY;
}

size_t caa_explain_count(const struct caa_explain *explain) {
    return explain == NULL ? 0 : explain->count;
}

const struct caa_explained *caa_explain_at(const struct caa_explain *explain, size_t index) {
    return explain == NULL || index >= explain->count ? NULL : &explain->explained[index];
}

const char *caa_explain_json(struct caa_explain *explain) {
    if (explain == NULL) return "";
    if (explain->json == NULL)
        explain->json = caa_json_explain(caa_slice_bytes(explain->text, explain->len));
    return explain->json == NULL ? "" : explain->json;
}

void caa_explain_free(struct caa_explain *explain) {
    if (explain == NULL) return;
    free(explain->json);
    caa_arena_free(explain->arena);
}
