#include "resolve/share.h"

#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 4096 };

TAILQ_HEAD(waiter_list, caa_lookup_ticket);
LIST_HEAD(flight_list, flight);

/* One question on its way, and all who wait for its answer. */
struct flight {
    LIST_ENTRY(flight) link;
    struct share *share;
    struct caa_question question;     /* without its pin */
    struct caa_lookup_ticket *ticket; /* of the lookup below; NULL once it has answered */
    struct waiter_list waiters;
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct flight *flight;
    caa_lookup_done *done;
    void *context;
};

struct share {
    struct caa_lookup lookup;
    struct caa_lookup *inner;
    uint64_t seed;
    uint64_t asked_count;
    struct flight_list unshared; /* pinned, or answered and its waiters being told */
    struct flight_list buckets[BUCKETS];
};

static struct flight_list *bucket_of(struct share *share, const struct caa_question *question) {
    return &share->buckets[(caa_name_hash(&question->name, share->seed) ^ question->type) %
                           BUCKETS];
}

static struct flight *find_flight(struct share *share, const struct caa_question *question) {
    struct flight *flight;
    LIST_FOREACH(flight, bucket_of(share, question), link)
    if (flight->question.type == question->type &&
        caa_name_equal(&flight->question.name, &question->name))
        return flight;
    return NULL;
}

static void end_flight(struct flight *flight) {
    LIST_REMOVE(flight, link);
    free(flight);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct flight *flight = context;
    struct caa_lookup_ticket *waiter;
    /* Out of the table first: who asks again from here on wants a new look. */
    flight->ticket = NULL;
    LIST_REMOVE(flight, link);
    LIST_INSERT_HEAD(&flight->share->unshared, flight, link);
    while ((waiter = TAILQ_FIRST(&flight->waiters)) != NULL) {
        TAILQ_REMOVE(&flight->waiters, waiter, link);
        waiter->done(waiter->context, answer);
        free(waiter);
    }
    end_flight(flight);
}

static enum caa_err launch(struct share *share, const struct caa_question *question,
                           struct flight **launched) {
    struct flight *flight = calloc(1, sizeof *flight);
    if (flight == NULL) return CAA_ERR_NOMEM;
    flight->share = share;
    flight->question = *question;
    TAILQ_INIT(&flight->waiters);
    enum caa_err err =
        caa_lookup_start(share->inner, question, on_answer, flight, &flight->ticket);
    if (err != CAA_OK) {
        free(flight);
        return err;
    }
    share->asked_count++;
    flight->question.pin = NULL; /* it is the caller's, and needed once only */
    LIST_INSERT_HEAD(question->pin == NULL ? bucket_of(share, question) : &share->unshared,
                     flight, link);
    *launched = flight;
    return CAA_OK;
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **ticket) {
    struct share *share = (struct share *)lookup;
    struct caa_lookup_ticket *waiter = calloc(1, sizeof *waiter);
    if (waiter == NULL) return CAA_ERR_NOMEM;
    struct flight *flight = question->pin == NULL ? find_flight(share, question) : NULL;
    enum caa_err err = flight == NULL ? launch(share, question, &flight) : CAA_OK;
    if (err != CAA_OK) {
        free(waiter);
        return err;
    }
    *waiter = (struct caa_lookup_ticket){.flight = flight, .done = done, .context = context};
    TAILQ_INSERT_TAIL(&flight->waiters, waiter, link);
    *ticket = waiter;
    return CAA_OK;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *waiter) {
    struct share *share = (struct share *)lookup;
    struct flight *flight = waiter->flight;
    TAILQ_REMOVE(&flight->waiters, waiter, link);
    free(waiter);
    if (!TAILQ_EMPTY(&flight->waiters) || flight->ticket == NULL) return;
    caa_lookup_cancel(share->inner, flight->ticket);
    end_flight(flight);
}

static void free_flights(struct flight_list *list) {
    struct flight *flight;
    while ((flight = LIST_FIRST(list)) != NULL) {
        struct caa_lookup_ticket *waiter;
        while ((waiter = TAILQ_FIRST(&flight->waiters)) != NULL) {
            TAILQ_REMOVE(&flight->waiters, waiter, link);
            free(waiter);
        }
        end_flight(flight);
    }
}

static void free_share(struct caa_lookup *lookup) {
    struct share *share = (struct share *)lookup;
    caa_lookup_free(share->inner);
    for (size_t i = 0; i < BUCKETS; i++) free_flights(&share->buckets[i]);
    free_flights(&share->unshared);
    free(share);
}

static const struct caa_answer *failure_so_far(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *waiter) {
    struct share *share = (struct share *)lookup;
    if (waiter->flight->ticket == NULL) return NULL;
    return caa_lookup_failure_so_far(share->inner, waiter->flight->ticket);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_share, .failure_so_far = failure_so_far};

enum caa_err caa_share_new(struct caa_lookup **lookup, struct caa_lookup *inner,
                           uint64_t seed) {
    struct share *share = calloc(1, sizeof *share);
    if (share == NULL) {
        caa_lookup_free(inner);
        return CAA_ERR_NOMEM;
    }
    share->lookup.operations = &operations;
    share->inner = inner;
    share->seed = seed;
    *lookup = &share->lookup;
    return CAA_OK;
}

uint64_t caa_share_asked_count(const struct caa_lookup *lookup) {
    return ((const struct share *)lookup)->asked_count;
}
