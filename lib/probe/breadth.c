#include "probe/breadth.h"

static bool is_asked(const struct caa_path_server *server) {
    return server->udp_state != CAA_SERVER_UNASKED;
}

static size_t count_asked(const struct caa_path_zone *zone) {
    size_t count = 0;
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        count += is_asked(at);
    return count;
}

/* Another address of the same name was asked. */
static bool is_asked_elsewhere(const struct caa_path_zone *zone,
                               const struct caa_path_server *server) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (server->ns != NULL && at->ns == server->ns && is_asked(at)) return true;
    return false;
}

static bool is_enough(const struct caa_path *path, const struct caa_path_zone *zone,
                      enum caa_breadth breadth) {
    if (breadth == CAA_BREADTH_ALL || count_asked(zone) < CAA_BREADTH_SERVERS) return false;
    if (breadth == CAA_BREADTH_FEW) return true;
    return zone->server_count > CAA_BREADTH_SMALL &&
           caa_path_count_servers(path, zone).failing == 0;
}

struct caa_path_server *caa_breadth_next(const struct caa_path *path,
                                         const struct caa_path_zone *zone,
                                         enum caa_breadth breadth) {
    struct caa_path_server *next = NULL;
    if (is_enough(path, zone, breadth)) return NULL;
    for (struct caa_path_server *at = zone->servers; at != NULL; at = at->next) {
        if (is_asked(at)) continue;
        if (breadth == CAA_BREADTH_ALL || !is_asked_elsewhere(zone, at)) return at;
        if (next == NULL) next = at;
    }
    return next;
}
