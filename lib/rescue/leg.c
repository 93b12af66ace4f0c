#include "rescue/leg.h"

const struct caa_path_zone *caa_leg_failing_zone(const struct caa_path *path,
                                                 const struct caa_name *name) {
    const struct caa_path_zone *failing = NULL;
    for (const struct caa_path_zone *at = path->zones; at != NULL; at = at->next)
        if (caa_name_is_subdomain(name, &at->name) && caa_path_zone_is_failing(path, at))
            failing = at;
    return failing;
}

struct caa_leg_zone caa_legs_failing_zone(const struct caa_legs *legs,
                                          const struct caa_name *name) {
    struct caa_leg_zone found = {.zone = caa_leg_failing_zone(legs->legs[0].path, name)};
    if (!caa_name_equal(name, &legs->legs[0].name)) return found;
    for (size_t i = 1; found.zone == NULL && i < legs->count; i++) {
        found.zone = caa_leg_failing_zone(legs->legs[i].path, &legs->legs[i].name);
        found.leg = i;
    }
    return found;
}

bool caa_legs_are_circular(const struct caa_legs *legs, const struct caa_name *name) {
    return legs->is_circle && caa_name_equal(name, &legs->legs[0].name);
}
