#include "rescue/attempt.h"

#include <stdlib.h>

#include "rescue/advice.h"

enum { HUNTERS = 4, HUNT_MOST = 64 };

/* One lookup of the attempt in flight. */
struct look {
    struct caa_attempt *attempt;
    struct caa_lookup_ticket *ticket; /* NULL: idle */
    bool is_trial;                    /* of one server, and which */
    size_t zone, address;
};

struct caa_attempt {
    struct caa_lookup *lookup;
    struct caa_question question;
    caa_attempt_done *done;
    caa_attempt_waits *waits;
    void *context;
    struct look looks[HUNTERS];
    const struct caa_answer
        *bogus; /* the first such answer, while others hunt for a good one */
    size_t hunt_zone, hunt_address; /* the next candidate: zones from the deepest up */
    size_t hunted;
    uint32_t look_count;    /* so far */
    int64_t observed_at_us; /* of the latest answer */
    uint32_t elapsed_us;
    bool passed_over; /* others are asking somebody, who might be good */
    bool lacks_room;  /* the next one could not be asked yet */
    struct caa_ledger *ledger;
    struct caa_pinning pinning;
};

const struct caa_pinning *caa_attempt_pinning(const struct caa_attempt *attempt) {
    return &attempt->pinning;
}

static void on_answer(void *context, const struct caa_answer *answer);

/* Asks with all zones pinned; zone `alone`, if there is such, to its address `index` only. */
static enum caa_err look(struct caa_attempt *attempt, struct look *look, size_t alone,
                         size_t index) {
    struct caa_pinned_zone zones[CAA_PIN_ZONES_MAX];
    struct sockaddr_storage(*addresses)[CAA_PIN_ADDRESSES_MAX] =
        calloc(attempt->pinning.zone_count + 1, sizeof *addresses);
    if (addresses == NULL) return CAA_ERR_NOMEM;
    for (size_t i = 0; i < attempt->pinning.zone_count; i++) {
        const struct caa_pinning_zone *from = &attempt->pinning.zones[i];
        size_t first = i == alone ? index : 0;
        size_t count = i == alone ? 1 : from->address_count;
        for (size_t a = 0; a < count; a++)
            caa_address_to_socket(&from->addresses[first + a], &addresses[i][a]);
        zones[i] = (struct caa_pinned_zone){from->zone, count, addresses[i]};
    }
    struct caa_pin pin = {.zone_count = attempt->pinning.zone_count,
                          .zones = zones,
                          .over_tcp = attempt->pinning.over_tcp};
    struct caa_question question = attempt->question;
    question.pin = &pin;
    look->attempt = attempt;
    enum caa_err err =
        caa_lookup_start(attempt->lookup, &question, on_answer, look, &look->ticket);
    if (err != CAA_OK) look->ticket = NULL;
    attempt->look_count += err == CAA_OK;
    free(addresses);
    return err;
}

/* Whose data is bad below is no witness against the servers of a zone above. */
static bool is_witness(const struct caa_attempt *attempt, size_t zone) {
    return zone == caa_pinning_deepest_signed(&attempt->pinning);
}

/* The deepest zone that is known need not be the one whose data is bad. */
static bool accuses(const struct caa_attempt *attempt, size_t zone) {
    return is_witness(attempt, zone) && attempt->pinning.reaches_name;
}

static void note_trial(struct look *look, enum caa_trial trial) {
    struct caa_attempt *attempt = look->attempt;
    const struct caa_pinning_zone *zone = &attempt->pinning.zones[look->zone];
    if (trial == CAA_TRIAL_BAD && !accuses(attempt, look->zone)) trial = CAA_TRIAL_NONE;
    if (look->is_trial && (trial == CAA_TRIAL_GOOD || is_witness(attempt, look->zone)))
        caa_ledger_note_trial(attempt->ledger, &zone->zone, &zone->addresses[look->address],
                              trial);
}

static void cancel_looks(struct caa_attempt *attempt) {
    for (size_t i = 0; i < HUNTERS; i++) {
        struct look *look = &attempt->looks[i];
        if (look->ticket == NULL) continue;
        caa_lookup_cancel(attempt->lookup, look->ticket);
        look->ticket = NULL;
        note_trial(look, CAA_TRIAL_NONE);
    }
}

