/* How many of a zone's servers a walk asks, and which of them first. Pure. */
#ifndef CAA_PROBE_BREADTH_H
#define CAA_PROBE_BREADTH_H

#include "probe/path.h"

enum {
    CAA_BREADTH_SERVERS = 3, /* how many are a few: as many as confirm a referral */
    CAA_BREADTH_SMALL = 8,   /* addresses; where there are no more nothing much is saved */
};

enum caa_breadth {
    CAA_BREADTH_ALL,
    CAA_BREADTH_FEW_AT_FIRST, /* of many; and all as soon as one of them fails */
    CAA_BREADTH_FEW,          /* whatever they do: somebody else asks all */
};

/* The server of `zone`, which is on `path`, to ask next over UDP: NULL where enough are asked.
   Of a few each is another name server, as far as there are others. */
struct caa_path_server *caa_breadth_next(const struct caa_path *path,
                                         const struct caa_path_zone *zone,
                                         enum caa_breadth breadth);

#endif
