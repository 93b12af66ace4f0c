#include "rescue/rescue_state.h"

#include "dns/suffix.h"
#include "resolve/recursor.h"

enum {
    /* Then an attempt hangs, and makes room for another; on a machine that is merely slow it
       would hang each time, so it gets twice as long then. */
    ATTEMPT_PATIENCE_MS = 2000,
    HANGS_MOST = 3,
    HUNT_MS = 100, /* pause while others look for a server that gives good data, or for room */
    /* Each may take four pinned questions (attempt.c): the rest is kept for registries. */
    ATTEMPTS_OF_SUBSCRIBERS = CAA_RECURSOR_PINNED_MAX / 4 - 4,
    ATTEMPTS_OF_ONE = ATTEMPTS_OF_SUBSCRIBERS / 2, /* that all have the same trouble */
    UNPINNED_OF_ONE = 4,
    COLD_LOOK_MS = 3000, /* the pause before the first cold look, twice as long each time */
    COLD_LOOK_MS_MOST = 24000,
};

void caa_rescue_drop_attempt(struct caa_lookup_ticket *ticket) {
    if (ticket->attempt == NULL) return;
    caa_attempt_free(ticket->attempt);
    ticket->attempt = NULL;
    ticket->rescue->subscriber_attempts -= ticket->of_subscriber;
    ticket->known->attempts--;
}

/* Waiting helps only where the failure may pass. */
static bool is_lost(const struct caa_lookup_ticket *ticket) {
    return caa_advice_is_lasting(caa_suffix_who(&ticket->question.name),
                                 caa_rescue_recursor_verdict(ticket));
}

/* Every server of the failing zone does what no waiting will change, or the name leads round in
   a circle. */
static bool zone_is_lost(const struct caa_lookup_ticket *ticket) {
    struct caa_legs legs = caa_investigation_legs(ticket->known->investigation);
    struct caa_leg_zone found = caa_legs_failing_zone(&legs, &ticket->question.name);
    if (found.zone == NULL) return caa_legs_are_circular(&legs, &ticket->question.name);
    return caa_path_count_servers(legs.legs[found.leg].path, found.zone).usable == 0 &&
           caa_advice_is_lasting(caa_suffix_who(&found.zone->name),
                                 caa_path_zone_failure(found.zone));
}

static bool is_hopeless(const struct caa_lookup_ticket *ticket) {
    return ticket->attempt == NULL && ticket->failure != NULL && ticket->known != NULL &&
           ticket->proof.ticket == NULL && zone_is_lost(ticket);
}

static void note_signed_zone(struct caa_lookup_ticket *ticket,
                             const struct caa_pinning *pinning) {
    size_t deepest = caa_pinning_deepest_signed(pinning);
    ticket->signed_zone.len = 0;
    if (deepest < pinning->zone_count) ticket->signed_zone = pinning->zones[deepest].zone;
    ticket->reached_name = pinning->reaches_name || caa_pinning_is_exhausted(pinning);
}

/* Nobody is usable, as far as a walk can tell. */
static bool is_dark(const struct caa_lookup_ticket *ticket) {
    return caa_rescue_fails_wholly(ticket->known, &ticket->question.name) &&
           !ticket->known->cold_works;
}

/* Somebody answers, and nobody is confirmed: cold caches alone may do. A few at a time, because
   the recursor then asks everybody itself; and where nobody is usable one now and then, because
   it puts up with servers that a walk finds fault with. */
static bool may_look_unpinned(const struct caa_lookup_ticket *ticket) {
    const struct known_investigation *known = ticket->known;
    if (!caa_investigation_evidence(known->investigation)->done || ticket->attempt != NULL ||
        ticket->failure == NULL)
        return false;
    int64_t now_us = caa_clock_monotonic_us(ticket->rescue->setting.clock);
    return is_dark(ticket) ? known->attempts == 0 && now_us >= known->cold_due_us
                           : known->attempts < UNPINNED_OF_ONE;
}

