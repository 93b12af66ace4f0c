/* Error texts and logs, in pieces of any size: whatever comes, it ends, stays within its
   bounds, and comes to the same however it was cut. */
#include <stdlib.h>
#include <string.h>

#include "problem/explainer.h"
#include "report/explain.h"
#include "report/explain_sentence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What one reading came to. */
struct tally {
    size_t count;
    uint64_t marks;
};

static void must(bool holds) {
    if (!holds) abort();
}

static void must_be_text(const char *text, size_t size) {
    must(memchr(text, '\0', size) != NULL);
    for (const char *c = text; *c != '\0'; c++) must((unsigned char)*c >= ' ' && *c != 0x7f);
}

static void must_be_prose(void (*write)(const struct caa_explanation *, struct caa_writer *),
                          const struct caa_explanation *explanation) {
    char text[CAA_EXPLAIN_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    write(explanation, &writer);
    must(!writer.overflow);
}

static void look(void *context, const struct caa_explanation *explanation) {
    struct tally *tally = context;
    must_be_text(explanation->name, sizeof explanation->name);
    must_be_text(explanation->owner, sizeof explanation->owner);
    must_be_text(explanation->type, sizeof explanation->type);
    must_be_text(explanation->outcome, sizeof explanation->outcome);
    must_be_text(explanation->extra, sizeof explanation->extra);
    must_be_text(explanation->zone, sizeof explanation->zone);
    must_be_text(explanation->acme_type, sizeof explanation->acme_type);
    must((explanation->again == CAA_AGAIN_YES) == (explanation->after_s > 0));
    must(explanation->problem != CAA_PROBLEM_NONE && explanation->ca != NULL);
    /* A retry is never guessed, and never told where a record forbids. */
    if (explanation->sureness == CAA_SURENESS_NONE)
        must(explanation->again == CAA_AGAIN_UNKNOWN);
    if (explanation->problem == CAA_PROBLEM_FORBIDDEN) must(explanation->again == CAA_AGAIN_NO);
    must_be_prose(caa_explain_sentence, explanation);
    must_be_prose(caa_explain_advice, explanation);
    json_t *json = caa_json_explanation(explanation);
    must(json_object_size(json) == 18);
    json_decref(json);
    tally->count++;
    tally->marks = tally->marks * 31 + (uint64_t)explanation->problem + explanation->line;
}

static struct tally read_in_pieces(const uint8_t *data, size_t size, size_t piece) {
    struct tally tally = {0};
    struct caa_explainer *explainer = caa_explainer_new(look, &tally);
    if (explainer == NULL) abort();
    for (size_t at = 0; at < size; at += piece)
        caa_explainer_feed(explainer,
                           caa_slice_bytes(data + at, size - at < piece ? size - at : piece));
    caa_explainer_end(explainer);
    must(caa_explainer_taken_count(explainer) == tally.count);
    caa_explainer_free(explainer);
    return tally;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tally whole = read_in_pieces(data, size, size + 1);
    struct tally pieces = read_in_pieces(data, size, 7);
    must(whole.count == pieces.count && whole.marks == pieces.marks);
    char *json = caa_json_explain(caa_slice_bytes(data, size));
    must(json != NULL);
    free(json);
    return 0;
}
