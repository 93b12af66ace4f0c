/* What the walks found, put down as evidence. */
#ifndef CAA_RESCUE_STATEMENT_H
#define CAA_RESCUE_STATEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/evidence.h"
#include "rescue/advice.h"
#include "rescue/ledger.h"
#include "rescue/leg.h"
#include "rescue/proof.h"

/* What the walks themselves do not know. */
struct caa_statement_context {
    const struct caa_name *name; /* that was looked up: a zone that does not enclose it does not
                                    matter to it */
    const struct caa_name *without_udp; /* a zone that was asked over TCP for that; or NULL */
    const struct caa_name
        *signed_zone;                /* the deepest one that was pinned when it was bogus: a
                                        walk that begins below it knows nothing of it; or NULL
                                      */
    enum caa_control control;        /* of the last minute */
    enum caa_control control_lately; /* what of it holds for our own network by now */
    enum caa_control control_of_any; /* likewise, of the name's own top-level domain too */
    enum caa_failure verdict; /* of the recursor where every server seems fine: BOGUS, MALFORMED
                                 or RECURSOR; CAA_FAILURE_NONE where it was not asked again */
    const char *reason;       /* the recursor's, or NULL */
    bool rescued;             /* an answer was had in the end: what is told is of before */
    bool
        is_ours; /* what failed at last was our own side: where no zone fails, it is at fault */
    uint32_t retry_count;          /* how often the whole lookup was made again */
    const struct caa_proof *proof; /* that a zone is unsigned */
    struct caa_ledger *ledger;     /* of who was found to give bad data; or NULL */
    uint32_t elapsed_us;           /* since the failure */
    uint32_t random;               /* spreads the retry advice */
};

/* Evidence of what was walked (NULL: nothing yet) with one reference for the caller: the
   failing zone, how it fails, whose fault it is, whether to try again, and every exchange,
   those that failed first. NULL when out of memory. */
const struct caa_evidence *caa_statement_of(const struct caa_legs *legs,
                                            const struct caa_statement_context *context);

#endif
