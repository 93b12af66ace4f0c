#include "serve/rate.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/hash.h"

enum { SETS = 1024, WAYS = 8, US_PER_S = 1000000 };

/* A bucket as the moment at which it is full: each request moves that by 1/per_s. */
struct bucket {
    uint64_t client; /* hash; two clients with one hash share a bucket */
    int64_t full_at_us;
};

struct caa_rate {
    uint64_t seed;
    _Atomic uint32_t per_s;
    pthread_mutex_t mutex; /* over what follows */
    int64_t step_us, most_us;
    struct bucket buckets[SETS][WAYS];
};

enum caa_err caa_rate_new(struct caa_rate **made, uint64_t seed) {
    struct caa_rate *rate = calloc(1, sizeof *rate);
    if (rate == NULL) return CAA_ERR_NOMEM;
    if (pthread_mutex_init(&rate->mutex, NULL) != 0) {
        free(rate);
        return CAA_ERR_NOMEM;
    }
    rate->seed = seed;
    *made = rate;
    return CAA_OK;
}

void caa_rate_set(struct caa_rate *rate, uint32_t per_s, uint32_t burst) {
    pthread_mutex_lock(&rate->mutex);
    if (per_s > 0) {
        rate->step_us = US_PER_S / (int64_t)per_s;
        rate->most_us = (int64_t)burst * US_PER_S / per_s;
    }
    rate->per_s = per_s;
    pthread_mutex_unlock(&rate->mutex);
}

/* The client's bucket, or the fullest one of its set. */
static struct bucket *bucket_for(struct caa_rate *rate, uint64_t client) {
    struct bucket *set = rate->buckets[client % SETS], *chosen = set;
    for (size_t i = 0; i < WAYS; i++) {
        if (set[i].client == client) return &set[i];
        if (set[i].full_at_us < chosen->full_at_us) chosen = &set[i];
    }
    *chosen = (struct bucket){.client = client};
    return chosen;
}

uint32_t caa_rate_take(struct caa_rate *rate, struct caa_slice client, int64_t now_us) {
    if (rate->per_s == 0) return 0;
    uint64_t hash = caa_hash(client, rate->seed);
    pthread_mutex_lock(&rate->mutex);
    struct bucket *bucket = bucket_for(rate, hash);
    if (bucket->full_at_us < now_us) bucket->full_at_us = now_us;
    int64_t wait_us = bucket->full_at_us + rate->step_us - now_us - rate->most_us;
    if (wait_us <= 0) bucket->full_at_us += rate->step_us;
    pthread_mutex_unlock(&rate->mutex);
    return wait_us <= 0 ? 0 : (uint32_t)(wait_us / 1000 + 1);
}

void caa_rate_free(struct caa_rate *rate) {
    if (rate == NULL) return;
    pthread_mutex_destroy(&rate->mutex);
    free(rate);
}
