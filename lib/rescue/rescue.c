#include "rescue/rescue.h"

#include <stdlib.h>

#include "rescue/rescue_state.h"

enum {
    GIVE_UP_MS_DEFAULT = 3600000, /* the longest deadline that a check may have */
    SECOND_LOOK_MS = 300, /* what a late lookup's second look gets before the walk begins */
    LATE_MOST = 8, /* late ones looked after at once: when all are late, it is the load */
    OWN_DELAY_US = 20000, /* by which our own loop may be late without being overloaded */
};

static void on_first_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->first_look = NULL;
    if (ticket->stage == COMPARE) {
        caa_rescue_compare(ticket, answer);
        return;
    }
    if (caa_answer_is_sound(answer)) {
        caa_patience_note(&ticket->rescue->patience, answer->elapsed_us);
        caa_rescue_deliver(ticket, caa_answer_retain(answer));
        return;
    }
    ticket->rescue->counts.failed++;
    ticket->asked_us = caa_clock_monotonic_us(ticket->rescue->setting.clock);
    caa_rescue_note_failure(ticket, answer);
    caa_rescue_investigate(ticket);
}

static void on_second_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->second_look = NULL;
    if (ticket->stage == COMPARE) {
        caa_rescue_compare(ticket, answer);
        return;
    }
    if (!caa_answer_is_sound(answer)) return;
    if (ticket->failure != NULL)
        caa_rescue_deliver_rescued(ticket, answer);
    else
        caa_rescue_deliver(ticket, caa_answer_retain(answer));
}

static void set_patience(struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = ticket->rescue;
    uint32_t ms = caa_patience_ms(&rescue->patience);
    ticket->late_at_us = caa_clock_monotonic_us(rescue->setting.clock) + (int64_t)ms * 1000;
    caa_rescue_set_timer(ticket->clock, ms);
}

/* We come late ourselves, and so may an answer that has been here for long: a second look,
   which costs as much as fifty lookups, would only make it worse. */
static bool is_our_delay(struct caa_lookup_ticket *ticket) {
    int64_t now_us = caa_clock_monotonic_us(ticket->rescue->setting.clock);
    if (ticket->was_delayed || now_us - ticket->late_at_us < OWN_DELAY_US) return false;
    ticket->was_delayed = true;
    return true;
}

/* Where an ancestor is being looked into, that is the reason; else a second look comes first.
 */
static void look_again(struct caa_lookup_ticket *ticket) {
    static const struct caa_pin cold = {.may_share = true};
    struct rescue *rescue = ticket->rescue;
    if (caa_rescue_find_investigation(rescue, &ticket->question.name) != NULL) {
        caa_rescue_investigate(ticket);
        return;
    }
    if (rescue->late_count == LATE_MOST || is_our_delay(ticket)) {
        set_patience(ticket);
        return;
    }
    ticket->is_late = true;
    rescue->late_count++;
    struct caa_question question = ticket->question;
    question.pin = &cold;
    ticket->stage = SECOND_LOOK;
    if (caa_lookup_start(rescue->inner, &question, on_second_answer, ticket,
                         &ticket->second_look) == CAA_OK)
        rescue->counts.hedged++, ticket->retry_count++;
    else
        ticket->second_look = NULL;
    caa_rescue_set_timer(ticket->clock, SECOND_LOOK_MS);
}

static void on_clock(evutil_socket_t fd, short events, void *context) {
    struct caa_lookup_ticket *ticket = context;
    (void)fd;
    (void)events;
    switch (ticket->stage) {
    case FIRST_LOOK: look_again(ticket); break;
    case SECOND_LOOK: caa_rescue_investigate(ticket); break;
    case RESCUE:
        if (ticket->known == NULL)
            caa_rescue_investigate(ticket);
        else if (ticket->attempt == NULL || !caa_attempt_go_on(ticket->attempt))
            caa_rescue_try(ticket);
        break;
    case CONCLUSION: caa_rescue_conclude(ticket); break;
    case COMPARE: caa_rescue_free_ticket(ticket); break;
    }
}

static void on_give_up(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    caa_rescue_deliver_failure(context);
}

