/* The proof that a zone is unsigned: a validated answer that its parent has no DS for it. */
#ifndef CAA_RESCUE_PROOF_H
#define CAA_RESCUE_PROOF_H

#include <stdbool.h>

#include "dns/lookup.h"

/* Zero-initialised it has asked nothing. */
struct caa_proof {
    struct caa_lookup *lookup;
    struct caa_name zone;
    struct caa_lookup_ticket *ticket; /* NULL: nothing in flight */
    const struct caa_answer *answer;  /* NULL: none yet */
    void (*done)(void *context);
    void *context;
};

/* Asks `lookup` for DS at `zone`, unless that was done before; `done` is called when the answer
   is there, never from inside this call. What cannot be asked is never proved. */
void caa_proof_want(struct caa_proof *proof, struct caa_lookup *lookup,
                    const struct caa_name *zone, void (*done)(void *context), void *context);

/* RFC 4035 section 4.3: not merely without signatures, but validated to have no DS. */
bool caa_proof_holds(const struct caa_proof *proof, const struct caa_name *zone);

/* Ends what is in flight and lets go of the answer. */
void caa_proof_drop(struct caa_proof *proof);

#endif
