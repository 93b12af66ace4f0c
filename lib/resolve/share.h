/* Identical questions in flight become one: a hundred names under `net` ask `net` once. */
#ifndef CAA_RESOLVE_SHARE_H
#define CAA_RESOLVE_SHARE_H

#include <stdint.h>

#include "base/err.h"
#include "dns/lookup.h"

/* Wraps `inner`, which the new lookup owns from here on, also on error. A question is cancelled
   below when the last one who waits for it cancels; one with a pin is never shared. `seed` is
   secret and random, since names come from strangers. CAA_ERR_NOMEM. */
enum caa_err caa_share_new(struct caa_lookup **lookup, struct caa_lookup *inner, uint64_t seed);

/* Questions that were asked below so far: to show that sharing works. */
uint64_t caa_share_asked_count(const struct caa_lookup *lookup);

#endif