static struct caa_lookup_ticket *make_ticket(struct rescue *rescue,
                                             const struct caa_question *question,
                                             caa_lookup_done *done, void *context) {
    struct caa_lookup_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket == NULL) return NULL;
    ticket->rescue = rescue;
    ticket->question = *question;
    ticket->done = done;
    ticket->context = context;
    ticket->started_us = caa_clock_monotonic_us(rescue->setting.clock);
    ticket->attendant.note = caa_rescue_on_note;
    ticket->attendant.context = ticket;
    LIST_INSERT_HEAD(&rescue->tickets, ticket, link);
    ticket->clock = evtimer_new(rescue->setting.base, on_clock, ticket);
    ticket->give_up = evtimer_new(rescue->setting.base, on_give_up, ticket);
    if (ticket->clock != NULL && ticket->give_up != NULL) return ticket;
    caa_rescue_free_ticket(ticket);
    return NULL;
}

static void on_pinned_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->first_look = NULL;
    caa_rescue_deliver(ticket, caa_answer_retain(answer));
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **started) {
    struct rescue *rescue = (struct rescue *)lookup;
    struct caa_lookup_ticket *ticket = make_ticket(rescue, question, done, context);
    if (ticket == NULL) return CAA_ERR_NOMEM;
    bool pinned = question->pin != NULL;
    enum caa_err err =
        caa_lookup_start(rescue->inner, question, pinned ? on_pinned_answer : on_first_answer,
                         ticket, &ticket->first_look);
    if (err != CAA_OK) {
        ticket->first_look = NULL;
        caa_rescue_free_ticket(ticket);
        return err;
    }
    ticket->question.pin = NULL;
    *started = ticket;
    if (pinned) return CAA_OK;
    rescue->counts.lookups++;
    set_patience(ticket);
    caa_rescue_set_timer(ticket->give_up, rescue->setting.give_up_ms);
    return CAA_OK;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = (struct rescue *)lookup;
    if (ticket->failure != NULL || ticket->known != NULL) rescue->counts.lost++;
    caa_rescue_free_ticket(ticket);
}

static const struct caa_answer *failure_so_far(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *ticket) {
    const struct rescue *rescue = (const struct rescue *)lookup;
    if (ticket->failure != NULL || ticket->known != NULL) return caa_rescue_failure_now(ticket);
    return ticket->first_look == NULL
               ? NULL
               : caa_lookup_failure_so_far(rescue->inner, ticket->first_look);
}

static void free_rescue(struct caa_lookup *lookup) {
    struct rescue *rescue = (struct rescue *)lookup;
    struct caa_lookup_ticket *ticket;
    struct known_investigation *known;
    while ((ticket = LIST_FIRST(&rescue->tickets)) != NULL) caa_rescue_free_ticket(ticket);
    while ((known = LIST_FIRST(&rescue->investigations)) != NULL) {
        caa_investigation_free(known->investigation);
        caa_rescue_forget_investigation(known);
    }
    caa_control_free(rescue->control);
    caa_lookup_free(rescue->inner);
    free(rescue);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_rescue, .failure_so_far = failure_so_far};

enum caa_err caa_rescue_new(struct caa_lookup **lookup, struct caa_lookup *inner,
                            const struct caa_rescue_setting *setting) {
    struct rescue *rescue = calloc(1, sizeof *rescue);
    if (rescue == NULL) {
        caa_lookup_free(inner);
        return CAA_ERR_NOMEM;
    }
    rescue->lookup.operations = &operations;
    rescue->inner = inner;
    rescue->setting = *setting;
    if (setting->random == NULL) rescue->setting.random = caa_random_system();
    if (setting->give_up_ms == 0) rescue->setting.give_up_ms = GIVE_UP_MS_DEFAULT;
    rescue->investigation_setting = (struct caa_investigation_setting){
        .base = setting->base,
        .clock = setting->clock,
        .random = rescue->setting.random,
        .lookup = inner,
        .root_hints = setting->root_hints,
        .ledger = setting->ledger,
    };
    LIST_INIT(&rescue->tickets);
    LIST_INIT(&rescue->investigations);
    rescue->control = caa_control_new(setting->base, setting->clock, inner);
    if (rescue->control == NULL) {
        free_rescue(&rescue->lookup);
        return CAA_ERR_NOMEM;
    }
    *lookup = &rescue->lookup;
    return CAA_OK;
}

struct caa_rescue_counts caa_rescue_counts(const struct caa_lookup *lookup) {
    return ((const struct rescue *)lookup)->counts;
}
