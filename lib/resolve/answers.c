#include "resolve/answers.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "base/ascii.h"
#include "base/file.h"
#include "resolve/answers_text.h"

enum {
    TTL_UNLISTED_S = 3600,
    ALIASES_MAX = 12,
    DELIVERIES_PER_TURN = 256, /* so that other events of the loop get theirs */
};

TAILQ_HEAD(ticket_list, caa_lookup_ticket);

struct answers {
    struct caa_lookup lookup;
    const struct caa_clock *clock;
    struct event *delivery; /* what makes the answers come later than the questions */
    struct ticket_list asked;
    struct caa_answers_text text;
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    int64_t started_us;
};

/* An answer being put together; its arrays are borrowed. */
struct draft {
    struct caa_answer content;
    struct caa_name aliases[ALIASES_MAX];
};

static void fold(struct caa_name *name) {
    for (size_t i = 0; i < name->len; i++)
        name->wire[i] = (uint8_t)caa_ascii_lower((char)name->wire[i]);
}

static void lower_ttl(struct caa_answer *content, uint32_t ttl_s) {
    if (ttl_s < content->ttl_s) content->ttl_s = ttl_s;
}

/* Ends the draft with what is no data: an empty answer or a failure. */
static void say_outcome(struct caa_answer *content, enum caa_outcome outcome,
                        const char *reason) {
    content->outcome = outcome;
    content->reason = reason;
    content->rcode = caa_outcome_rcode(outcome);
    if (outcome == CAA_OUTCOME_NODATA || outcome == CAA_OUTCOME_NXDOMAIN) return;
    content->security =
        outcome == CAA_OUTCOME_BOGUS ? CAA_SECURITY_BOGUS : CAA_SECURITY_INDETERMINATE;
    content->ttl_s = 0;
}

static void say_records(struct caa_answer *content, const struct caa_slice *rdata,
                        size_t count) {
    content->outcome = CAA_OUTCOME_RECORDS;
    content->rdata = rdata;
    content->rdata_count = count;
}

/* Goes on to the target of a CNAME, which `*owner` becomes; false at the end of patience. */
static bool follow(struct draft *draft, struct caa_slice target, struct caa_slice *owner) {
    if (draft->content.alias_count == ALIASES_MAX) {
        say_outcome(&draft->content, CAA_OUTCOME_SERVFAIL,
                    "a loop of aliases, or more than 12 in a row");
        return false;
    }
    struct caa_name *alias = &draft->aliases[draft->content.alias_count++];
    caa_name_from_wire(alias, (const uint8_t *)target.ptr, target.len);
    *owner = target;
    return true;
}

/* Says what is known of `*owner`; true where that is another owner to ask for. */
static bool step(const struct caa_answers_text *text, struct draft *draft,
                 struct caa_slice *owner) {
    struct caa_answer *content = &draft->content;
    size_t first;
    size_t count = caa_answers_text_find(text, *owner, &first);
    const struct caa_answers_line *line = count > 0 ? text->by_owner[first] : NULL;
    for (size_t i = 0; i < count; i++) lower_ttl(content, text->by_owner[first + i]->ttl_s);
    if (line != NULL && line->kind == CAA_ANSWERS_CNAME)
        return follow(draft, line->data, owner);
    if (line != NULL && line->kind == CAA_ANSWERS_OUTCOME)
        say_outcome(content, line->outcome, line->data.ptr);
    else if (line != NULL && content->type == CAA_TYPE_CAA)
        say_records(content, text->data + first, count);
    else
        say_outcome(content, CAA_OUTCOME_NODATA, NULL);
    if (line == NULL) lower_ttl(content, TTL_UNLISTED_S);
    return false;
}

static uint32_t elapsed_us(const struct answers *answers,
                           const struct caa_lookup_ticket *ticket) {
    int64_t elapsed = caa_clock_monotonic_us(answers->clock) - ticket->started_us;
    return elapsed > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed;
}

