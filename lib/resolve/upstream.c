#include "resolve/upstream.h"

#include <stdio.h>
#include <string.h>

#include "resolve/forwarder.h"

/* A root server's address reads like that of a forwarder without a port. */
enum caa_err caa_upstreams_take(struct caa_upstreams *upstreams, struct caa_arena *arena,
                                const struct caa_recursor_setting *setting) {
    bool forwards = setting->forwarder_count > 0;
    size_t count = forwards ? setting->forwarder_count : setting->root_hints->count;
    *upstreams = (struct caa_upstreams){.are_forwarders = forwards};
    upstreams->targets = caa_arena_array(arena, count, sizeof *upstreams->targets);
    if (upstreams->targets == NULL) return CAA_ERR_NOMEM;
    for (size_t i = 0; i < count; i++) {
        struct caa_forwarder upstream;
        const char *text =
            forwards ? setting->forwarders[i] : setting->root_hints->addresses[i];
        if (caa_forwarder_parse(&upstream, text, NULL) != CAA_OK) continue;
        upstreams->targets[upstreams->count++] =
            (struct caa_route_target){upstream.address, upstream.address_octets};
    }
    return CAA_OK;
}

bool caa_upstreams_are_cut_off(const struct caa_upstreams *upstreams, char *reason,
                               size_t size) {
    int reason_errno = 0;
    if (caa_route_exists(upstreams->targets, upstreams->count, &reason_errno)) return false;
    snprintf(reason, size, "no route to any %s: %s",
             upstreams->are_forwarders ? "forwarder" : "root server", strerror(reason_errno));
    return true;
}
