#include "rescue/traffic.h"

#include <pthread.h>
#include <stdlib.h>

/* Places are found by hash; the one that is unused for longest makes room. */
enum { ROWS = 512, PLACES_IN_ROW = 4, US = 1000000 };

struct place {
    struct caa_name zone; /* len 0: free */
    int64_t used_us;
    uint64_t claimed_by; /* 0: by nobody */
    int64_t claimed_us;
    bool is_failing;
    int64_t failing_us;
    int64_t paid_until_us; /* what was sent is paid for with time: a bucket that leaks */
};

struct caa_traffic {
    pthread_mutex_t mutex;
    const struct caa_clock *clock;
    uint64_t seed;
    uint64_t registered;
    struct place places[ROWS][PLACES_IN_ROW];
};

struct caa_traffic *caa_traffic_new(const struct caa_clock *clock, uint64_t seed) {
    struct caa_traffic *traffic = calloc(1, sizeof *traffic);
    if (traffic == NULL) return NULL;
    if (pthread_mutex_init(&traffic->mutex, NULL) != 0) {
        free(traffic);
        return NULL;
    }
    traffic->clock = clock;
    traffic->seed = seed;
    return traffic;
}

void caa_traffic_free(struct caa_traffic *traffic) {
    if (traffic == NULL) return;
    pthread_mutex_destroy(&traffic->mutex);
    free(traffic);
}

uint64_t caa_traffic_register(struct caa_traffic *traffic) {
    pthread_mutex_lock(&traffic->mutex);
    uint64_t number = ++traffic->registered;
    pthread_mutex_unlock(&traffic->mutex);
    return number;
}

/* The zone's place, which may be a new one. */
static struct place *place_of(struct caa_traffic *traffic, const struct caa_name *zone,
                              int64_t now_us) {
    struct place *row = traffic->places[caa_name_hash(zone, traffic->seed) % ROWS];
    struct place *found = NULL, *oldest = row;
    for (size_t i = 0; i < PLACES_IN_ROW && found == NULL; i++) {
        if (row[i].zone.len != 0 && caa_name_equal(&row[i].zone, zone)) found = &row[i];
        if (row[i].zone.len == 0 || row[i].used_us < oldest->used_us) oldest = &row[i];
    }
    if (found == NULL) {
        found = oldest;
        *found = (struct place){.zone = *zone};
    }
    found->used_us = now_us;
    return found;
}

static bool is_within(int64_t now_us, int64_t then_us, int64_t seconds) {
    return now_us - then_us < seconds * US;
}

bool caa_traffic_claim(struct caa_traffic *traffic, const struct caa_name *zone,
                       uint64_t investigator) {
    int64_t now_us = caa_clock_monotonic_us(traffic->clock);
    pthread_mutex_lock(&traffic->mutex);
    struct place *place = place_of(traffic, zone, now_us);
    bool is_free =
        place->claimed_by == 0 || !is_within(now_us, place->claimed_us, CAA_TRAFFIC_CLAIM_S);
    if (is_free) {
        place->claimed_by = investigator;
        place->claimed_us = now_us;
    }
    bool is_ours = place->claimed_by == investigator;
    pthread_mutex_unlock(&traffic->mutex);
    return is_ours;
}

void caa_traffic_note(struct caa_traffic *traffic, const struct caa_name *zone,
                      bool is_failing) {
    int64_t now_us = caa_clock_monotonic_us(traffic->clock);
    pthread_mutex_lock(&traffic->mutex);
    struct place *place = place_of(traffic, zone, now_us);
    place->is_failing = is_failing;
    place->failing_us = now_us;
    pthread_mutex_unlock(&traffic->mutex);
}

/* Each query costs a part of a second; so much may be owed as a burst costs. */
static bool pay(struct place *place, int64_t now_us) {
    const int64_t cost_us = US / CAA_TRAFFIC_PER_S;
    if (place->paid_until_us < now_us) place->paid_until_us = now_us;
    if (place->paid_until_us - now_us > (CAA_TRAFFIC_BURST - 1) * cost_us) return false;
    place->paid_until_us += cost_us;
    return true;
}

bool caa_traffic_permit(struct caa_traffic *traffic, const struct caa_name *zone,
                        uint64_t investigator) {
    int64_t now_us = caa_clock_monotonic_us(traffic->clock);
    pthread_mutex_lock(&traffic->mutex);
    struct place *place = place_of(traffic, zone, now_us);
    bool is_limited = place->claimed_by != investigator && place->is_failing &&
                      is_within(now_us, place->failing_us, CAA_TRAFFIC_FAILING_S);
    bool is_permitted = !is_limited || pay(place, now_us);
    pthread_mutex_unlock(&traffic->mutex);
    return is_permitted;
}
