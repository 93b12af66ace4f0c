/* Answers files: whatever is accepted answers every question once, with an answer whose parts
   agree, and gives each record to lint. */
#include <stdlib.h>
#include <string.h>

#include "resolve/answers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_OWNERS = 64 };

/* What is asked: names that inputs often hold, and the owners of the input's records. */
struct names {
    struct caa_name names[MOST_OWNERS];
    size_t count;
    size_t record_count;
};

static void must(bool holds) {
    if (!holds) abort();
}

static void add_name(struct names *names, const struct caa_name *name) {
    if (names->count < MOST_OWNERS) names->names[names->count++] = *name;
}

static void on_record(void *context, unsigned long line, const struct caa_name *owner,
                      struct caa_slice rdata) {
    struct names *names = context;
    must(line > 0 && owner->len > 0 && (rdata.len == 0 || rdata.ptr != NULL));
    names->record_count++;
    add_name(names, owner);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    size_t *heard_count = context;
    ++*heard_count;
    must((answer->rdata_count > 0) == (answer->outcome == CAA_OUTCOME_RECORDS));
    must((answer->security == CAA_SECURITY_BOGUS) == (answer->outcome == CAA_OUTCOME_BOGUS));
    must(answer->security != CAA_SECURITY_SECURE && answer->alias_count <= 12);
    must(answer->ttl_s <= INT32_MAX);
    must(strlen(answer->reason) == 0 || answer->outcome == CAA_OUTCOME_BOGUS ||
         answer->outcome == CAA_OUTCOME_SERVFAIL);
    for (size_t i = 0; i < answer->alias_count; i++) must(answer->aliases[i].len > 0);
    for (size_t i = 0; i < answer->rdata_count; i++)
        must(caa_slice_equal(answer->rdata[i], answer->rdata[i])); /* reads it all */
}

/* Asks for every name, cancels the first, and runs the loop. */
static void ask(struct caa_lookup *lookup, struct event_base *base, const struct names *names) {
    struct caa_lookup_ticket *first = NULL;
    size_t heard_count = 0;
    for (size_t i = 0; i < names->count; i++) {
        struct caa_question question = {.name = names->names[i],
                                        .type = i == 1 ? 1 : CAA_TYPE_CAA};
        struct caa_lookup_ticket *ticket;
        must(caa_lookup_start(lookup, &question, on_answer, &heard_count, &ticket) == CAA_OK);
        if (i == 0) first = ticket;
    }
    must(heard_count == 0);
    caa_lookup_cancel(lookup, first);
    event_base_loop(base, 0);
    must(heard_count == names->count - 1);
}

static void collect(struct names *names, struct caa_slice text, enum caa_err expected) {
    static const char *const common[] = {"a", "a", "b", "example.org", "www.example.org", "."};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        struct caa_name name;
        must(caa_name_from_text(&name, caa_slice_of(common[i]), NULL) == CAA_OK);
        add_name(names, &name);
    }
    struct caa_diag diag = {""};
    must(caa_answers_each(text, "f", on_record, names, &diag) == expected);
    must(expected == CAA_OK || (names->record_count == 0 && strncmp(diag.text, "f:", 2) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_slice text = caa_slice_bytes(data, size);
    struct event_base *base = event_base_new();
    struct caa_lookup *lookup = NULL;
    struct names *names = calloc(1, sizeof *names);
    must(base != NULL && names != NULL);
    enum caa_err err = caa_answers_new(&lookup, base, caa_clock_system(), text, "f", NULL);
    must(err == CAA_OK || err == CAA_ERR_SYNTAX);
    collect(names, text, err);
    if (err == CAA_OK) ask(lookup, base, names);
    caa_lookup_free(lookup);
    event_base_free(base);
    free(names);
    return 0;
}
