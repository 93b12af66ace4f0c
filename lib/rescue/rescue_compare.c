#include "dns/look.h"
#include "rescue/rescue_state.h"

enum {
    COMPARED_MOST = 2, /* looks that run on although nobody needs them any more */
    COMPARE_MS = 1000,
};

bool caa_rescue_compare_later(struct caa_lookup_ticket *ticket,
                              const struct caa_answer *answer) {
    struct rescue *rescue = ticket->rescue;
    bool in_flight = ticket->first_look != NULL || ticket->second_look != NULL;
    if (!in_flight || rescue->setting.disagreement == NULL || !caa_answer_is_sound(answer) ||
        rescue->compared_count == COMPARED_MOST)
        return false;
    caa_rescue_settle(ticket);
    evtimer_del(ticket->give_up);
    ticket->stage = COMPARE;
    ticket->given = caa_answer_retain(answer);
    rescue->compared_count++;
    caa_rescue_set_timer(ticket->clock, COMPARE_MS);
    return true;
}

void caa_rescue_compare(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    const struct caa_rescue_setting *setting = &ticket->rescue->setting;
    if (caa_answer_is_sound(answer) && !caa_answers_agree(ticket->given, answer))
        setting->disagreement(setting->context, &ticket->question, ticket->given, answer);
    if (ticket->first_look == NULL && ticket->second_look == NULL)
        caa_rescue_free_ticket(ticket);
}
