#include "resolve/cache_refresh.h"

#include <stdlib.h>

#include "dns/look.h"
#include "dns/pin.h"
#include "resolve/cache_rule.h"

enum { US_PER_S = 1000000, TIMER_S = 1 };

/* One answer being asked again; the store knows that somebody does. */
struct caa_refresh {
    LIST_ENTRY(caa_refresh) link;
    struct caa_refresher *refresher;
    struct caa_store_claim claim;
    struct caa_lookup_ticket *ticket;
    int64_t started_us;
};

static int64_t now_us(const struct caa_refresher *refresher) {
    return caa_clock_monotonic_us(refresher->setting.clock);
}

/* SplitMix64: jitter needs no secrets. */
static uint32_t next_random(struct caa_refresher *refresher) {
    uint64_t z = refresher->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 32);
}

int64_t caa_refresher_observed_us(const struct caa_refresher *refresher,
                                  const struct caa_answer *answer) {
    int64_t age_us = caa_clock_wall_us(refresher->setting.clock) - answer->observed_at_us;
    return now_us(refresher) - (age_us > 0 ? age_us : 0);
}

static void end_refresh(struct caa_refresh *refresh) {
    LIST_REMOVE(refresh, link);
    refresh->refresher->running_count--;
    free(refresh);
}

/* The old answer stays; it is asked again later, if it lives as long. */
static void postpone(struct caa_refresher *refresher, const struct caa_store_claim *claim) {
    int64_t again_us =
        caa_cache_retry_at_us(now_us(refresher), claim->failures + 1, next_random(refresher));
    caa_store_unclaim(refresher->setting.store, &claim->question, again_us);
}

static void fail(struct caa_refresher *refresher, const struct caa_store_claim *claim) {
    caa_store_note(refresher->setting.store, CAA_STORE_REFRESH_FAILED);
    postpone(refresher, claim);
}

/* NULL: nobody knows yet why it does not answer. */
static void tell_failed(const struct caa_refresher *refresher,
                        const struct caa_answer *answer) {
    if (answer != NULL && refresher->setting.refresh_failed != NULL)
        refresher->setting.refresh_failed(refresher->setting.context, answer);
}

/* The new answer's place is the old one's, also where it may not be remembered. */
static void replace(struct caa_refresher *refresher, const struct caa_question *question,
                    const struct caa_answer *answer, int64_t observed_us, int64_t expires_us) {
    struct caa_store *store = refresher->setting.store;
    caa_store_unclaim(store, question, INT64_MAX);
    if (expires_us > now_us(refresher))
        caa_store_put(store, question, answer, observed_us, expires_us);
    else
        caa_store_drop(store, question);
}

/* The newer one is used, and tells of the older. */
static void disagree(struct caa_refresher *refresher, const struct caa_question *question,
                     const struct caa_answer *before, const struct caa_answer *answer) {
    struct caa_look look = caa_look_at(before, CAA_LOOK_EARLIER);
    const struct caa_answer *told = caa_answer_beside(answer, &look);
    if (told == NULL) told = caa_answer_retain(answer);
    int64_t observed_us = caa_refresher_observed_us(refresher, told);
    caa_store_note(refresher->setting.store, CAA_STORE_DISAGREEMENT);
    replace(refresher, question, told, observed_us, observed_us + caa_cache_lifetime_us(told));
    if (refresher->setting.disagreement != NULL)
        refresher->setting.disagreement(refresher->setting.context, before, told);
    caa_answer_release(told);
}

static void compare(struct caa_refresher *refresher, const struct caa_store_claim *claim,
                    const struct caa_answer *answer, struct caa_store_found *before) {
    int64_t observed_us = caa_refresher_observed_us(refresher, answer);
    int64_t expires_us = observed_us + caa_cache_lifetime_us(answer);
    bool agree = before->answer == NULL || caa_answers_agree(before->answer, answer);
    caa_store_note(refresher->setting.store, CAA_STORE_REFRESH_SUCCEEDED);
    /* Rescued, it would have less time than the one that it confirms. */
    if (agree && answer->rescued && expires_us < before->expires_us)
        postpone(refresher, claim);
    else if (agree)
        replace(refresher, &claim->question, answer, observed_us, expires_us);
    else
        disagree(refresher, &claim->question, before->answer, answer);
}

static void start_due(struct caa_refresher *refresher);

