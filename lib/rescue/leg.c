#include "rescue/leg.h"

enum {
    KEPT_TO_REASK = 12,
    KEPT_FOR_A_LEG = 6, /* two servers of a zone that was asked before, and four below it */
};

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

uint32_t caa_leg_share(size_t leg, uint32_t left) {
    uint32_t kept = KEPT_TO_REASK + KEPT_FOR_A_LEG * (uint32_t)(CAA_LEGS_MAX - 1 - leg);
    return left > kept + kept / 2 ? left - kept : (left + 1) / 2;
}

enum caa_leg_news caa_leg_news(const struct caa_path *first, const struct caa_path *latest) {
    const struct caa_path_zone *failed = caa_path_failing_zone(first);
    if (failed == NULL || caa_path_count_servers(first, failed).usable > 0)
        return CAA_LEG_NO_NEWS;
    const struct caa_path_zone *now = caa_path_find(latest, &failed->name);
    if (now == NULL) return CAA_LEG_NO_NEWS;
    struct caa_server_count count = caa_path_count_servers(latest, now);
    if (count.usable > 0) return CAA_LEG_HAS_RECOVERED;
    return count.failing > 0 ? CAA_LEG_FAILS_STILL : CAA_LEG_NO_NEWS;
}
