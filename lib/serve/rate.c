#include "serve/rate.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SETS = 1024, WAYS = 8, US_PER_S = 1000000 };

/* A bucket as the moment at which it is full: each request moves that by 1/per_s. */
struct bucket {
    uint64_t client; /* hash; two clients with one hash share a bucket */
    int64_t full_at_us;
};

struct caa_rate {
    struct caa_rate_setting setting;
    pthread_mutex_t mutex;
    struct bucket buckets[SETS][WAYS];
};

enum caa_err caa_rate_new(struct caa_rate **made, const struct caa_rate_setting *setting) {
    if (setting->per_s == 0 || setting->burst == 0) return CAA_ERR_LIMIT;
    struct caa_rate *rate = calloc(1, sizeof *rate);
    if (rate == NULL) return CAA_ERR_NOMEM;
    if (pthread_mutex_init(&rate->mutex, NULL) != 0) {
        free(rate);
        return CAA_ERR_NOMEM;
    }
    rate->setting = *setting;
    *made = rate;
    return CAA_OK;
}

/* FNV-1a with a secret start, and stirred at the end (splitmix64). */
static uint64_t hash_of(uint64_t seed, struct caa_slice client) {
    uint64_t hash = 0xcbf29ce484222325u ^ seed;
    for (size_t i = 0; i < client.len; i++)
        hash = (hash ^ (unsigned char)client.ptr[i]) * 0x100000001b3u;
    hash = (hash ^ (hash >> 30) ^ seed) * 0xbf58476d1ce4e5b9u;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebu;
    return hash ^ (hash >> 31);
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
    const int64_t step_us = US_PER_S / (int64_t)rate->setting.per_s;
    const int64_t most_us = (int64_t)rate->setting.burst * US_PER_S / rate->setting.per_s;
    uint64_t hash = hash_of(rate->setting.seed, client);
    pthread_mutex_lock(&rate->mutex);
    struct bucket *bucket = bucket_for(rate, hash);
    if (bucket->full_at_us < now_us) bucket->full_at_us = now_us;
    int64_t wait_us = bucket->full_at_us + step_us - now_us - most_us;
    if (wait_us <= 0) bucket->full_at_us += step_us;
    pthread_mutex_unlock(&rate->mutex);
    return wait_us <= 0 ? 0 : (uint32_t)(wait_us / 1000 + 1);
}

void caa_rate_free(struct caa_rate *rate) {
    if (rate == NULL) return;
    pthread_mutex_destroy(&rate->mutex);
    free(rate);
}
