/* A lookup under the test's own hands: it answers when and what it is told to. */
#ifndef CAA_TESTS_UNIT_FAKE_H
#define CAA_TESTS_UNIT_FAKE_H

#include "show.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "dns/lookup.h"

TAILQ_HEAD(fake_tickets, caa_lookup_ticket);

struct fake {
    struct caa_lookup lookup;
    struct fake_tickets pending; /* in the order of the questions */
    size_t asked;
    size_t cancelled;
    size_t refuse_at; /* this many questions are taken, then start fails; 0: never */
    bool *freed;      /* set when the lookup is freed */
    const struct caa_answer *so_far; /* what any question would come to now, or NULL */
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct caa_question question; /* its pin is only good for whether there was one */
    bool over_tcp;                /* of the pin, like what follows */
    size_t zone_count;
    size_t address_count;            /* of its first zone */
    struct sockaddr_storage address; /* the first of these */
    caa_lookup_done *done;
    void *context;
};

static inline void fake_note_pin(struct caa_lookup_ticket *ticket, const struct caa_pin *pin) {
    if (pin == NULL) return;
    ticket->over_tcp = pin->over_tcp;
    ticket->zone_count = pin->zone_count;
    if (pin->zone_count == 0) return;
    ticket->address_count = pin->zones[0].address_count;
    if (ticket->address_count > 0) ticket->address = pin->zones[0].addresses[0];
}

static inline enum caa_err fake_start(struct caa_lookup *lookup,
                                      const struct caa_question *question,
                                      caa_lookup_done *done, void *context,
                                      struct caa_lookup_ticket **started) {
    struct fake *fake = (struct fake *)lookup;
    if (fake->refuse_at > 0 && fake->asked >= fake->refuse_at) return CAA_ERR_RESOLVER;
    struct caa_lookup_ticket *ticket = malloc(sizeof *ticket);
    *ticket = (struct caa_lookup_ticket){.question = *question};
    fake_note_pin(ticket, question->pin);
    ticket->done = done;
    ticket->context = context;
    TAILQ_INSERT_TAIL(&fake->pending, ticket, link);
    fake->asked++;
    *started = ticket;
    return CAA_OK;
}

static inline void fake_cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct fake *fake = (struct fake *)lookup;
    TAILQ_REMOVE(&fake->pending, ticket, link);
    free(ticket);
    fake->cancelled++;
}

static inline void fake_free(struct caa_lookup *lookup) {
    struct fake *fake = (struct fake *)lookup;
    struct caa_lookup_ticket *ticket;
    while ((ticket = TAILQ_FIRST(&fake->pending)) != NULL) {
        TAILQ_REMOVE(&fake->pending, ticket, link);
        free(ticket);
    }
    if (fake->freed != NULL) *fake->freed = true;
    free(fake);
}

static inline const struct caa_answer *fake_so_far(struct caa_lookup *lookup,
                                                   struct caa_lookup_ticket *ticket) {
    const struct fake *fake = (struct fake *)lookup;
    (void)ticket;
    return fake->so_far == NULL ? NULL : caa_answer_retain(fake->so_far);
}

static inline struct fake *fake_new(void) {
    static const struct caa_lookup_operations operations = {.start = fake_start,
                                                            .cancel = fake_cancel,
                                                            .free = fake_free,
                                                            .failure_so_far = fake_so_far};
    struct fake *fake = calloc(1, sizeof *fake);
    fake->lookup.operations = &operations;
    TAILQ_INIT(&fake->pending);
    return fake;
}

static inline struct caa_name fake_name(const char *text) {
    struct caa_name name = {0};
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    return name;
}

static inline struct caa_lookup_ticket *fake_find(struct fake *fake, const char *text) {
    struct caa_name name = fake_name(text);
    struct caa_lookup_ticket *ticket;
    TAILQ_FOREACH(ticket, &fake->pending, link)
    if (caa_name_equal(&ticket->question.name, &name)) return ticket;
    return NULL;
}

static inline bool fake_is_pending(struct fake *fake, const char *name) {
    return fake_find(fake, name) != NULL;
}

/* Answers the question, with its name and type in place of those of `content`. */
static inline void fake_answer_with(struct fake *fake, struct caa_lookup_ticket *ticket,
                                    struct caa_answer content) {
    content.owner = ticket->question.name;
    content.type = ticket->question.type;
    const struct caa_answer *answer = caa_answer_new(&content);
    assert_non_null(answer);
    TAILQ_REMOVE(&fake->pending, ticket, link);
    ticket->done(ticket->context, answer);
    free(ticket);
    caa_answer_release(answer);
}

/* Answers the oldest question in flight for `name`: an insecure answer with the outcome, and
   with `value` in one `issue` record where that is CAA_OUTCOME_RECORDS. */
static inline void fake_answer(struct fake *fake, const char *name, enum caa_outcome outcome,
                               const char *value) {
    struct caa_lookup_ticket *ticket = fake_find(fake, name);
    if (ticket == NULL) {
        fail_msg("nobody waits for %s", name);
        return;
    }
    char rdata[256] = "\0\005issue";
    if (value != NULL) memcpy(rdata + 7, value, strlen(value));
    struct caa_slice record = {rdata, 7 + caa_slice_of(value).len};
    fake_answer_with(fake, ticket,
                     (struct caa_answer){.outcome = outcome,
                                         .security = CAA_SECURITY_INSECURE,
                                         .ede = -1,
                                         .rdata_count = outcome == CAA_OUTCOME_RECORDS,
                                         .rdata = &record});
}

#endif
