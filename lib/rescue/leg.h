/* The way to a name, and where the name is an alias the way to where it leads, and so on. */
#ifndef CAA_RESCUE_LEG_H
#define CAA_RESCUE_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/path.h"

enum { CAA_LEGS_MAX = 4 };

struct caa_leg {
    struct caa_name name; /* of the first leg the name itself, then what it is an alias of */
    const struct caa_path *path;
};

struct caa_legs {
    size_t count; /* at least 1 */
    struct caa_leg legs[CAA_LEGS_MAX];
    const struct caa_path *latest; /* of the latest walk: one of the above, or one that asked a
                                      few again; or NULL */
    bool is_circle;                /* the last one is an alias of one before it */
    uint32_t query_count;          /* sent within 20 s, repeated walks included */
};

/* A zone with the leg on which it is. */
struct caa_leg_zone {
    const struct caa_path_zone *zone; /* NULL: none */
    size_t leg;
};

/* The deepest zone of the path that is failing and encloses `name`; NULL where none is. */
const struct caa_path_zone *caa_leg_failing_zone(const struct caa_path *path,
                                                 const struct caa_name *name);

/* The zone that fails on the way to `name`, which is that of the first leg or one near it: the
   deepest one of the first leg on which any does. Where an alias leads matters only to the very
   name that has it, and only where its own way is fine. */
struct caa_leg_zone caa_legs_failing_zone(const struct caa_legs *legs,
                                          const struct caa_name *name);

/* `name` is that of the first leg, and leads round in a circle. */
bool caa_legs_are_circular(const struct caa_legs *legs, const struct caa_name *name);

/* How many of the `left` queries that may still be sent the first walk of leg number `leg` may
   send: what is needed to ask again later is kept, and something for each leg that may follow.
 */
uint32_t caa_leg_share(size_t leg, uint32_t left);

/* What a later walk on the same leg says of the zone that failed wholly by the first one. */
enum caa_leg_news {
    CAA_LEG_NO_NEWS, /* none failed wholly, or its servers were not heard this time */
    CAA_LEG_FAILS_STILL,
    CAA_LEG_HAS_RECOVERED,
};
enum caa_leg_news caa_leg_news(const struct caa_path *first, const struct caa_path *latest);

#endif