void caa_rescue_put_off_cold_look(struct known_investigation *known) {
    known->cold_pause_ms = known->cold_pause_ms == 0 ? COLD_LOOK_MS : known->cold_pause_ms * 2;
    if (known->cold_pause_ms > COLD_LOOK_MS_MOST) known->cold_pause_ms = COLD_LOOK_MS_MOST;
    known->cold_due_us = caa_clock_monotonic_us(known->rescue->setting.clock) +
                         known->cold_pause_ms * INT64_C(1000);
}

/* Between walks nobody is told of anything, and they may be far apart. */
static void wait_for_cold_look(struct caa_lookup_ticket *ticket) {
    const struct known_investigation *known = ticket->known;
    int64_t now_us = caa_clock_monotonic_us(ticket->rescue->setting.clock);
    if (known->cold_works)
        caa_rescue_set_timer(ticket->clock, CAA_RESCUE_BUSY_MS);
    else if (ticket->attempt == NULL && known->cold_due_us > now_us)
        caa_rescue_set_timer(ticket->clock,
                             (uint32_t)((known->cold_due_us - now_us) / 1000) + 1);
}

static void wake_others(const struct caa_lookup_ticket *ticket) {
    struct caa_lookup_ticket *other;
    LIST_FOREACH(other, &ticket->rescue->tickets, link)
    if (other != ticket && other->known == ticket->known && other->stage == RESCUE)
        caa_rescue_set_timer(other->clock, CAA_RESCUE_BUSY_MS);
}

/* What one has seen is for all who wait. */
static void note_cold_look(struct caa_lookup_ticket *ticket, bool sound) {
    if (caa_attempt_pinning(ticket->attempt)->zone_count > 0) return;
    if (sound && !ticket->known->cold_works) wake_others(ticket);
    ticket->known->cold_works = sound;
}

/* What is bogus, by a walk that does not lead to the name, is so perhaps for the sake of a zone
   that nobody has looked at yet. */
static void go_deeper(struct caa_lookup_ticket *ticket) {
    caa_rescue_drop_attempt(ticket);
    struct caa_legs legs = caa_investigation_legs(ticket->known->investigation);
    bool is_own = caa_rescue_is_own_investigation(ticket);
    /* Told when it is done; of its own the latest walk is what leads to the name. */
    if (!legs.legs[0].path->done || (is_own && !legs.latest->done)) return;
    if (is_own)
        caa_rescue_set_timer(ticket->clock, CAA_RESCUE_BUSY_MS);
    else if (caa_rescue_is_concerned(ticket))
        caa_rescue_investigate_alone(ticket);
    else
        caa_rescue_investigate_below(ticket);
}

static bool is_bogus_deeper(const struct caa_attempt *attempt) {
    return caa_attempt_bogus(attempt) != NULL && !caa_attempt_passed_over(attempt) &&
           !caa_attempt_pinning(attempt)->reaches_name;
}

/* That not everybody could be asked this time takes nothing back of what was found before:
   false where that is all there is to it. */
static bool note_attempted(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    const struct caa_attempt *attempt = ticket->attempt;
    bool is_bogus = caa_advice_is_bogus(answer);
    bool is_open =
        !is_bogus && (caa_attempt_bogus(attempt) != NULL || caa_attempt_passed_over(attempt));
    bool was_bogus = ticket->bogus_everywhere && caa_advice_is_bogus(ticket->failure);
    if (is_open && was_bogus) return false;
    ticket->bogus_everywhere = is_bogus;
    caa_rescue_note_failure(ticket, answer);
    return true;
}