static bool is_idle(const struct caa_attempt *attempt) {
    for (size_t i = 0; i < HUNTERS; i++)
        if (attempt->looks[i].ticket != NULL) return false;
    return true;
}

/* The next server to ask alone; false where all have been. A zone with one server was asked so.
 */
static bool next_candidate(struct caa_attempt *attempt, size_t *zone, size_t *address) {
    while (attempt->hunt_zone < attempt->pinning.zone_count && attempt->hunted < HUNT_MOST) {
        size_t at = attempt->pinning.zone_count - 1 - attempt->hunt_zone;
        const struct caa_pinning_zone *candidate = &attempt->pinning.zones[at];
        bool worth = candidate->is_signed && candidate->address_count > 1;
        if (worth && attempt->hunt_address < candidate->address_count) {
            *zone = at;
            *address = attempt->hunt_address++;
            attempt->hunted++;
            return true;
        }
        attempt->hunt_zone++;
        attempt->hunt_address = 0;
    }
    return false;
}

static bool claim(struct caa_attempt *attempt, size_t zone, size_t address) {
    const struct caa_pinning_zone *candidate = &attempt->pinning.zones[zone];
    return !is_witness(attempt, zone) ||
           caa_ledger_claim_trial(attempt->ledger, &candidate->zone,
                                  &candidate->addresses[address]);
}

/* Who was found to be bad is not passed over. */
static bool is_bad(struct caa_attempt *attempt, size_t zone, size_t address) {
    const struct caa_pinning_zone *candidate = &attempt->pinning.zones[zone];
    struct caa_ledger_zone known;
    return caa_ledger_find(attempt->ledger, &candidate->zone, &known) &&
           caa_ledger_trial_at(attempt->ledger, &known, &candidate->addresses[address]) ==
               CAA_TRIAL_BAD;
}

static bool others_hunt(struct caa_attempt *attempt) {
    size_t deepest = caa_pinning_deepest_signed(&attempt->pinning);
    const struct caa_pinning_zone *zone = &attempt->pinning.zones[deepest];
    struct caa_ledger_zone known;
    if (deepest == attempt->pinning.zone_count ||
        !caa_ledger_find(attempt->ledger, &zone->zone, &known))
        return false;
    for (size_t i = 0; i < zone->address_count; i++)
        if (caa_ledger_trial_at(attempt->ledger, &known, &zone->addresses[i]) ==
            CAA_TRIAL_RUNNING)
            return true;
    return false;
}

/* Asks one more server alone; false where none is left, or there is no room. */
static bool send_hunter(struct caa_attempt *attempt, struct look *hunter) {
    size_t zone, address;
    while (next_candidate(attempt, &zone, &address)) {
        if (!claim(attempt, zone, address)) {
            attempt->passed_over |= !is_bad(attempt, zone, address);
            continue;
        }
        hunter->attempt = attempt;
        hunter->is_trial = true;
        hunter->zone = zone;
        hunter->address = address;
        if (look(attempt, hunter, zone, address) == CAA_OK) return true;
        note_trial(hunter, CAA_TRIAL_NONE);
        attempt->hunt_address--;
        attempt->hunted--;
        attempt->lacks_room = true;
        return false;
    }
    return false;
}

static void send_hunters(struct caa_attempt *attempt) {
    for (size_t i = 0; i < HUNTERS; i++)
        if (attempt->looks[i].ticket == NULL && !send_hunter(attempt, &attempt->looks[i]))
            return;
}

static enum caa_err look_at_all(struct caa_attempt *attempt) {
    attempt->looks[0].is_trial = false;
    enum caa_err err = look(attempt, &attempt->looks[0], CAA_PIN_ZONES_MAX, 0);
    attempt->lacks_room = err != CAA_OK;
    return err;
}

static void conclude(struct caa_attempt *attempt) {
    bool has_signed =
        attempt->pinning.is_short ||
        caa_pinning_deepest_signed(&attempt->pinning) < attempt->pinning.zone_count;
    bool is_bogus = attempt->bogus != NULL && !attempt->passed_over &&
                    !attempt->pinning.is_partial && attempt->pinning.reaches_name && has_signed;
    const struct caa_answer *answer =
        is_bogus ? caa_answer_retain(attempt->bogus)
                 : caa_answer_failure(&attempt->question.name, attempt->question.type,
                                      CAA_OUTCOME_SERVFAIL, "not everybody could be asked yet",
                                      attempt->observed_at_us, attempt->elapsed_us);
    attempt->done(attempt->context, answer);
    caa_answer_release(answer);
}

