#include "resolve/cache.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "dns/look.h"
#include "resolve/cache_refresh.h"
#include "resolve/cache_rule.h"

enum {
    DELIVERIES_PER_TURN = 256, /* so that other events get theirs */
    SPARE_TICKETS_MOST = 1024, /* a hit then costs no allocation */
};

TAILQ_HEAD(ticket_list, caa_lookup_ticket);

struct cache {
    struct caa_lookup lookup;
    struct caa_lookup *inner;
    struct caa_refresher refresher;
    struct event *delivery;    /* what is known is told later, as what has to be asked is */
    struct ticket_list known;  /* with an answer, to be told */
    struct ticket_list asking; /* waiting for the inner lookup */
    struct ticket_list spare;
    size_t spare_count;
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct cache *cache;
    caa_lookup_done *done;
    void *context;
    const struct caa_answer *answer; /* NULL while the inner lookup is asked */
    struct caa_lookup_ticket *inner;
    struct caa_question question; /* filled only where the inner lookup is asked */
    bool remember;
};

static struct caa_lookup_ticket *take_ticket(struct cache *cache) {
    struct caa_lookup_ticket *ticket = TAILQ_FIRST(&cache->spare);
    if (ticket == NULL) return malloc(sizeof *ticket);
    TAILQ_REMOVE(&cache->spare, ticket, link);
    cache->spare_count--;
    return ticket;
}

static void give_back(struct cache *cache, struct caa_lookup_ticket *ticket) {
    if (cache->spare_count == SPARE_TICKETS_MOST) {
        free(ticket);
        return;
    }
    TAILQ_INSERT_HEAD(&cache->spare, ticket, link);
    cache->spare_count++;
}

static void deliver(evutil_socket_t fd, short events, void *context) {
    struct cache *cache = context;
    (void)fd;
    (void)events;
    for (int n = 0; n < DELIVERIES_PER_TURN; n++) {
        struct caa_lookup_ticket *ticket = TAILQ_FIRST(&cache->known);
        if (ticket == NULL) return;
        TAILQ_REMOVE(&cache->known, ticket, link);
        const struct caa_answer *answer = ticket->answer;
        ticket->done(ticket->context, answer);
        caa_answer_release(answer);
        give_back(cache, ticket);
    }
    if (!TAILQ_EMPTY(&cache->known)) event_active(cache->delivery, EV_TIMEOUT, 0);
}

static void remember(struct cache *cache, const struct caa_question *question,
                     const struct caa_answer *answer) {
    int64_t observed_us = caa_refresher_observed_us(&cache->refresher, answer);
    int64_t expires_us = observed_us + caa_cache_lifetime_us(answer);
    const struct caa_cache_setting *setting = &cache->refresher.setting;
    if (expires_us <= caa_clock_monotonic_us(setting->clock)) return;
    uint32_t uses = caa_store_put(setting->store, question, answer, observed_us, expires_us);
    caa_refresher_used(&cache->refresher, question, observed_us, expires_us, uses);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    struct cache *cache = ticket->cache;
    TAILQ_REMOVE(&cache->asking, ticket, link);
    if (ticket->remember) remember(cache, &ticket->question, answer);
    ticket->done(ticket->context, answer);
    give_back(cache, ticket);
}

static enum caa_err ask(struct cache *cache, struct caa_lookup_ticket *ticket,
                        const struct caa_question *question) {
    ticket->answer = NULL;
    ticket->question = *question;
    ticket->question.pin = NULL; /* the caller's, and no longer needed */
    ticket->remember = question->pin == NULL;
    enum caa_err err =
        caa_lookup_start(cache->inner, question, on_answer, ticket, &ticket->inner);
    if (err == CAA_OK) TAILQ_INSERT_TAIL(&cache->asking, ticket, link);
    return err;
}

