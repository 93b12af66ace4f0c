#include "rescue/rescue.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "rescue/attempt.h"
#include "rescue/control.h"
#include "rescue/investigation.h"
#include "rescue/patience.h"
#include "rescue/statement.h"
#include "rescue/suffix.h"

enum {
    GIVE_UP_MS_DEFAULT = 30000,
    SECOND_LOOK_MS = 300, /* what a late lookup's second look gets before the walk begins */
    ATTEMPT_PATIENCE_MS = 2000, /* then an attempt hangs, and makes room for another */
    BUSY_MS = 100,              /* pause where too much is in flight */
    LATE_MOST = 8, /* late ones looked after at once: when all are late, it is the load */
    INVESTIGATIONS_MOST = 40,
    INVESTIGATIONS_OF_SUBSCRIBERS =
        32, /* so that broken customer zones cannot starve a registry */
};

LIST_HEAD(ticket_list, caa_lookup_ticket);

/* One investigation in flight, to be found by its name. */
struct known_investigation {
    LIST_ENTRY(known_investigation) link;
    struct rescue *rescue;
    struct caa_investigation *investigation;
    bool of_subscriber;
};

LIST_HEAD(investigation_list, known_investigation);

struct rescue {
    struct caa_lookup lookup;
    struct caa_lookup *inner;
    struct caa_rescue_setting setting;
    struct caa_investigation_setting investigation_setting;
    struct caa_control_look *control;
    struct caa_patience patience;
    struct caa_rescue_counts counts;
    struct ticket_list tickets;
    struct investigation_list investigations;
    size_t investigation_count;
    size_t subscriber_count;
    size_t late_count;
};

/* What the clock of a lookup is for. */
enum stage { FIRST_LOOK, SECOND_LOOK, RESCUE };

struct caa_lookup_ticket {
    LIST_ENTRY(caa_lookup_ticket) link;
    struct rescue *rescue;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    int64_t started_us;
    enum stage stage;
    struct event *clock;
    struct event *give_up;
    struct caa_lookup_ticket *first_look;  /* of the lookup below; NULL: not in flight */
    struct caa_lookup_ticket *second_look; /* likewise, with cold caches */
    bool is_late;                          /* and counted as such */
    const struct caa_answer *failure;      /* the latest, NULL while it is only late */
    struct caa_attendant attendant;
    struct known_investigation *known; /* NULL: attends none */
    struct caa_attempt *attempt;
    uint32_t attempt_started_us; /* since the start of the lookup */
    bool try_again;              /* after the attempt that runs */
    uint32_t retry_count;        /* looks after the first one */
    struct caa_proof proof;      /* that the failing zone is unsigned */
};

static uint32_t random_number(const struct rescue *rescue) {
    uint32_t number;
    const struct caa_random *random = rescue->setting.random;
    random->fill(random->context, &number, sizeof number);
    return number;
}

