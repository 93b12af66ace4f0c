/* Whom to ask: a lookup that starts from nothing, and finds some zones at addresses it is
 * given. */
#ifndef CAA_DNS_PIN_H
#define CAA_DNS_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "dns/name.h"

enum { CAA_PIN_ADDRESSES_MAX = 32, CAA_PIN_ZONES_MAX = 16 };

struct caa_pinned_zone {
    struct caa_name zone;
    size_t address_count; /* at most CAA_PIN_ADDRESSES_MAX; the rest is not used */
    const struct sockaddr_storage *addresses; /* IPv4 or IPv6, with port */
};

/* With no zone it just means: cold caches. Validation is the same as ever. */
struct caa_pin {
    size_t zone_count; /* at most CAA_PIN_ZONES_MAX */
    const struct caa_pinned_zone *zones;
    bool over_tcp;  /* the whole lookup, since one zone alone cannot be */
    bool may_share; /* with no zone: the caches may be those of other such lookups, a second old
                       at most */
    bool inherits;  /* with no zone: where the answer is sound, what was learnt on the way may
                       serve the name and those below it from here on */
};

#endif