/* Never NULL. */
static const struct caa_answer *answer(const struct answers *answers,
                                       const struct caa_lookup_ticket *ticket) {
    struct draft draft = {.content = {.owner = ticket->question.name,
                                      .type = ticket->question.type,
                                      .security = CAA_SECURITY_INSECURE,
                                      .ede = -1,
                                      .ttl_s = UINT32_MAX,
                                      .observed_at_us = caa_clock_wall_us(answers->clock),
                                      .elapsed_us = elapsed_us(answers, ticket)}};
    struct caa_name folded = ticket->question.name;
    fold(&folded);
    struct caa_slice owner = caa_slice_bytes(folded.wire, folded.len);
    draft.content.aliases = draft.aliases;
    while (step(&answers->text, &draft, &owner)) continue;
    const struct caa_answer *made = caa_answer_new(&draft.content);
    if (made != NULL) return made;
    return caa_answer_failure(&ticket->question.name, ticket->question.type,
                              CAA_OUTCOME_SERVFAIL, "out of memory",
                              draft.content.observed_at_us, draft.content.elapsed_us);
}

static void deliver(evutil_socket_t fd, short events, void *data) {
    struct answers *answers = data;
    (void)fd;
    (void)events;
    for (int n = 0; n < DELIVERIES_PER_TURN; n++) {
        struct caa_lookup_ticket *ticket = TAILQ_FIRST(&answers->asked);
        if (ticket == NULL) return;
        TAILQ_REMOVE(&answers->asked, ticket, link);
        const struct caa_answer *found = answer(answers, ticket);
        ticket->done(ticket->context, found);
        caa_answer_release(found);
        free(ticket);
    }
    event_active(answers->delivery, EV_TIMEOUT, 0);
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **started) {
    struct answers *answers = (struct answers *)lookup;
    struct caa_lookup_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket == NULL) return CAA_ERR_NOMEM;
    ticket->question = *question;
    ticket->done = done;
    ticket->context = context;
    ticket->started_us = caa_clock_monotonic_us(answers->clock);
    TAILQ_INSERT_TAIL(&answers->asked, ticket, link);
    event_active(answers->delivery, EV_TIMEOUT, 0);
    *started = ticket;
    return CAA_OK;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct answers *answers = (struct answers *)lookup;
    TAILQ_REMOVE(&answers->asked, ticket, link);
    free(ticket);
}

static void free_answers(struct caa_lookup *lookup) {
    struct answers *answers = (struct answers *)lookup;
    struct caa_lookup_ticket *ticket = TAILQ_FIRST(&answers->asked);
    while (ticket != NULL) {
        struct caa_lookup_ticket *next = TAILQ_NEXT(ticket, link);
        free(ticket);
        ticket = next;
    }
    if (answers->delivery != NULL) event_free(answers->delivery);
    caa_answers_text_free(&answers->text);
    free(answers);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_answers};

enum caa_err caa_answers_new(struct caa_lookup **lookup, struct event_base *base,
                             const struct caa_clock *clock, struct caa_slice text,
                             const char *file, struct caa_diag *diag) {
    struct answers *answers = calloc(1, sizeof *answers);
    if (answers == NULL) return CAA_ERR_NOMEM;
    answers->lookup.operations = &operations;
    answers->clock = clock;
    TAILQ_INIT(&answers->asked);
    enum caa_err err = caa_answers_text_read(&answers->text, text, file, diag);
    if (err == CAA_OK) {
        answers->delivery = event_new(base, -1, EV_PERSIST, deliver, answers);
        if (answers->delivery == NULL) err = CAA_ERR_EVENT;
    }
    if (err == CAA_OK)
        *lookup = &answers->lookup;
    else
        free_answers(&answers->lookup);
    return err;
}

enum caa_err caa_answers_open(struct caa_lookup **lookup, struct event_base *base,
                              const struct caa_clock *clock, const char *path,
                              struct caa_diag *diag) {
    struct caa_slice text;
    enum caa_err err = caa_file_read(&text, path, CAA_ANSWERS_FILE_MAX, diag);
    if (err != CAA_OK) return err;
    const char *file = strcmp(path, "-") == 0 ? "standard input" : path;
    err = caa_answers_new(lookup, base, clock, text, file, diag);
    caa_file_free(text);
    return err;
}

enum caa_err caa_answers_each(struct caa_slice text, const char *file, caa_answers_visit *visit,
                              void *context, struct caa_diag *diag) {
    struct caa_answers_text read;
    enum caa_err err = caa_answers_text_read(&read, text, file, diag);
    if (err != CAA_OK) return err;
    for (const struct caa_answers_line *line = read.lines; line != NULL; line = line->next) {
        struct caa_name owner;
        if (line->kind != CAA_ANSWERS_CAA) continue;
        caa_name_from_wire(&owner, (const uint8_t *)line->owner.ptr, line->owner.len);
        visit(context, line->number, &owner, line->data);
    }
    caa_answers_text_free(&read);
    return CAA_OK;
}
