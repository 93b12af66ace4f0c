/* Who may be asked next: many names are started at once, but few of one zone, and fewer still
   where it fails. Pure: time is passed in. */
#ifndef CAA_ENGINE_PACE_H
#define CAA_ENGINE_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/name.h"

struct caa_pace_setting {
    uint32_t items;          /* that may wait or run at one time; they are numbered below it */
    uint32_t rate_most;      /* starts a second in all, 1 to 1,000,000 */
    uint32_t zone_rate_most; /* of one zone, likewise */
    uint32_t at_once_most;   /* that run, in all */
    uint64_t seed;           /* unpredictable: names are strangers' */
};

enum { CAA_PACE_ZONE_AT_ONCE = 8, CAA_PACE_SLOWEST_US = 500000 };

/* What became of an item. */
enum caa_pace_end {
    CAA_PACE_GOOD,
    CAA_PACE_ZONE_FAILED, /* the zone gets half its rate; good ends bring it back */
    CAA_PACE_WE_FAILED,   /* our own network or resolver: fewer at once, of all zones */
};

struct caa_pace;

/* CAA_ERR_NOMEM. */
enum caa_err caa_pace_new(struct caa_pace **pace, const struct caa_pace_setting *setting);

/* Item `item`, which is not in use, waits for its turn in `zone`. */
void caa_pace_add(struct caa_pace *pace, uint32_t item, const struct caa_name *zone);

/* Takes an item whose turn it is at `now_us`, monotonic: zones take turns. False where none
   may start now. */
bool caa_pace_next(struct caa_pace *pace, int64_t now_us, uint32_t *item);

/* An item that was taken has ended. */
void caa_pace_done(struct caa_pace *pace, uint32_t item, enum caa_pace_end end, int64_t now_us);

/* How many may run at once now. */
uint32_t caa_pace_at_once(const struct caa_pace *pace);

/* NULL is fine. */
void caa_pace_free(struct caa_pace *pace);

#endif
