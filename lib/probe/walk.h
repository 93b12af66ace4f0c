/* From the root down to a name, asking every server of every zone on the way at once: over UDP,
   then over TCP those that failed. Evidence, and where to pin; never a verdict's ground.

   What a walk sends is bounded, however hostile the zones are: NXNS, thousands of servers,
   loops. It follows no alias. */
#ifndef CAA_PROBE_WALK_H
#define CAA_PROBE_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "probe/breadth.h"
#include "probe/path.h"
#include "resolve/bootstrap.h"

/* 0 takes the default in each. */
struct caa_walk_limits {
    uint32_t queries;        /* sent in all, 96 */
    uint32_t zones;          /* on the path, 12 */
    uint32_t servers;        /* addresses of a zone that are asked, 64 */
    uint32_t lookups;        /* NS names resolved through the recursor, 16 */
    uint32_t time_ms;        /* of the whole walk, 8000 */
    uint32_t udp_timeout_ms; /* 1500 */
    uint32_t tcp_timeout_ms; /* 3000 */
    size_t memory_octets;    /* of the path, 4 MiB */
    size_t packet_octets;    /* kept of each response, 4096 */
};

struct caa_walk_server {
    const struct caa_name *name; /* or NULL */
    struct caa_address address;
};

/* Where to start below the root: a zone whose referral is fresh. Its servers count as
   confirmed, so they must come from a confirmed referral or from the recursor. Copied. */
struct caa_walk_from {
    struct caa_name zone;
    const struct caa_walk_server *servers;
    size_t server_count;
};

enum caa_walk_event {
    CAA_WALK_ZONE_FOUND,     /* a referral led to it; its servers are being asked */
    CAA_WALK_SERVER_USABLE,  /* one more server of it is known to be usable */
    CAA_WALK_ZONE_CONFIRMED, /* caa_path_confirmed_referral has become other than NULL */
};

struct caa_walk;

/* Tells of progress; the first CAA_WALK_SERVER_USABLE of a zone comes long before time-outs do.
   The walk must not be freed inside of it. */
typedef void caa_walk_progress(void *context, struct caa_walk *walk, enum caa_walk_event event,
                               const struct caa_path_zone *zone);
typedef void caa_walk_done(void *context, struct caa_walk *walk);

/* How many servers of a zone that the walk has come to are to be asked; called once for each.
 */
typedef enum caa_breadth caa_walk_breadth(void *context, const struct caa_name *zone);

/* May one more query go to a server of that zone now? Where not, it counts as the limit of
   queries. */
typedef bool caa_walk_permit(void *context, const struct caa_name *zone);

struct caa_walk_setting {
    struct event_base *base; /* base, clock, random, lookup and hints must outlive the walk */
    const struct caa_clock *clock;
    const struct caa_random *random;         /* NULL: the system's */
    struct caa_lookup *lookup;               /* resolves NS names; NULL: nobody does */
    const struct caa_root_hints *root_hints; /* not used where `from` is set */
    const struct caa_walk_from *from;        /* NULL: start at the root */
    struct caa_walk_limits limits;
    uint16_t port;               /* of all servers that are found; 0: 53 */
    bool any_address;            /* also those that are not askable: for tests on loopback */
    bool confirm_referrals;      /* fetch each also over TCP, from up to three of the parent's
                                    servers */
    bool both_transports;        /* ask everybody over TCP too, once UDP has come to its end */
    bool complete_glue;          /* resolve also the family for which a name has no glue */
    bool spare_tcp;              /* do not ask over TCP who answered over UDP, however badly */
    bool spare_tcp_if_usable;    /* likewise, where another server of the zone is usable */
    bool spare_children;         /* of zones below the first one only the referral is fetched */
    bool skip_child_ns;          /* do not ask the zones for their own NS sets */
    caa_walk_progress *progress; /* or NULL */
    caa_walk_breadth *breadth;   /* NULL: always all */
    caa_walk_permit *permit;     /* NULL: always */
    caa_walk_done *done;
    void *context;
};

/* Starts a walk for `question`, which is copied, as is the setting. `done` is called exactly
   once, never from inside this call, unless the walk is freed before. CAA_ERR_ROOT_HINTS where
   there is no address to start from, CAA_ERR_LIMIT where the memory does not suffice for that,
   CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_walk_start(struct caa_walk **walk, const struct caa_walk_setting *setting,
                            const struct caa_question *question);

/* What is known so far; changes until `done` is called, lives until caa_walk_free. */
const struct caa_path *caa_walk_path(const struct caa_walk *walk);

/* Ends a walk that runs (its `done` is never called after this), or frees one that is done,
   also from inside its `done`. NULL is fine. */
void caa_walk_free(struct caa_walk *walk);

#endif
