/* Whom to pin, and over what: the zones on the way with the servers that work and may be
   trusted to be theirs. Nothing is asked here. */
#ifndef CAA_RESCUE_PINNING_H
#define CAA_RESCUE_PINNING_H

#include <stdbool.h>
#include <stddef.h>

#include "dns/pin.h"
#include "probe/path.h"
#include "rescue/ledger.h"

enum { CAA_PINNING_PATHS_MAX = 6 };

/* What is known. The first path is that of the walk that asks now; of the others, and of the
   ledger where it knows zones above them, only zones in trouble count: what works need not be
   pinned. */
struct caa_pinning_ground {
    const struct caa_name *name; /* only zones above it count: the walks are for another name,
                                    which is not above it either; NULL: all */
    size_t path_count;
    const struct caa_path *paths[CAA_PINNING_PATHS_MAX];
    struct caa_ledger *ledger;
};

struct caa_pinning_zone {
    struct caa_name zone;
    bool is_signed;   /* so that a server of it alone can be the one with bad signatures */
    bool is_troubled; /* some of its servers fail: a recursor may stumble there */
    bool is_bad; /* each of its servers was found to give bad data, lately and by whomever */
    bool
        is_suspect; /* somebody's data of it did not validate, and nobody is known to be good */
    size_t address_count;
    struct caa_address
        addresses[CAA_PIN_ADDRESSES_MAX]; /* only good ones, where any is known */
};

struct caa_pinning {
    bool over_tcp; /* UDP does not get through to some zone, and TCP does: then all goes so */
    struct caa_name without_udp; /* that zone; len 0: none */
    bool is_partial;             /* not everybody has been heard yet */
    bool reaches_name; /* the walk has come to the name; with is_short not set, no zone between
                          these and the name is unknown, whose data it may be that is bad */
    bool has_unheard;  /* of the deepest signed zone some did not answer, and may be good */
    bool is_short;     /* that zone may work, and none of its servers may be pinned (yet) */
    size_t zone_count;
    struct caa_pinning_zone zones[CAA_PIN_ZONES_MAX]; /* each with at least one address */
};

/* The deepest signed zone: what is bogus is mostly its data. zone_count where there is none, or
   where it is not pinned: the zones above it are not to be held to account for it. */
size_t caa_pinning_deepest_signed(const struct caa_pinning *pinning);

/* Fills `pinning`. Only addresses that a UDP reply could not have put there
   (caa_path_server_is_confirmed), and of servers that have answered. */
void caa_pinning_gather(struct caa_pinning *pinning, const struct caa_pinning_ground *ground);

/* Everybody of the deepest signed zone was heard and tried: whose answer is bogus need not try
   them all once more. */
bool caa_pinning_is_exhausted(const struct caa_pinning *pinning);

/* Somebody's data of the deepest signed zone did not validate, and nobody is known to be good:
   to ask all of its servers at once is in vain. */
bool caa_pinning_is_suspect(const struct caa_pinning *pinning);

/* `now` leads round a trouble that `before` does not: another zone in trouble, or TCP, or only
   servers that are known to give good data. */
bool caa_pinning_is_better(const struct caa_pinning *now, const struct caa_pinning *before);

#endif
