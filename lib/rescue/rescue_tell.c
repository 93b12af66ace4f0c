#include "rescue/rescue_state.h"

#include <stdlib.h>

#include "rescue/statement.h"

enum { CONTROL_MS = 20 }; /* pause while the other registry has not answered */

uint32_t caa_rescue_random_number(const struct rescue *rescue) {
    uint32_t number;
    const struct caa_random *random = rescue->setting.random;
    random->fill(random->context, &number, sizeof number);
    return number;
}

void caa_rescue_set_timer(struct event *timer, uint32_t ms) {
    const struct timeval wait = {.tv_sec = ms / 1000,
                                 .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    evtimer_add(timer, &wait);
}

uint32_t caa_rescue_elapsed_us(const struct caa_lookup_ticket *ticket) {
    int64_t us = caa_clock_monotonic_us(ticket->rescue->setting.clock) - ticket->started_us;
    return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

static enum caa_failure verdict_of(const struct caa_answer *failure) {
    if (failure == NULL) return CAA_FAILURE_NONE;
    if (caa_advice_is_bogus(failure)) return CAA_FAILURE_BOGUS;
    if (failure->outcome == CAA_OUTCOME_MALFORMED) return CAA_FAILURE_MALFORMED;
    return CAA_FAILURE_RECURSOR;
}

/* How the recursor sees it, where the servers all seem fine. */
enum caa_failure caa_rescue_recursor_verdict(const struct caa_lookup_ticket *ticket) {
    return verdict_of(ticket->failure);
}

/* By the monotonic clock, so long before the lookup began. */
static int64_t since_us(const struct caa_lookup_ticket *ticket, int64_t ago_s) {
    return ticket->started_us - ago_s * 1000000;
}

enum caa_control caa_rescue_control(const struct caa_lookup_ticket *ticket, int64_t ago_s) {
    return caa_control_state(ticket->rescue->control, &ticket->question.name,
                             since_us(ticket, ago_s));
}

/* Who waits for room may learn from what others attend. A failure from before a zone recovered
   is told with what the zone did then. */
static bool find_legs(const struct caa_lookup_ticket *ticket, bool rescued,
                      struct caa_legs *legs) {
    const struct known_investigation *known =
        ticket->known != NULL
            ? ticket->known
            : caa_rescue_find_investigation(ticket->rescue, &ticket->question.name);
    if (known == NULL) return false;
    bool is_of_before =
        rescued || ticket->failed_us < caa_investigation_recovered_us(known->investigation);
    *legs = is_of_before ? caa_investigation_legs_before(known->investigation)
                         : caa_investigation_legs(known->investigation);
    return true;
}

/* `failure` is what it has come to, or NULL. */
static const struct caa_evidence *state_evidence(const struct caa_lookup_ticket *ticket,
                                                 const struct caa_answer *failure,
                                                 bool rescued) {
    struct caa_legs legs;
    bool has_legs = find_legs(ticket, rescued, &legs);
    const struct caa_name *tcp =
        ticket->attempt == NULL ? NULL : &caa_attempt_pinning(ticket->attempt)->without_udp;
    struct caa_statement_context context = {
        .name = &ticket->question.name,
        .without_udp = tcp == NULL || tcp->len == 0 ? NULL : tcp,
        .signed_zone = ticket->signed_zone.len == 0 || !(rescued || ticket->reached_name)
                           ? NULL
                           : &ticket->signed_zone,
        .rescued = rescued,
        .control = caa_rescue_control(ticket, CAA_RESCUE_AGO_S),
        .control_lately = caa_rescue_control(ticket, CAA_RESCUE_LATELY_S),
        .control_of_any =
            caa_control_state_of_any(ticket->rescue->control, &ticket->question.name,
                                     since_us(ticket, CAA_RESCUE_LATELY_S)),
        .verdict = rescued && ticket->bogus != NULL ? CAA_FAILURE_BOGUS : verdict_of(failure),
        .reason = failure == NULL ? NULL : failure->reason,
        .is_ours = failure != NULL && failure->outcome == CAA_OUTCOME_NETWORK,
        .retry_count = ticket->retry_count,
        .proof = &ticket->proof,
        .ledger = ticket->rescue->setting.ledger,
        .elapsed_us = caa_rescue_elapsed_us(ticket),
        .random = caa_rescue_random_number(ticket->rescue),
    };
    return caa_statement_of(has_legs ? &legs : NULL, &context);
}

/* `content` with the evidence of this rescue; one reference for the caller. */
static const struct caa_answer *with_evidence(const struct caa_lookup_ticket *ticket,
                                              struct caa_answer content,
                                              const struct caa_answer *failure, bool rescued) {
    const struct caa_evidence *evidence = state_evidence(ticket, failure, rescued);
    content.rescued = rescued;
    content.evidence = evidence;
    content.elapsed_us = caa_rescue_elapsed_us(ticket);
    const struct caa_answer *answer = caa_answer_new(&content);
    caa_evidence_release(evidence);
    return answer;
}

/* What it has come to; NULL: nothing. Where nobody has answered, the recursor may know why: it
   may not even have been asked. */
static const struct caa_answer *failure_met(const struct caa_lookup_ticket *ticket) {
    if (ticket->failure != NULL) return caa_answer_retain(ticket->failure);
    return ticket->first_look == NULL
               ? NULL
               : caa_lookup_failure_so_far(ticket->rescue->inner, ticket->first_look);
}

static const struct caa_answer *no_answer(const struct caa_lookup_ticket *ticket) {
    return caa_answer_failure(&ticket->question.name, ticket->question.type,
                              CAA_OUTCOME_TIMEOUT, "no server that may be asked has answered",
                              caa_clock_wall_us(ticket->rescue->setting.clock),
                              caa_rescue_elapsed_us(ticket));
}

const struct caa_answer *caa_rescue_failure_now(const struct caa_lookup_ticket *ticket) {
    const struct caa_answer *met = failure_met(ticket);
    const struct caa_answer *failure = met != NULL ? caa_answer_retain(met) : no_answer(ticket);
    const struct caa_answer *answer = with_evidence(ticket, *failure, met, false);
    caa_answer_release(met);
    if (answer == NULL) return failure;
    caa_answer_release(failure);
    return answer;
}

void caa_rescue_leave(struct caa_lookup_ticket *ticket) {
    if (ticket->known == NULL) return;
    caa_rescue_drop_again(ticket);
    caa_investigation_leave(ticket->known->investigation, &ticket->attendant);
    ticket->known = NULL;
}

void caa_rescue_settle(struct caa_lookup_ticket *ticket) {
    ticket->rescue->late_count -= ticket->is_late;
    ticket->is_late = false;
    caa_rescue_drop_attempt(ticket);
    caa_rescue_leave(ticket);
    caa_proof_drop(&ticket->proof);
}

void caa_rescue_free_ticket(struct caa_lookup_ticket *ticket) {
    struct caa_lookup *inner = ticket->rescue->inner;
    LIST_REMOVE(ticket, link);
    ticket->rescue->compared_count -= ticket->given != NULL;
    caa_rescue_settle(ticket);
    if (ticket->first_look != NULL) caa_lookup_cancel(inner, ticket->first_look);
    if (ticket->second_look != NULL) caa_lookup_cancel(inner, ticket->second_look);
    if (ticket->clock != NULL) event_free(ticket->clock);
    if (ticket->give_up != NULL) event_free(ticket->give_up);
    caa_answer_release(ticket->failure);
    caa_answer_release(ticket->bogus);
    caa_answer_release(ticket->given);
    free(ticket);
}

/* Nobody else knows the ticket any more when they are told: they may do as they like. */
void caa_rescue_deliver(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    caa_lookup_done *done = ticket->done;
    void *context = ticket->context;
    if (!caa_rescue_compare_later(ticket, answer)) caa_rescue_free_ticket(ticket);
    done(context, answer);
    caa_answer_release(answer);
}

void caa_rescue_deliver_rescued(struct caa_lookup_ticket *ticket,
                                const struct caa_answer *answer) {
    const struct caa_answer *told = with_evidence(ticket, *answer, ticket->failure, true);
    ticket->rescue->counts.rescued++;
    caa_rescue_deliver(ticket, told != NULL ? told : caa_rescue_failure_now(ticket));
}

/* A registry is not blamed before another one was looked up, which mostly takes no longer than
   to find out that nothing helps. */
void caa_rescue_conclude(struct caa_lookup_ticket *ticket) {
    const struct caa_answer *failure = caa_rescue_failure_now(ticket);
    bool is_open = failure->evidence != NULL && failure->evidence->fault == CAA_FAULT_UNKNOWN &&
                   caa_control_is_asking(ticket->rescue->control, &ticket->question.name);
    if (!is_open) {
        ticket->rescue->counts.lost++;
        caa_rescue_deliver(ticket, failure);
        return;
    }
    caa_answer_release(failure);
    ticket->stage = CONCLUSION;
    caa_rescue_set_timer(ticket->clock, CONTROL_MS);
}

void caa_rescue_deliver_failure(struct caa_lookup_ticket *ticket) {
    ticket->rescue->counts.lost++;
    caa_rescue_deliver(ticket, caa_rescue_failure_now(ticket));
}

static void keep(const struct caa_answer **kept, const struct caa_answer *answer) {
    const struct caa_answer *before = *kept;
    *kept = caa_answer_retain(answer);
    caa_answer_release(before);
}

void caa_rescue_note_bogus(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    keep(&ticket->bogus, answer);
}

void caa_rescue_note_failure(struct caa_lookup_ticket *ticket,
                             const struct caa_answer *answer) {
    keep(&ticket->failure, answer);
    if (caa_advice_is_bogus(answer)) caa_rescue_note_bogus(ticket, answer);
    ticket->failed_us = caa_clock_monotonic_us(ticket->rescue->setting.clock);
}