static void set_timer(struct event *timer, uint32_t ms) {
    const struct timeval wait = {.tv_sec = ms / 1000,
                                 .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    evtimer_add(timer, &wait);
}

static uint32_t elapsed_us(const struct caa_lookup_ticket *ticket) {
    int64_t us = caa_clock_monotonic_us(ticket->rescue->setting.clock) - ticket->started_us;
    return us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

/* --- what is said of it */

/* How the recursor sees it, where the servers all seem fine. */
static enum caa_failure recursor_verdict(const struct caa_lookup_ticket *ticket) {
    if (ticket->failure == NULL) return CAA_FAILURE_NONE;
    if (ticket->failure->outcome == CAA_OUTCOME_BOGUS) return CAA_FAILURE_BOGUS;
    if (ticket->failure->outcome == CAA_OUTCOME_MALFORMED) return CAA_FAILURE_MALFORMED;
    return CAA_FAILURE_RECURSOR;
}

/* Another registry is only asked where one is about to be blamed. */
static enum caa_control control_for(const struct caa_lookup_ticket *ticket,
                                    const struct caa_path *path) {
    const struct caa_path_zone *zone = path == NULL ? NULL : caa_path_failing_zone(path);
    if (zone == NULL || caa_suffix_who(&zone->name) != CAA_FAULT_REGISTRY)
        return CAA_CONTROL_WORKS;
    return caa_control_state(ticket->rescue->control, &ticket->question.name);
}

static const struct caa_evidence *state_evidence(const struct caa_lookup_ticket *ticket) {
    const struct caa_path *path =
        ticket->known == NULL ? NULL : caa_investigation_evidence(ticket->known->investigation);
    struct caa_statement_context context = {
        .control = control_for(ticket, path),
        .verdict = recursor_verdict(ticket),
        .reason = ticket->failure == NULL ? NULL : ticket->failure->reason,
        .retry_count = ticket->retry_count,
        .proof = &ticket->proof,
        .elapsed_us = elapsed_us(ticket),
        .random = random_number(ticket->rescue),
    };
    return caa_statement_of(path, &context);
}

/* `content` with the evidence of this rescue; one reference for the caller. */
static const struct caa_answer *with_evidence(const struct caa_lookup_ticket *ticket,
                                              struct caa_answer content, bool rescued) {
    const struct caa_evidence *evidence = state_evidence(ticket);
    content.rescued = rescued;
    content.evidence = evidence;
    content.elapsed_us = elapsed_us(ticket);
    const struct caa_answer *answer = caa_answer_new(&content);
    caa_evidence_release(evidence);
    return answer;
}

static const struct caa_answer *failure_now(const struct caa_lookup_ticket *ticket) {
    const struct rescue *rescue = ticket->rescue;
    const struct caa_answer *failure =
        ticket->failure != NULL
            ? caa_answer_retain(ticket->failure)
            : caa_answer_failure(&ticket->question.name, ticket->question.type,
                                 CAA_OUTCOME_TIMEOUT,
                                 "no server that may be asked has answered",
                                 caa_clock_wall_us(rescue->setting.clock), elapsed_us(ticket));
    const struct caa_answer *answer = with_evidence(ticket, *failure, false);
    if (answer == NULL) return failure;
    caa_answer_release(failure);
    return answer;
}

/* --- the end of a lookup */

static void leave(struct caa_lookup_ticket *ticket) {
    if (ticket->known == NULL) return;
    caa_investigation_leave(ticket->known->investigation, &ticket->attendant);
    ticket->known = NULL;
}

static void free_ticket(struct caa_lookup_ticket *ticket) {
    struct caa_lookup *inner = ticket->rescue->inner;
    LIST_REMOVE(ticket, link);
    ticket->rescue->late_count -= ticket->is_late;
    leave(ticket);
    caa_attempt_free(ticket->attempt);
    caa_proof_drop(&ticket->proof);
    if (ticket->first_look != NULL) caa_lookup_cancel(inner, ticket->first_look);
    if (ticket->second_look != NULL) caa_lookup_cancel(inner, ticket->second_look);
    if (ticket->clock != NULL) event_free(ticket->clock);
    if (ticket->give_up != NULL) event_free(ticket->give_up);
    caa_answer_release(ticket->failure);
    free(ticket);
}

/* The ticket is out of every list before anybody is told: they may do as they like. */
static void deliver(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    caa_lookup_done *done = ticket->done;
    void *context = ticket->context;
    free_ticket(ticket);
    done(context, answer);
    caa_answer_release(answer);
}

static void deliver_rescued(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    const struct caa_answer *told = with_evidence(ticket, *answer, true);
    ticket->rescue->counts.rescued++;
    deliver(ticket, told != NULL ? told : failure_now(ticket));
}

static void deliver_failure(struct caa_lookup_ticket *ticket) {
    ticket->rescue->counts.lost++;
    deliver(ticket, failure_now(ticket));
}

static void note_failure(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    caa_answer_release(ticket->failure);
    ticket->failure = caa_answer_retain(answer);
}

/* --- investigations */

/* The one for the nearest ancestor: what fails there fails here. */
static struct known_investigation *find_investigation(struct rescue *rescue,
                                                      const struct caa_name *name) {
    struct known_investigation *known, *nearest = NULL;
    LIST_FOREACH(known, &rescue->investigations, link) {
        const struct caa_name *at = caa_investigation_name(known->investigation);
        if (!caa_name_is_subdomain(name, at)) continue;
        if (nearest == NULL || at->len > caa_investigation_name(nearest->investigation)->len)
            nearest = known;
    }
    return nearest;
}

static void forget_investigation(struct known_investigation *known) {
    struct rescue *rescue = known->rescue;
    LIST_REMOVE(known, link);
    rescue->investigation_count--;
    rescue->subscriber_count -= known->of_subscriber;
    free(known);
}

static void on_investigation_end(void *context, struct caa_investigation *investigation) {
    (void)investigation;
    forget_investigation(context);
}

static bool has_room(const struct rescue *rescue, bool of_subscriber) {
    return rescue->investigation_count < INVESTIGATIONS_MOST &&
           (!of_subscriber || rescue->subscriber_count < INVESTIGATIONS_OF_SUBSCRIBERS);
}

static enum caa_err open_investigation(struct caa_lookup_ticket *ticket,
                                       struct known_investigation **opened) {
    struct rescue *rescue = ticket->rescue;
    bool of_subscriber = caa_suffix_who(&ticket->question.name) == CAA_FAULT_SUBSCRIBER;
    if (!has_room(rescue, of_subscriber)) return CAA_ERR_LIMIT;
    struct known_investigation *known = calloc(1, sizeof *known);
    if (known == NULL) return CAA_ERR_NOMEM;
    enum caa_err err =
        caa_investigation_start(&known->investigation, &rescue->investigation_setting,
                                &ticket->question, on_investigation_end, known);
    if (err != CAA_OK) {
        free(known);
        return err;
    }
    known->rescue = rescue;
    known->of_subscriber = of_subscriber;
    LIST_INSERT_HEAD(&rescue->investigations, known, link);
    rescue->investigation_count++;
    rescue->subscriber_count += of_subscriber;
    rescue->counts.investigations++;
    *opened = known;
    return CAA_OK;
}

static void attend(struct caa_lookup_ticket *ticket, struct known_investigation *known) {
    ticket->known = known;
    caa_investigation_attend(known->investigation, &ticket->attendant);
}

static void investigate(struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = ticket->rescue;
    ticket->stage = RESCUE;
    if (ticket->known != NULL) return;
    evtimer_del(ticket->clock);
    caa_control_state(rescue->control, &ticket->question.name);
    struct known_investigation *known = find_investigation(rescue, &ticket->question.name);
    if (known != NULL || open_investigation(ticket, &known) == CAA_OK)
        attend(ticket, known);
    else
        set_timer(ticket->clock, BUSY_MS);
}

/* The ancestor's investigation did not help: this name has troubles of its own. */
static void investigate_alone(struct caa_lookup_ticket *ticket) {
    struct known_investigation *known;
    leave(ticket);
    if (open_investigation(ticket, &known) == CAA_OK)
        attend(ticket, known);
    else
        set_timer(ticket->clock, BUSY_MS);
}

static bool is_own_investigation(const struct caa_lookup_ticket *ticket) {
    return caa_name_equal(caa_investigation_name(ticket->known->investigation),
                          &ticket->question.name);
}

/* --- attempts */

static void try(struct caa_lookup_ticket *ticket);

/* Waiting helps only where the failure may pass. */
static bool is_lost(const struct caa_lookup_ticket *ticket) {
    return caa_advice_is_lasting(recursor_verdict(ticket));
}

static void on_attempted(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    if (caa_answer_is_sound(answer)) {
        deliver_rescued(ticket, answer);
        return;
    }
    note_failure(ticket, answer);
    caa_attempt_free(ticket->attempt);
    ticket->attempt = NULL;
    if (ticket->try_again)
        try(ticket);
    else if (ticket->known == NULL || !is_own_investigation(ticket))
        investigate_alone(ticket);
    else if (is_lost(ticket))
        deliver_failure(ticket);
}

/* An attempt that knows less than can be known now, or that hangs, makes room for a new one. */
static bool is_outdated(const struct caa_lookup_ticket *ticket, const struct caa_path *path) {
    return caa_attempt_pinnable_count(path) > caa_attempt_zone_count(ticket->attempt) ||
           elapsed_us(ticket) - ticket->attempt_started_us > ATTEMPT_PATIENCE_MS * 1000;
}

static void try(struct caa_lookup_ticket *ticket) {
    const struct caa_path *path = caa_investigation_path(ticket->known->investigation);
    ticket->try_again = ticket->attempt != NULL && !is_outdated(ticket, path);
    if (ticket->try_again) return;
    caa_attempt_free(ticket->attempt);
    ticket->attempt = NULL;
    ticket->attempt_started_us = elapsed_us(ticket);
    enum caa_err err = caa_attempt_start(&ticket->attempt, ticket->rescue->inner,
                                         &ticket->question, path, on_attempted, ticket);
    if (err == CAA_OK)
        ticket->retry_count++;
    else
        set_timer(ticket->clock, BUSY_MS);
}

/* Every server of the failing zone does what no waiting will change. */
static bool zone_is_lost(const struct caa_lookup_ticket *ticket) {
    const struct caa_path *path = caa_investigation_evidence(ticket->known->investigation);
    const struct caa_path_zone *zone = caa_path_failing_zone(path);
    return zone != NULL && caa_path_count_servers(path, zone).usable == 0 &&
           caa_advice_is_lasting(caa_path_zone_failure(zone));
}

static bool is_hopeless(const struct caa_lookup_ticket *ticket) {
    return ticket->attempt == NULL && ticket->failure != NULL && ticket->known != NULL &&
           ticket->proof.ticket == NULL && zone_is_lost(ticket);
}

static void on_proof(void *context) {
    struct caa_lookup_ticket *ticket = context;
    if (is_hopeless(ticket)) deliver_failure(ticket);
}

/* Only for the sake of a policy that wants it. */
static void want_proof(struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = ticket->rescue;
    const struct caa_path_zone *zone =
        caa_path_failing_zone(caa_investigation_evidence(ticket->known->investigation));
    if (rescue->setting.prove_insecure && zone != NULL)
        caa_proof_want(&ticket->proof, rescue->inner, &zone->name, on_proof, ticket);
}

static void on_note(void *context, enum caa_investigation_event event) {
    struct caa_lookup_ticket *ticket = context;
    bool walked = event == CAA_INVESTIGATION_WALKED;
    if (walked) want_proof(ticket);
    if (walked && is_hopeless(ticket)) {
        deliver_failure(ticket);
        return;
    }
    const struct caa_path *path = caa_investigation_path(ticket->known->investigation);
    if (caa_attempt_pinnable_count(path) > 0) try(ticket);
}

/* --- the first looks */

static void on_first_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->first_look = NULL;
    if (caa_answer_is_sound(answer)) {
        caa_patience_note(&ticket->rescue->patience, answer->elapsed_us);
        deliver(ticket, caa_answer_retain(answer));
        return;
    }
    ticket->rescue->counts.failed++;
    note_failure(ticket, answer);
    investigate(ticket);
}

static void on_second_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->second_look = NULL;
    if (caa_answer_is_sound(answer)) deliver(ticket, caa_answer_retain(answer));
}

