#include "resolve/cache_rule.h"

enum { US_PER_S = 1000000, RETRY_DOUBLINGS_MOST = 6 };

bool caa_cache_is_usable(const struct caa_answer *answer) {
    return (answer->outcome == CAA_OUTCOME_RECORDS || answer->outcome == CAA_OUTCOME_NODATA ||
            answer->outcome == CAA_OUTCOME_NXDOMAIN) &&
           (answer->security == CAA_SECURITY_SECURE ||
            answer->security == CAA_SECURITY_INSECURE);
}

int64_t caa_cache_lifetime_us(const struct caa_answer *answer) {
    if (!caa_cache_is_usable(answer)) return 0;
    uint32_t most_s = answer->rescued ? CAA_CACHE_RESCUED_S_MOST : CAA_CACHE_LIFETIME_S_MOST;
    return (int64_t)(answer->ttl_s < most_s ? answer->ttl_s : most_s) * US_PER_S;
}

bool caa_cache_is_worth_keeping(int64_t lifetime_us, uint32_t uses) {
    return lifetime_us >= (int64_t)CAA_CACHE_FRESH_TTL_S_LEAST * US_PER_S &&
           uses >= CAA_CACHE_FRESH_USES_LEAST &&
           (uses == CAA_CACHE_FRESH_USES_LEAST || (uses & (uses - 1)) == 0);
}

int64_t caa_cache_refresh_at_us(int64_t observed_us, int64_t expires_us, uint32_t random) {
    int64_t eighth_us = (expires_us - observed_us) / 8;
    /* At most an hour's eighth times 2^32: far from overflow. */
    return observed_us + eighth_us * 5 + eighth_us * random / UINT32_MAX;
}

int64_t caa_cache_retry_at_us(int64_t now_us, uint32_t failures, uint32_t random) {
    uint32_t doublings = failures == 0 ? 0 : failures - 1;
    if (doublings > RETRY_DOUBLINGS_MOST) doublings = RETRY_DOUBLINGS_MOST;
    int64_t wait_us = (int64_t)CAA_CACHE_RETRY_S * US_PER_S * (1 << doublings);
    return now_us + wait_us - wait_us / 4 * random / UINT32_MAX;
}
