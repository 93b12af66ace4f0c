#include "rescue/attempt.h"

#include <stdlib.h>

#include "rescue/advice.h"

enum { HUNTERS = 4, HUNT_MOST = 64 };

/* One lookup of the attempt in flight. */
struct look {
    struct caa_attempt *attempt;
    struct caa_lookup_ticket *ticket; /* NULL: idle */
};

struct caa_attempt {
    struct caa_lookup *lookup;
    struct caa_question question;
    caa_attempt_done *done;
    void *context;
    struct look looks[HUNTERS];
    const struct caa_answer *bogus; /* of the first look, while others hunt for a good server */
    size_t hunt_zone, hunt_address; /* the next candidate: zones from the deepest up */
    size_t hunted;
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
    free(addresses);
    return err;
}

static void cancel_looks(struct caa_attempt *attempt) {
    for (size_t i = 0; i < HUNTERS; i++) {
        if (attempt->looks[i].ticket == NULL) continue;
        caa_lookup_cancel(attempt->lookup, attempt->looks[i].ticket);
        attempt->looks[i].ticket = NULL;
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

/* As many as there is room for; `passed_over`: somebody could not be asked, who might be good.
 */
static void send_hunters(struct caa_attempt *attempt, bool *passed_over) {
    for (size_t i = 0; i < HUNTERS; i++) {
        size_t zone, address;
        if (attempt->looks[i].ticket != NULL) continue;
        if (!next_candidate(attempt, &zone, &address)) return;
        if (look(attempt, &attempt->looks[i], zone, address) == CAA_OK) continue;
        attempt->hunt_address--;
        attempt->hunted--;
        *passed_over = true;
        return;
    }
}

/* Keeps the hunters busy; the attempt has failed when none is left. It is not bogus as long as
   somebody was not asked: that would be for good. */
static void hunt(struct caa_attempt *attempt) {
    bool passed_over = attempt->pinning.is_partial;
    send_hunters(attempt, &passed_over);
    if (!is_idle(attempt)) return;
    const struct caa_answer *answer =
        passed_over
            ? caa_answer_failure(&attempt->question.name, attempt->question.type,
                                 CAA_OUTCOME_SERVFAIL, "not everybody could be asked yet",
                                 attempt->bogus->observed_at_us, attempt->bogus->elapsed_us)
            : caa_answer_retain(attempt->bogus);
    attempt->done(attempt->context, answer);
    caa_answer_release(answer);
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct look *look_done = context;
    struct caa_attempt *attempt = look_done->attempt;
    look_done->ticket = NULL;
    bool sound = caa_answer_is_sound(answer);
    if (sound || (attempt->bogus == NULL && !caa_advice_is_bogus(answer))) {
        cancel_looks(attempt);
        attempt->done(attempt->context, answer);
        return;
    }
    if (attempt->bogus == NULL) attempt->bogus = caa_answer_retain(answer);
    hunt(attempt);
}

enum caa_err caa_attempt_start(struct caa_attempt **started, struct caa_lookup *lookup,
                               const struct caa_question *question,
                               const struct caa_pinning *pinning, caa_attempt_done *done,
                               void *context) {
    struct caa_attempt *attempt = calloc(1, sizeof *attempt);
    if (attempt == NULL) return CAA_ERR_NOMEM;
    attempt->lookup = lookup;
    attempt->question = *question;
    attempt->done = done;
    attempt->context = context;
    attempt->pinning = *pinning;
    enum caa_err err = look(attempt, &attempt->looks[0], CAA_PIN_ZONES_MAX, 0);
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