static void on_attempted(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    note_cold_look(ticket, caa_answer_is_sound(answer));
    note_signed_zone(ticket, caa_attempt_pinning(ticket->attempt));
    if (caa_answer_is_sound(answer)) {
        caa_rescue_deliver_rescued(ticket, answer);
        return;
    }
    if (is_bogus_deeper(ticket->attempt)) {
        caa_rescue_note_bogus(ticket, caa_attempt_bogus(ticket->attempt));
        if (ticket->failure == NULL) caa_rescue_note_failure(ticket, answer);
        go_deeper(ticket);
        return;
    }
    bool others_hunt = caa_attempt_passed_over(ticket->attempt);
    bool some_may_be_good = caa_attempt_pinning(ticket->attempt)->has_unheard;
    bool is_news = note_attempted(ticket, answer);
    caa_rescue_drop_attempt(ticket);
    if (others_hunt)
        caa_rescue_set_timer(ticket->clock, HUNT_MS);
    else if (is_hopeless(ticket))
        caa_rescue_conclude(ticket);
    else if (ticket->try_again)
        caa_rescue_try(ticket);
    else if (!caa_rescue_is_own_investigation(ticket) &&
             !caa_rescue_fails_wholly(ticket->known, &ticket->question.name))
        caa_rescue_investigate_alone(ticket);
    else if (is_news && is_lost(ticket) && !some_may_be_good)
        caa_rescue_conclude(ticket);
}

static uint32_t patience_us(const struct caa_lookup_ticket *ticket) {
    return (uint32_t)(ATTEMPT_PATIENCE_MS * 1000) << ticket->hang_count;
}

static void note_moves(struct caa_lookup_ticket *ticket) {
    uint32_t looks = ticket->attempt == NULL ? 0 : caa_attempt_looks(ticket->attempt);
    if (looks == ticket->attempt_looks) return;
    ticket->attempt_looks = looks;
    ticket->attempt_moved_us = caa_rescue_elapsed_us(ticket);
}

static bool hangs(const struct caa_lookup_ticket *ticket) {
    return caa_rescue_elapsed_us(ticket) - ticket->attempt_moved_us > patience_us(ticket);
}

/* Who attends a walk to somebody else's zone for what is above both has learnt from it what
   there was to learn. */
static bool is_done_with_it(const struct caa_lookup_ticket *ticket) {
    return caa_investigation_evidence(ticket->known->investigation)->done &&
           !caa_rescue_is_concerned(ticket);
}

/* An attempt that does not lead round a trouble which is known now, that cannot tell whose data
   is bad where that can be told now, or that hangs, makes room for a new one. */
static bool is_outdated(struct caa_lookup_ticket *ticket, const struct caa_pinning *pinning) {
    if (is_bogus_deeper(ticket->attempt) && pinning->reaches_name) return true;
    if (caa_pinning_is_better(pinning, caa_attempt_pinning(ticket->attempt))) return true;
    if (!hangs(ticket)) return false;
    if (ticket->hang_count < HANGS_MOST) ticket->hang_count++;
    return true;
}

/* As many are kept for registries. */
static bool has_room(const struct caa_lookup_ticket *ticket) {
    return !ticket->of_subscriber ||
           (ticket->rescue->subscriber_attempts < ATTEMPTS_OF_SUBSCRIBERS &&
            ticket->known->attempts < ATTEMPTS_OF_ONE);
}

static void on_attempt_waits(void *context) {
    struct caa_lookup_ticket *ticket = context;
    caa_rescue_set_timer(ticket->clock, HUNT_MS);
}

static enum caa_err start_attempt(struct caa_lookup_ticket *ticket,
                                  const struct caa_pinning *pinning) {
    struct rescue *rescue = ticket->rescue;
    enum caa_err err =
        caa_attempt_start(&ticket->attempt, rescue->inner, &ticket->question, pinning,
                          rescue->setting.ledger, on_attempted, on_attempt_waits, ticket);
    ticket->attempt_looks = 0;
    note_moves(ticket);
    if (err != CAA_OK) return err;
    rescue->subscriber_attempts += ticket->of_subscriber;
    ticket->known->attempts++;
    return CAA_OK;
}

