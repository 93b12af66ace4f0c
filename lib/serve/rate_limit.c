#include "serve/rate_limit.h"

#include <stdlib.h>
#include <string.h>

#include "serve/address_range.h"

enum { PLACES = 8, SETS = CAA_RATE_CLIENTS_MOST / PLACES, US_PER_S = 1000000 };

/* Tokens are counted in millionths, so that each microsecond brings `per_s` of them. */
struct bucket {
    uint64_t client; /* the hash of its address; 0: free */
    int64_t seen_us;
    int64_t tokens;
};

struct caa_rate_limit {
    int64_t per_s, most;
    uint64_t seed;
    struct bucket buckets[SETS][PLACES];
};

enum caa_err caa_rate_limit_new(struct caa_rate_limit **made, uint32_t per_s, uint32_t burst,
                                uint64_t seed) {
    if (per_s == 0 || burst == 0 || per_s > CAA_RATE_PER_S_MOST || burst > CAA_RATE_PER_S_MOST)
        return CAA_ERR_LIMIT;
    struct caa_rate_limit *limit = calloc(1, sizeof *limit);
    if (limit == NULL) return CAA_ERR_NOMEM;
    limit->per_s = per_s;
    limit->most = (int64_t)burst * US_PER_S;
    limit->seed = seed;
    *made = limit;
    return CAA_OK;
}

static uint64_t mix(uint64_t hash) {
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

/* Whoever has an IPv6 network has a whole /64 of it. */
static uint64_t client_of(const struct caa_rate_limit *limit, const struct sockaddr *address) {
    uint8_t octets[16] = {0};
    uint64_t halves[2];
    caa_address_octets(address, octets);
    if (address->sa_family == AF_INET6) memset(octets + 8, 0, 8);
    memcpy(halves, octets, sizeof halves);
    uint64_t hash = mix(mix(halves[0] ^ limit->seed) ^ halves[1] ^ limit->seed);
    return hash == 0 ? 1 : hash;
}

/* Its bucket, or that of who was seen least lately, filled anew. */
static struct bucket *bucket_of(struct caa_rate_limit *limit, uint64_t client, int64_t now_us) {
    struct bucket *set = limit->buckets[client % SETS], *oldest = &set[0];
    for (size_t i = 0; i < PLACES; i++) {
        if (set[i].client == client) return &set[i];
        if (oldest->client != 0 && (set[i].client == 0 || set[i].seen_us < oldest->seen_us))
            oldest = &set[i];
    }
    *oldest = (struct bucket){.client = client, .seen_us = now_us, .tokens = limit->most};
    return oldest;
}

bool caa_rate_limit_take(struct caa_rate_limit *limit, const struct sockaddr *address,
                         int64_t now_us) {
    struct bucket *bucket = bucket_of(limit, client_of(limit, address), now_us);
    int64_t passed_us = now_us - bucket->seen_us, missing = limit->most - bucket->tokens;
    if (passed_us > 0) {
        bool full = passed_us > missing / limit->per_s;
        bucket->tokens = full ? limit->most : bucket->tokens + passed_us * limit->per_s;
        bucket->seen_us = now_us;
    }
    if (bucket->tokens < US_PER_S) return false;
    bucket->tokens -= US_PER_S;
    return true;
}

void caa_rate_limit_free(struct caa_rate_limit *limit) {
    free(limit);
}