static void on_answer(void *context, const struct caa_answer *answer) {
    struct caa_refresh *refresh = context;
    struct caa_refresher *refresher = refresh->refresher;
    struct caa_store_claim claim = refresh->claim;
    end_refresh(refresh);
    if (caa_cache_is_usable(answer)) {
        struct caa_store_found before = {0};
        caa_store_peek(refresher->setting.store, &claim.question, now_us(refresher), &before);
        compare(refresher, &claim, answer, &before);
        caa_answer_release(before.answer);
    } else {
        fail(refresher, &claim);
        tell_failed(refresher, answer);
    }
    start_due(refresher);
}

/* Asks from cold, or else libunbound would answer from its own cache. */
static enum caa_err ask(struct caa_refresher *refresher, const struct caa_store_claim *claim) {
    static const struct caa_pin cold = {.inherits = true};
    struct caa_refresh *refresh = calloc(1, sizeof *refresh);
    if (refresh == NULL) return CAA_ERR_NOMEM;
    refresh->refresher = refresher;
    refresh->claim = *claim;
    refresh->started_us = now_us(refresher);
    struct caa_question question = claim->question;
    question.pin = &cold;
    enum caa_err err =
        caa_lookup_start(refresher->inner, &question, on_answer, refresh, &refresh->ticket);
    if (err != CAA_OK) {
        free(refresh);
        return err;
    }
    LIST_INSERT_HEAD(&refresher->running, refresh, link);
    refresher->running_count++;
    return CAA_OK;
}

static void start_due(struct caa_refresher *refresher) {
    struct caa_store_claim claim;
    while (refresher->running_count < refresher->setting.refreshes_most &&
           caa_store_claim(refresher->setting.store, now_us(refresher), &claim)) {
        caa_store_note(refresher->setting.store, CAA_STORE_REFRESH_STARTED);
        if (ask(refresher, &claim) == CAA_OK) continue;
        fail(refresher, &claim);
        return; /* the next one would fare no better */
    }
}

static void give_up_late_ones(struct caa_refresher *refresher) {
    int64_t before_us = now_us(refresher) - (int64_t)CAA_CACHE_REFRESH_DEADLINE_S * US_PER_S;
    struct caa_refresh *refresh = LIST_FIRST(&refresher->running);
    while (refresh != NULL) {
        struct caa_refresh *next = LIST_NEXT(refresh, link);
        if (refresh->started_us <= before_us) {
            const struct caa_answer *so_far =
                caa_lookup_failure_so_far(refresher->inner, refresh->ticket);
            caa_lookup_cancel(refresher->inner, refresh->ticket);
            tell_failed(refresher, so_far);
            caa_answer_release(so_far);
            fail(refresher, &refresh->claim);
            end_refresh(refresh);
        }
        refresh = next;
    }
}

/* The timer stops with nothing left to keep fresh, so that a loop without other work ends. */
static void set_timer(struct caa_refresher *refresher) {
    bool needed =
        refresher->running_count > 0 || caa_store_kept_count(refresher->setting.store) > 0;
    if (!needed || refresher->setting.refreshes_most == 0 ||
        evtimer_pending(refresher->timer, NULL))
        return;
    evtimer_add(refresher->timer, &(struct timeval){.tv_sec = TIMER_S});
}

void caa_refresher_run(struct caa_refresher *refresher) {
    give_up_late_ones(refresher);
    start_due(refresher);
    set_timer(refresher);
}

void caa_refresher_used(struct caa_refresher *refresher, const struct caa_question *question,
                        int64_t observed_us, int64_t expires_us, uint32_t uses) {
    if (!caa_cache_is_worth_keeping(expires_us - observed_us, uses)) return;
    int64_t due_us = caa_cache_refresh_at_us(observed_us, expires_us, next_random(refresher));
    caa_store_keep(refresher->setting.store, question, due_us);
    set_timer(refresher);
}

static void on_timer(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    caa_refresher_run(context);
}

enum caa_err caa_refresher_set_up(struct caa_refresher *refresher, struct caa_lookup *inner,
                                  const struct caa_cache_setting *setting) {
    refresher->setting = *setting;
    refresher->inner = inner;
    refresher->random = setting->seed;
    LIST_INIT(&refresher->running);
    refresher->timer = evtimer_new(setting->base, on_timer, refresher);
    return refresher->timer == NULL ? CAA_ERR_EVENT : CAA_OK;
}

void caa_refresher_tear_down(struct caa_refresher *refresher) {
    struct caa_refresh *refresh = LIST_FIRST(&refresher->running);
    while (refresh != NULL) {
        struct caa_refresh *next = LIST_NEXT(refresh, link);
        caa_store_unclaim(refresher->setting.store, &refresh->claim.question,
                          now_us(refresher));
        end_refresh(refresh);
        refresh = next;
    }
    if (refresher->timer != NULL) event_free(refresher->timer);
}
