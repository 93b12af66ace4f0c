/* Whether one more investigation may run in a thread: so that nobody's broken zones starve
   others, and those of all customers together no registry. Pure. */
#ifndef CAA_RESCUE_ROOM_H
#define CAA_RESCUE_ROOM_H

#include <stdbool.h>
#include <stddef.h>

enum {
    CAA_ROOM_MOST = 40,
    CAA_ROOM_OF_SUBSCRIBERS = 32, /* the rest is kept for public suffixes */
    CAA_ROOM_OF_DOMAIN = 4,       /* for names below one registered domain */
    CAA_ROOM_OF_CLIENT = 16,      /* for one client, where it is known who asks */
};

/* Those that run. */
struct caa_room {
    size_t taken;
    size_t of_subscribers; /* for names that are no public suffix */
    size_t of_domain;      /* of these, below the same registered domain as the new one */
    size_t of_client;      /* of these, for the same client, where it is known */
};

/* There is room for one more; `of_subscriber`: for a name that is no public suffix. */
bool caa_room_is_left(const struct caa_room *room, bool of_subscriber);

#endif
