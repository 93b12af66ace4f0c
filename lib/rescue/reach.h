/* What walks tell of our own network: whom it reaches, and how. Pure. */
#ifndef CAA_RESCUE_REACH_H
#define CAA_RESCUE_REACH_H

#include <stdbool.h>

#include "dns/answer.h"
#include "rescue/leg.h"

/* Somebody on the way responded, whatever that was. `legs` may be NULL: nobody. */
bool caa_reach_any(const struct caa_legs *legs);

/* That `zone` fails thus may be for what we lack and others have: it is to be had over IPv6
   alone, and nobody is heard over that; or it is to be had over TCP alone, or over UDP, and
   nobody in any zone answers over that, of two zones at least. */
bool caa_reach_explains(const struct caa_legs *legs, const struct caa_name *zone,
                        enum caa_failure failure);

#endif
