/* How often a client may ask: a bucket of tokens for each, in a table that does not grow. */
#ifndef CAA_SERVE_RATE_LIMIT_H
#define CAA_SERVE_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"

enum {
    CAA_RATE_CLIENTS_MOST = 8192, /* remembered at once; who was seen least lately goes */
    CAA_RATE_PER_S_MOST = 1000000,
};

struct caa_rate_limit;

/* Makes a limit of `per_s` tokens a second for each client, of which it may save up `burst`
   (both at least 1, at most CAA_RATE_PER_S_MOST). A client is an IPv4 address or a /64 of
   IPv6. `seed` is secret and random. CAA_ERR_LIMIT, CAA_ERR_NOMEM. */
enum caa_err caa_rate_limit_new(struct caa_rate_limit **limit, uint32_t per_s, uint32_t burst,
                                uint64_t seed);

/* Takes a token of the client at `address`, `now_us` by a monotonic clock; false where it has
   none left. */
bool caa_rate_limit_take(struct caa_rate_limit *limit, const struct sockaddr *address,
                         int64_t now_us);

/* NULL is fine. */
void caa_rate_limit_free(struct caa_rate_limit *limit);

#endif
