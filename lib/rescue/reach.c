#include "rescue/reach.h"

static const struct caa_exchange *exchange_of(const struct caa_path_server *server,
                                              enum caa_transport transport) {
    return transport == CAA_TRANSPORT_TCP ? server->tcp : server->udp;
}

static bool responds(const struct caa_exchange *exchange) {
    return exchange != NULL && exchange->result == CAA_EXCHANGE_RESPONSE;
}

static bool is_heard(const struct caa_path_server *server) {
    return responds(server->udp) || responds(server->tcp);
}

static bool any_in(const struct caa_path *path) {
    const struct caa_path_zone *zone = path == NULL ? NULL : path->zones;
    for (; zone != NULL; zone = zone->next)
        for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
            if (is_heard(at)) return true;
    return false;
}

bool caa_reach_any(const struct caa_legs *legs) {
    for (size_t i = 0; legs != NULL && i < legs->count; i++)
        if (any_in(legs->legs[i].path)) return true;
    return legs != NULL && any_in(legs->latest);
}

/* Only that somebody elsewhere was heard over it speaks against us. */
static bool may_lack_ipv6(const struct caa_legs *legs, const struct caa_name *name) {
    bool is_reached_so = false, is_ipv6_heard = false;
    for (size_t i = 0; i < legs->count; i++) {
        const struct caa_path_zone *failing = caa_path_find(legs->legs[i].path, name);
        is_reached_so |= failing != NULL && caa_path_zone_only_family(failing) == 6;
        const struct caa_path_zone *zone = legs->legs[i].path->zones;
        for (; zone != NULL; zone = zone->next)
            for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
                is_ipv6_heard |= at->address.family == 6 && is_heard(at);
    }
    return is_reached_so && !is_ipv6_heard;
}

/* How many zones were asked over it in vain; 0 where anybody answered over it. */
static size_t zones_deaf_to(const struct caa_legs *legs, enum caa_transport transport) {
    size_t deaf = 0;
    for (size_t i = 0; i < legs->count; i++) {
        const struct caa_path_zone *zone = legs->legs[i].path->zones;
        for (; zone != NULL; zone = zone->next) {
            bool is_asked = false;
            for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
                if (responds(exchange_of(at, transport))) return 0;
                is_asked |= exchange_of(at, transport) != NULL;
            }
            deaf += is_asked;
        }
    }
    return deaf;
}

bool caa_reach_explains(const struct caa_legs *legs, const struct caa_name *zone,
                        enum caa_failure failure) {
    bool is_silence = failure == CAA_FAILURE_SILENT || failure == CAA_FAILURE_UNREACHABLE;
    if (legs == NULL) return false;
    if (is_silence) return may_lack_ipv6(legs, zone);
    if (failure == CAA_FAILURE_TRUNCATED) return zones_deaf_to(legs, CAA_TRANSPORT_TCP) > 1;
    return failure == CAA_FAILURE_NO_UDP && zones_deaf_to(legs, CAA_TRANSPORT_UDP) > 1;
}