/* Where an ancestor is being looked into, that is the reason; else a second look comes first.
 */
static void look_again(struct caa_lookup_ticket *ticket) {
    static const struct caa_pin cold = {0};
    struct rescue *rescue = ticket->rescue;
    if (find_investigation(rescue, &ticket->question.name) != NULL) {
        investigate(ticket);
        return;
    }
    if (rescue->late_count == LATE_MOST) {
        set_timer(ticket->clock, caa_patience_ms(&rescue->patience));
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
    set_timer(ticket->clock, SECOND_LOOK_MS);
}

static void on_clock(evutil_socket_t fd, short events, void *context) {
    struct caa_lookup_ticket *ticket = context;
    (void)fd;
    (void)events;
    switch (ticket->stage) {
    case FIRST_LOOK: look_again(ticket); break;
    case SECOND_LOOK: investigate(ticket); break;
    case RESCUE:
        if (ticket->known == NULL)
            investigate(ticket);
        else
            try(ticket);
        break;
    }
}

static void on_give_up(evutil_socket_t fd, short events, void *context) {
    (void)fd;
    (void)events;
    deliver_failure(context);
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
    ticket->attendant.note = on_note;
    ticket->attendant.context = ticket;
    LIST_INSERT_HEAD(&rescue->tickets, ticket, link);
    ticket->clock = evtimer_new(rescue->setting.base, on_clock, ticket);
    ticket->give_up = evtimer_new(rescue->setting.base, on_give_up, ticket);
    if (ticket->clock != NULL && ticket->give_up != NULL) return ticket;
    free_ticket(ticket);
    return NULL;
}

static void on_pinned_answer(void *context, const struct caa_answer *answer) {
    struct caa_lookup_ticket *ticket = context;
    ticket->first_look = NULL;
    deliver(ticket, caa_answer_retain(answer));
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
        free_ticket(ticket);
        return err;
    }
    ticket->question.pin = NULL;
    *started = ticket;
    if (pinned) return CAA_OK;
    rescue->counts.lookups++;
    set_timer(ticket->clock, caa_patience_ms(&rescue->patience));
    set_timer(ticket->give_up, rescue->setting.give_up_ms);
    return CAA_OK;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    (void)lookup;
    free_ticket(ticket);
}

static const struct caa_answer *failure_so_far(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *ticket) {
    (void)lookup;
    return ticket->failure == NULL && ticket->known == NULL ? NULL : failure_now(ticket);
}

static void free_rescue(struct caa_lookup *lookup) {
    struct rescue *rescue = (struct rescue *)lookup;
    struct caa_lookup_ticket *ticket;
    struct known_investigation *known;
    while ((ticket = LIST_FIRST(&rescue->tickets)) != NULL) free_ticket(ticket);
    while ((known = LIST_FIRST(&rescue->investigations)) != NULL) {
        caa_investigation_free(known->investigation);
        forget_investigation(known);
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
