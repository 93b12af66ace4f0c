/* How often each client may ask: a token bucket each, in a table that never grows. */
#ifndef CAA_SERVE_RATE_H
#define CAA_SERVE_RATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct caa_rate;

/* Makes a table that all threads may use, without a limit. `seed` is secret and random: clients
   choose their addresses. CAA_ERR_NOMEM. */
enum caa_err caa_rate_new(struct caa_rate **rate, uint64_t seed);

/* From now on a client may make `per_s` requests a second on average, and `burst` (not 0) at
   once after a pause. 0: there is no limit. */
void caa_rate_set(struct caa_rate *rate, uint32_t per_s, uint32_t burst);

/* Takes one request of a client out of its bucket: 0, or, where it is empty, the milliseconds
   until it is not. `now_us` is of one monotonic clock. Where too many clients are known, the
   one that asked least lately is forgotten. */
uint32_t caa_rate_take(struct caa_rate *rate, struct caa_slice client, int64_t now_us);

/* NULL is fine. */
void caa_rate_free(struct caa_rate *rate);

#endif
