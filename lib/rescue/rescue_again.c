#include "rescue/rescue_state.h"

enum {
    /* So long libunbound remembers that all servers failed. */
    REMEMBERED_MS = 5200,
    AT_A_TIME_MOST = 64,
    CLOSED_MS = 1000, /* after one that failed */
};

static int64_t now_us(const struct caa_lookup_ticket *ticket) {
    return caa_clock_monotonic_us(ticket->rescue->setting.clock);
}

/* Nobody fails on the way any more, as far as a walk can tell. */
static bool is_way_clear(const struct caa_lookup_ticket *ticket) {
    struct caa_legs legs = caa_investigation_legs(ticket->known->investigation);
    return legs.legs[0].path->done &&
           caa_legs_failing_zone(&legs, &ticket->question.name).zone == NULL;
}

/* What is bogus is remembered for longer. */
static bool may_ask_again(const struct caa_lookup_ticket *ticket) {
    const struct known_investigation *known = ticket->known;
    if (ticket->failure == NULL || ticket->first_look != NULL || ticket->again != NULL ||
        caa_advice_is_bogus(ticket->failure))
        return false;
    int64_t now = now_us(ticket);
    return known->again_count < known->again_most && now >= known->again_due_us &&
           now >= ticket->asked_us + REMEMBERED_MS * INT64_C(1000) && is_way_clear(ticket);
}

/* One tries; where that works the others follow, twice as many each time. */
static void note(struct caa_lookup_ticket *ticket, bool sound) {
    struct known_investigation *known = ticket->known;
    known->again_count--;
    known->again_most = sound ? known->again_most * 2 : 1;
    if (known->again_most > AT_A_TIME_MOST) known->again_most = AT_A_TIME_MOST;
    if (!sound) known->again_due_us = now_us(ticket) + CLOSED_MS * INT64_C(1000);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->again = NULL;
    ticket->asked_us = now_us(ticket);
    note(ticket, caa_answer_is_sound(answer));
    if (caa_answer_is_sound(answer)) caa_rescue_deliver_rescued(ticket, answer);
}

void caa_rescue_ask_again(struct caa_lookup_ticket *ticket) {
    if (!may_ask_again(ticket)) return;
    if (caa_lookup_start(ticket->rescue->inner, &ticket->question, on_answer, ticket,
                         &ticket->again) != CAA_OK) {
        ticket->again = NULL;
        return;
    }
    ticket->known->again_count++;
    ticket->retry_count++;
}

void caa_rescue_drop_again(struct caa_lookup_ticket *ticket) {
    if (ticket->again == NULL) return;
    caa_lookup_cancel(ticket->rescue->inner, ticket->again);
    ticket->again = NULL;
    ticket->known->again_count--;
}
