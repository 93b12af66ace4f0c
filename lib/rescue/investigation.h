/* The walk for one name, and for what it is an alias of, repeated with pauses while it fails,
   and what follows from it: whom to ask again. Several lookups that fail for the same reason
   attend one investigation. */
#ifndef CAA_RESCUE_INVESTIGATION_H
#define CAA_RESCUE_INVESTIGATION_H

#include <stdbool.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "probe/walk.h"
#include "rescue/ledger.h"
#include "rescue/leg.h"
#include "rescue/pinning.h"

/* What all investigations of a rescue have in common; must outlive them. */
struct caa_investigation_setting {
    struct event_base *base;
    const struct caa_clock *clock;
    const struct caa_random *random; /* NULL: the system's */
    struct caa_lookup *lookup;       /* resolves names of servers */
    const struct caa_root_hints *root_hints;
    struct caa_ledger *ledger;
};

enum caa_investigation_event {
    CAA_INVESTIGATION_TRY, /* one more zone has servers that work and may be pinned: ask again
                            */
    CAA_INVESTIGATION_WALKED, /* a walk has come to its end; the next one follows */
};

/* One who waits for an investigation; part of whatever attends. */
struct caa_attendant {
    LIST_ENTRY(caa_attendant) link;
    /* Called for each event, from the event loop; it may attend and leave. */
    void (*note)(void *context, enum caa_investigation_event event);
    void *context;
};

struct caa_investigation;

/* Starts to walk for `question`. As long as anybody attends, walk follows walk; soon after the
   last one has left, `ended` is told and the investigation is freed. As caa_walk_start. */
enum caa_err caa_investigation_start(
    struct caa_investigation **investigation, const struct caa_investigation_setting *setting,
    const struct caa_question *question,
    void (*ended)(void *context, struct caa_investigation *investigation), void *context);

/* Joins; where there is already somebody to ask, the event comes with the next turn of the
 * loop. */
void caa_investigation_attend(struct caa_investigation *investigation,
                              struct caa_attendant *attendant);

/* Leaves; nothing is told to the attendant after this. */
void caa_investigation_leave(struct caa_investigation *investigation,
                             struct caa_attendant *attendant);

/* The name that it walks for. */
const struct caa_name *caa_investigation_name(const struct caa_investigation *investigation);

/* Whom to pin for `name`, which need not be the one that it walks for, by what is known now:
   partial where neither is above the other. */
void caa_investigation_pinning(const struct caa_investigation *investigation,
                               const struct caa_name *name, struct caa_pinning *pinning);

/* What the walk for the name that asked everybody found. Changes until it is through. */
const struct caa_path *caa_investigation_evidence(
    const struct caa_investigation *investigation);

/* That was seen, or seen again, a short time ago (CAA_LEDGER_ALL_ASKED_S): older evidence says
   nothing of who has just come. */
bool caa_investigation_is_fresh(const struct caa_investigation *investigation);

/* The same with what was found on the way to where the name leads as an alias, and lately:
   evidence. */
struct caa_legs caa_investigation_legs(const struct caa_investigation *investigation);

/* The same as of before a zone recovered, where that is not long ago: what a lookup was saved
   from that has an answer now. */
struct caa_legs caa_investigation_legs_before(const struct caa_investigation *investigation);

/* When a zone was last seen to have recovered (monotonic); INT64_MIN: never. */
int64_t caa_investigation_recovered_us(const struct caa_investigation *investigation);

/* Frees it at once, without a word to anybody. */
void caa_investigation_free(struct caa_investigation *investigation);

#endif
