#include "resolve/cache_rule.h"

#include <stdlib.h>
#include <string.h>

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

static int compare(const void *left, const void *right) {
    const struct caa_slice *a = left, *b = right;
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    return a->len == 0 ? 0 : memcmp(a->ptr, b->ptr, a->len);
}

static bool same_in_order(const struct caa_slice *a, const struct caa_slice *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!caa_slice_equal(a[i], b[i])) return false;
    return true;
}

/* Servers rotate what they answer, and a hostile set is large: sorted copies. */
static bool same_in_any_order(const struct caa_slice *a, const struct caa_slice *b,
                              size_t count) {
    struct caa_slice *sorted = calloc(count * 2, sizeof *sorted);
    /* Without memory nothing was found. */
    if (sorted == NULL) return true;
    memcpy(sorted, a, count * sizeof *sorted);
    memcpy(sorted + count, b, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    qsort(sorted + count, count, sizeof *sorted, compare);
    bool same = same_in_order(sorted, sorted + count, count);
    free(sorted);
    return same;
}

bool caa_cache_answers_agree(const struct caa_answer *a, const struct caa_answer *b) {
    if (a->security != b->security || a->rdata_count != b->rdata_count) return false;
    if ((a->outcome == CAA_OUTCOME_RECORDS) != (b->outcome == CAA_OUTCOME_RECORDS))
        return false;
    return same_in_order(a->rdata, b->rdata, a->rdata_count) ||
           same_in_any_order(a->rdata, b->rdata, a->rdata_count);
}
