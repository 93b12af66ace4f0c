/* What may be remembered, for how long, and when to ask again: the cache's decisions, pure. */
#ifndef CAA_RESOLVE_CACHE_RULE_H
#define CAA_RESOLVE_CACHE_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/answer.h"

enum {
    CAA_CACHE_LIFETIME_S_MOST = 3600,
    CAA_CACHE_RESCUED_S_MOST = 60,
    CAA_CACHE_FRESH_TTL_S_LEAST = 60, /* what lives shorter is not refreshed ahead */
    CAA_CACHE_FRESH_USES_LEAST = 2,   /* what fewer needed is not refreshed ahead */
    CAA_CACHE_RETRY_S = 5,            /* after a first failed refresh; doubles */
};

/* It says what the DNS has (records, NODATA, NXDOMAIN), secure or insecure: no failure. */
bool caa_cache_is_usable(const struct caa_answer *answer);

/* How long the answer may be used, in microseconds from when it was observed: its TTL, at most
   one hour, at most 60 s where it was rescued. 0: not at all, since it is a failure, or bogus
   or indeterminate, or has no TTL. */
int64_t caa_cache_lifetime_us(const struct caa_answer *answer);

/* An answer with such a lifetime, needed for the `uses`-th time since it was observed, deserves
   to be asked again ahead. True at the second use and at powers of two after it: who found no
   room to be kept fresh tries again, but not at every use. */
bool caa_cache_is_worth_keeping(int64_t lifetime_us, uint32_t uses);

/* When to ask ahead for what was observed and will end at these times: `random` picks between
   five eighths and three quarters of the way, so that what came together is not asked together.
 */
int64_t caa_cache_refresh_at_us(int64_t observed_us, int64_t expires_us, uint32_t random);

/* When to try again after a refresh that failed for the `failures`-th time: 5 s, 10 s and so
   on to 320 s, less up to a quarter by `random`. */
int64_t caa_cache_retry_at_us(int64_t now_us, uint32_t failures, uint32_t random);

#endif
