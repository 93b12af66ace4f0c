/* How often each client may ask: a token bucket each, in a table that never grows. */
#ifndef CAA_SERVE_RATE_H
#define CAA_SERVE_RATE_H

#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"

struct caa_rate;

struct caa_rate_setting {
    uint32_t per_s; /* requests a second that a client may make on average; not 0 */
    uint32_t burst; /* and at once, after a pause; not 0 */
    uint64_t seed;  /* secret and random: clients choose their addresses */
};

/* Makes a table that all threads may use. CAA_ERR_NOMEM, CAA_ERR_LIMIT for a 0. */
enum caa_err caa_rate_new(struct caa_rate **rate, const struct caa_rate_setting *setting);

/* Takes one request of a client out of its bucket: 0, or, where it is empty, the milliseconds
   until it is not. `now_us` is of one monotonic clock. Where too many clients are known, the
   one that asked least lately is forgotten. */
uint32_t caa_rate_take(struct caa_rate *rate, struct caa_slice client, int64_t now_us);

/* NULL is fine. */
void caa_rate_free(struct caa_rate *rate);

#endif
