/* Whom a recursor asks first: root servers or forwarders. Out of reach, it is our side that
   failed. */
#ifndef CAA_RESOLVE_UPSTREAM_H
#define CAA_RESOLVE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "resolve/recursor.h"
#include "resolve/route.h"

struct caa_upstreams {
    struct caa_route_target *targets;
    size_t count;
    bool are_forwarders;
};

/* Takes them from a setting that a recursor could be made of. They live in `arena`.
   CAA_ERR_NOMEM. */
enum caa_err caa_upstreams_take(struct caa_upstreams *upstreams, struct caa_arena *arena,
                                const struct caa_recursor_setting *setting);

/* True, with the reason in words of at most `size` octets, where this machine has a way to none
   of them. */
bool caa_upstreams_are_cut_off(const struct caa_upstreams *upstreams, char *reason,
                               size_t size);

#endif