/* What is remembered is told in the next turn of the loop. */
static bool recall(struct cache *cache, struct caa_lookup_ticket *ticket,
                   const struct caa_question *question) {
    const struct caa_cache_setting *setting = &cache->refresher.setting;
    struct caa_store_found found;
    if (question->pin != NULL ||
        !caa_store_find(setting->store, question, caa_clock_monotonic_us(setting->clock),
                        &found))
        return false;
    ticket->answer = found.answer;
    if (TAILQ_EMPTY(&cache->known)) event_active(cache->delivery, EV_TIMEOUT, 0);
    TAILQ_INSERT_TAIL(&cache->known, ticket, link);
    caa_refresher_used(&cache->refresher, question, found.observed_us, found.expires_us,
                       found.uses);
    return true;
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **started) {
    struct cache *cache = (struct cache *)lookup;
    struct caa_lookup_ticket *ticket = take_ticket(cache);
    if (ticket == NULL) return CAA_ERR_NOMEM;
    ticket->cache = cache;
    ticket->done = done;
    ticket->context = context;
    enum caa_err err = CAA_OK;
    if (!recall(cache, ticket, question)) err = ask(cache, ticket, question);
    if (err != CAA_OK)
        give_back(cache, ticket);
    else
        *started = ticket;
    return err;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct cache *cache = (struct cache *)lookup;
    if (ticket->answer == NULL) {
        caa_lookup_cancel(cache->inner, ticket->inner);
        TAILQ_REMOVE(&cache->asking, ticket, link);
    } else {
        TAILQ_REMOVE(&cache->known, ticket, link);
        caa_answer_release(ticket->answer);
    }
    give_back(cache, ticket);
}

static const struct caa_answer *failure_so_far(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *ticket) {
    if (ticket->answer != NULL) return NULL;
    return caa_lookup_failure_so_far(((struct cache *)lookup)->inner, ticket->inner);
}

static void free_tickets(struct ticket_list *list) {
    struct caa_lookup_ticket *ticket = TAILQ_FIRST(list);
    while (ticket != NULL) {
        struct caa_lookup_ticket *next = TAILQ_NEXT(ticket, link);
        free(ticket);
        ticket = next;
    }
}

static void free_cache(struct caa_lookup *lookup) {
    struct cache *cache = (struct cache *)lookup;
    struct caa_lookup_ticket *ticket;
    caa_lookup_free(cache->inner);
    caa_refresher_tear_down(&cache->refresher);
    TAILQ_FOREACH(ticket, &cache->known, link)
    caa_answer_release(ticket->answer);
    free_tickets(&cache->known);
    free_tickets(&cache->asking);
    free_tickets(&cache->spare);
    if (cache->delivery != NULL) event_free(cache->delivery);
    free(cache);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_cache, .failure_so_far = failure_so_far};

enum caa_err caa_cache_new(struct caa_lookup **lookup, struct caa_lookup *inner,
                           const struct caa_cache_setting *setting) {
    struct cache *cache = calloc(1, sizeof *cache);
    if (cache == NULL) {
        caa_lookup_free(inner);
        return CAA_ERR_NOMEM;
    }
    cache->lookup.operations = &operations;
    cache->inner = inner;
    TAILQ_INIT(&cache->known);
    TAILQ_INIT(&cache->asking);
    TAILQ_INIT(&cache->spare);
    cache->delivery = event_new(setting->base, -1, EV_PERSIST, deliver, cache);
    enum caa_err err = caa_refresher_set_up(&cache->refresher, inner, setting);
    if (cache->delivery == NULL) err = CAA_ERR_EVENT;
    if (err == CAA_OK)
        *lookup = &cache->lookup;
    else
        free_cache(&cache->lookup);
    return err;
}

void caa_cache_refresh(struct caa_lookup *lookup) {
    caa_refresher_run(&((struct cache *)lookup)->refresher);
}

void caa_cache_note_other(struct caa_lookup *lookup, const struct caa_question *question,
                          const struct caa_answer *answer, const struct caa_answer *other) {
    const struct caa_cache_setting *setting = &((struct cache *)lookup)->refresher.setting;
    struct caa_look look = caa_look_at(other, CAA_LOOK_BESIDE);
    struct caa_store_found found;
    caa_store_note(setting->store, CAA_STORE_DISAGREEMENT);
    if (!caa_store_peek(setting->store, question, caa_clock_monotonic_us(setting->clock),
                        &found))
        return;
    /* In the meantime a refresh may have brought what the other said. */
    bool is_told = found.answer->observed_at_us == answer->observed_at_us &&
                   caa_answers_agree(found.answer, answer);
    const struct caa_answer *told = is_told ? caa_answer_beside(found.answer, &look) : NULL;
    if (told != NULL)
        caa_store_put(setting->store, question, told, found.observed_us, found.expires_us);
    caa_answer_release(told);
    caa_answer_release(found.answer);
}