/* While a walk is under way, it may be about to come to the zone that is bad. And where the
   walk is somebody else's and done, a hunt would keep those from it who can tell by it whose
   data is bad: there is more to learn deeper down. */
static bool may_hunt(const struct caa_attempt *attempt) {
    return attempt->pinning.reaches_name ||
           (attempt->pinning.is_partial && caa_pinning_is_suspect(&attempt->pinning));
}

/* Keeps the hunters busy; the attempt has failed when none is left. It is not bogus as long as
   somebody was not asked: that would be for good. */
static void hunt(struct caa_attempt *attempt) {
    attempt->lacks_room = false;
    if (may_hunt(attempt)) send_hunters(attempt);
    if (!is_idle(attempt)) return;
    bool has_looked = attempt->bogus != NULL || attempt->passed_over;
    if (!attempt->lacks_room && !has_looked) look_at_all(attempt);
    if (!is_idle(attempt)) return;
    if (attempt->lacks_room)
        attempt->waits(attempt->context);
    else
        conclude(attempt);
}

bool caa_attempt_go_on(struct caa_attempt *attempt) {
    if (!attempt->lacks_room || !is_idle(attempt)) return false;
    hunt(attempt);
    return true;
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct look *look_done = context;
    struct caa_attempt *attempt = look_done->attempt;
    bool sound = caa_answer_is_sound(answer);
    bool bogus = caa_advice_is_bogus(answer);
    look_done->ticket = NULL;
    note_trial(look_done, sound ? CAA_TRIAL_GOOD : bogus ? CAA_TRIAL_BAD : CAA_TRIAL_NONE);
    if (sound || (!look_done->is_trial && !bogus)) {
        cancel_looks(attempt);
        attempt->done(attempt->context, answer);
        return;
    }
    attempt->observed_at_us = answer->observed_at_us;
    attempt->elapsed_us = answer->elapsed_us;
    if (bogus && attempt->bogus == NULL) attempt->bogus = caa_answer_retain(answer);
    hunt(attempt);
}

bool caa_attempt_passed_over(const struct caa_attempt *attempt) {
    return attempt->passed_over;
}

const struct caa_answer *caa_attempt_bogus(const struct caa_attempt *attempt) {
    return attempt->bogus;
}

uint32_t caa_attempt_looks(const struct caa_attempt *attempt) {
    return attempt->look_count;
}

/* Where bad data is about, to ask all at once is in vain: the hunt begins at once, or that of
   others is waited for. */
static enum caa_err start(struct caa_attempt *attempt) {
    if (!caa_pinning_is_suspect(&attempt->pinning)) return look_at_all(attempt);
    if (!may_hunt(attempt)) return others_hunt(attempt) ? CAA_ERR_LIMIT : look_at_all(attempt);
    send_hunters(attempt);
    if (!is_idle(attempt)) return CAA_OK;
    if (attempt->passed_over || attempt->lacks_room) return CAA_ERR_LIMIT;
    return look_at_all(attempt);
}

enum caa_err caa_attempt_start(struct caa_attempt **started, struct caa_lookup *lookup,
                               const struct caa_question *question,
                               const struct caa_pinning *pinning, struct caa_ledger *ledger,
                               caa_attempt_done *done, caa_attempt_waits *waits,
                               void *context) {
    struct caa_attempt *attempt = calloc(1, sizeof *attempt);
    if (attempt == NULL) return CAA_ERR_NOMEM;
    attempt->lookup = lookup;
    attempt->question = *question;
    attempt->done = done;
    attempt->waits = waits;
    attempt->context = context;
    attempt->pinning = *pinning;
    attempt->ledger = ledger;
    enum caa_err err = start(attempt);
    if (err == CAA_OK)
        *started = attempt;
    else
        free(attempt);
    return err;
}

void caa_attempt_free(struct caa_attempt *attempt) {
    if (attempt == NULL) return;
    cancel_looks(attempt);
    caa_answer_release(attempt->bogus);
    free(attempt);
}