/* What validates nowhere for others, and has not validated here, is not tried at every server
   once more. It ends a lookup that met what is bogus, and makes it of no other. */
static bool is_bogus_everywhere(const struct caa_lookup_ticket *ticket,
                                const struct caa_pinning *pinning) {
    return ticket->attempt == NULL && ticket->proof.ticket == NULL && ticket->bogus != NULL &&
           caa_pinning_is_exhausted(pinning);
}

void caa_rescue_try(struct caa_lookup_ticket *ticket) {
    struct caa_pinning pinning;
    note_moves(ticket);
    bool is_stray = ticket->attempt != NULL && is_done_with_it(ticket);
    if (is_stray && hangs(ticket)) {
        caa_rescue_drop_attempt(ticket);
        caa_rescue_investigate_below(ticket);
        return;
    }
    caa_rescue_ask_again(ticket);
    /* Before anything is gathered: thousands may wait for their turn. */
    if (ticket->attempt == NULL && !has_room(ticket)) {
        caa_rescue_set_timer(ticket->clock, CAA_RESCUE_BUSY_MS);
        return;
    }
    caa_investigation_pinning(ticket->known->investigation, &ticket->question.name, &pinning);
    if (pinning.zone_count == 0 && !may_look_unpinned(ticket)) {
        wait_for_cold_look(ticket);
        return;
    }
    ticket->try_again = ticket->attempt != NULL && !is_outdated(ticket, &pinning);
    if (ticket->try_again) {
        if (is_stray) caa_rescue_set_timer(ticket->clock, patience_us(ticket) / 1000);
        return;
    }
    if (is_bogus_everywhere(ticket, &pinning)) {
        note_signed_zone(ticket, &pinning);
        caa_rescue_note_failure(ticket, ticket->bogus);
        caa_rescue_conclude(ticket);
        return;
    }
    caa_rescue_drop_attempt(ticket);
    if (pinning.zone_count == 0) caa_rescue_put_off_cold_look(ticket->known);
    if (start_attempt(ticket, &pinning) == CAA_OK)
        ticket->retry_count++;
    else
        caa_rescue_set_timer(ticket->clock,
                             caa_pinning_is_suspect(&pinning) ? HUNT_MS : CAA_RESCUE_BUSY_MS);
}

static void on_proof(void *context) {
    struct caa_lookup_ticket *ticket = context;
    if (is_hopeless(ticket)) caa_rescue_conclude(ticket);
}

/* Only for the sake of a policy, and never for where an alias leads (statement.c). */
static void want_proof(struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = ticket->rescue;
    struct caa_legs legs = caa_investigation_legs(ticket->known->investigation);
    struct caa_leg_zone found = caa_legs_failing_zone(&legs, &ticket->question.name);
    if (!rescue->setting.prove_insecure || found.zone == NULL || found.leg > 0) return;
    /* A forged referral may invent a cut in a signed zone, which has no DS there. */
    if (found.zone->parent == NULL || caa_path_confirmed_referral(found.zone) != NULL)
        caa_proof_want(&ticket->proof, rescue->inner, &found.zone->name, on_proof, ticket);
}

void caa_rescue_on_note(void *context, enum caa_investigation_event event) {
    struct caa_lookup_ticket *ticket = context;
    if (ticket->stage == CONCLUSION) return;
    bool walked = event == CAA_INVESTIGATION_WALKED;
    if (walked) want_proof(ticket);
    /* So that it is never older than a walk or two, however long this lasts. */
    if (walked) caa_rescue_control(ticket, CAA_RESCUE_LATELY_S);
    if (walked && is_hopeless(ticket)) {
        caa_rescue_conclude(ticket);
        return;
    }
    if (walked && ticket->attempt == NULL && !caa_rescue_is_concerned(ticket)) {
        caa_rescue_investigate_below(ticket);
        return;
    }
    caa_rescue_try(ticket);
}
