/* Who asks all servers of a zone, and how fast one that fails may be asked by all who rescue:
   shared by all threads. */
#ifndef CAA_RESCUE_TRAFFIC_H
#define CAA_RESCUE_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "dns/name.h"

enum {
    CAA_TRAFFIC_CLAIM_S = 10,  /* so long one investigation alone asks all servers of a zone */
    CAA_TRAFFIC_PER_S = 4,     /* queries for a failing zone, of all others together */
    CAA_TRAFFIC_BURST = 8,     /* so many of them at once */
    CAA_TRAFFIC_FAILING_S = 10 /* so long a zone counts as failing that was seen to fail */
};

struct caa_traffic;

/* Of bounded size, to be freed by caa_traffic_free. `clock` must outlive it; `seed` is secret
   and random. NULL when out of memory. */
struct caa_traffic *caa_traffic_new(const struct caa_clock *clock, uint64_t seed);

/* NULL is fine. */
void caa_traffic_free(struct caa_traffic *traffic);

/* A number for one who investigates; never 0, and nobody else has it. */
uint64_t caa_traffic_register(struct caa_traffic *traffic);

/* Takes it on to ask all servers of `zone`; false where somebody else does, or did lately. */
bool caa_traffic_claim(struct caa_traffic *traffic, const struct caa_name *zone,
                       uint64_t investigator);

/* Notes whether the zone was seen to fail. */
void caa_traffic_note(struct caa_traffic *traffic, const struct caa_name *zone,
                      bool is_failing);

/* May `investigator` send one more query for the zone now? Always where it does not fail, and
   whoever has claimed it, who has a budget of his own. What is permitted is counted. */
bool caa_traffic_permit(struct caa_traffic *traffic, const struct caa_name *zone,
                        uint64_t investigator);

#endif
