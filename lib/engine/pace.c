#include "engine/pace.h"

#include <stdlib.h>
#include <sys/queue.h>

enum { AT_ONCE_FIRST = 32, SECOND_US = 1000000, BURST_US = 20000 };

#define NONE UINT32_MAX /* no item */

struct zone {
    TAILQ_ENTRY(zone) turn; /* in `waiting` where items wait, else in `idle` */
    LIST_ENTRY(zone) link;  /* in its bucket, while it is in use */
    struct caa_name name;
    uint32_t first, last; /* items that wait */
    uint32_t running;
    int64_t next_us; /* when another may start */
    int64_t gap_us;  /* between two starts */
};

struct item {
    uint32_t next;
    struct zone *zone;
};

TAILQ_HEAD(zones, zone);
LIST_HEAD(bucket, zone);

struct caa_pace {
    struct caa_pace_setting setting;
    struct zones waiting, idle; /* an idle one is known until its place is needed */
    uint32_t running;
    uint32_t at_once, good; /* and good ends since it last changed */
    int64_t next_us;
    int64_t fewer_us; /* when it was last lowered */
    size_t bucket_count;
    struct bucket *buckets;
    struct item *items;
    struct zone *zones; /* twice as many as items, so that an idle one is always there */
};

enum caa_err caa_pace_new(struct caa_pace **made, const struct caa_pace_setting *setting) {
    struct caa_pace *pace = calloc(1, sizeof *pace);
    if (pace == NULL) return CAA_ERR_NOMEM;
    size_t zone_count = 2 * (size_t)setting->items;
    pace->setting = *setting;
    pace->bucket_count = zone_count;
    pace->buckets = calloc(zone_count, sizeof pace->buckets[0]);
    pace->items = calloc(setting->items, sizeof pace->items[0]);
    pace->zones = calloc(zone_count, sizeof pace->zones[0]);
    if (pace->buckets == NULL || pace->items == NULL || pace->zones == NULL) {
        caa_pace_free(pace);
        return CAA_ERR_NOMEM;
    }
    TAILQ_INIT(&pace->waiting);
    TAILQ_INIT(&pace->idle);
    for (size_t i = 0; i < zone_count; i++)
        TAILQ_INSERT_TAIL(&pace->idle, &pace->zones[i], turn);
    uint32_t most = setting->at_once_most;
    pace->at_once = most < AT_ONCE_FIRST ? most : AT_ONCE_FIRST;
    *made = pace;
    return CAA_OK;
}

static struct bucket *bucket_of(struct caa_pace *pace, const struct caa_name *name) {
    uint64_t hash = caa_name_hash(name, pace->setting.seed);
    return &pace->buckets[hash % pace->bucket_count];
}

/* The zone's place; where it is not known, the one that was idle for longest becomes it. */
static struct zone *find_zone(struct caa_pace *pace, const struct caa_name *name) {
    struct bucket *bucket = bucket_of(pace, name);
    struct zone *zone;
    LIST_FOREACH(zone, bucket, link)
    if (caa_name_equal(&zone->name, name)) return zone;
    TAILQ_FOREACH(zone, &pace->idle, turn)
    if (zone->running == 0) break;
    if (zone->name.len > 0) LIST_REMOVE(zone, link);
    zone->name = *name;
    zone->first = zone->last = NONE;
    zone->next_us = 0;
    zone->gap_us = SECOND_US / (int64_t)pace->setting.zone_rate_most;
    LIST_INSERT_HEAD(bucket, zone, link);
    return zone;
}

void caa_pace_add(struct caa_pace *pace, uint32_t item, const struct caa_name *name) {
    struct zone *zone = find_zone(pace, name);
    pace->items[item] = (struct item){.next = NONE, .zone = zone};
    if (zone->first == NONE) {
        zone->first = item;
        TAILQ_REMOVE(&pace->idle, zone, turn);
        TAILQ_INSERT_TAIL(&pace->waiting, zone, turn);
    } else {
        pace->items[zone->last].next = item;
    }
    zone->last = item;
}

static uint32_t take(struct caa_pace *pace, struct zone *zone, int64_t now_us) {
    uint32_t item = zone->first;
    zone->first = pace->items[item].next;
    zone->running++;
    zone->next_us = now_us + zone->gap_us;
    TAILQ_REMOVE(&pace->waiting, zone, turn);
    if (zone->first == NONE)
        TAILQ_INSERT_TAIL(&pace->idle, zone, turn);
    else
        TAILQ_INSERT_TAIL(&pace->waiting, zone, turn);
    return item;
}

/* A moment late is made up for, a pause is not. */
static void count_start(struct caa_pace *pace, int64_t now_us) {
    int64_t from_us = pace->next_us > now_us - BURST_US ? pace->next_us : now_us - BURST_US;
    pace->next_us = from_us + SECOND_US / (int64_t)pace->setting.rate_most;
    pace->running++;
}

bool caa_pace_next(struct caa_pace *pace, int64_t now_us, uint32_t *item) {
    struct zone *zone;
    if (pace->running >= pace->at_once || now_us < pace->next_us) return false;
    TAILQ_FOREACH(zone, &pace->waiting, turn)
    if (zone->running < CAA_PACE_ZONE_AT_ONCE && zone->next_us <= now_us) break;
    if (zone == NULL) return false;
    *item = take(pace, zone, now_us);
    count_start(pace, now_us);
    return true;
}

static void slow_down(struct zone *zone) {
    zone->gap_us = zone->gap_us * 2 + 1;
    if (zone->gap_us > CAA_PACE_SLOWEST_US) zone->gap_us = CAA_PACE_SLOWEST_US;
}

static void speed_up(struct caa_pace *pace, struct zone *zone) {
    int64_t least_us = SECOND_US / (int64_t)pace->setting.zone_rate_most;
    zone->gap_us = zone->gap_us * 3 / 4;
    if (zone->gap_us < least_us) zone->gap_us = least_us;
    if (++pace->good < pace->at_once || pace->at_once >= pace->setting.at_once_most) return;
    pace->good = 0;
    pace->at_once += pace->at_once / 8 + 1;
    if (pace->at_once > pace->setting.at_once_most) pace->at_once = pace->setting.at_once_most;
}

/* Once a second at most: what fails together has one reason. */
static void be_fewer(struct caa_pace *pace, int64_t now_us) {
    if (pace->fewer_us != 0 && now_us - pace->fewer_us < SECOND_US) return;
    pace->fewer_us = now_us;
    pace->good = 0;
    pace->at_once = pace->at_once / 2 > 0 ? pace->at_once / 2 : 1;
}

void caa_pace_done(struct caa_pace *pace, uint32_t item, enum caa_pace_end end,
                   int64_t now_us) {
    struct zone *zone = pace->items[item].zone;
    zone->running--;
    pace->running--;
    switch (end) {
    case CAA_PACE_GOOD: speed_up(pace, zone); break;
    case CAA_PACE_ZONE_FAILED: slow_down(zone); break;
    case CAA_PACE_WE_FAILED: be_fewer(pace, now_us); break;
    }
}

uint32_t caa_pace_at_once(const struct caa_pace *pace) {
    return pace->at_once;
}

void caa_pace_free(struct caa_pace *pace) {
    if (pace == NULL) return;
    free(pace->buckets);
    free(pace->items);
    free(pace->zones);
    free(pace);
}
