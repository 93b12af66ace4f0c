/* Inside advise: the set itself, record by record. */
#ifndef CAA_ADVISE_DRAFT_H
#define CAA_ADVISE_DRAFT_H

#include "advise/advice.h"

struct caa_advice_draft {
    struct caa_advice *advice;
    struct caa_arena *arena;
    struct caa_diag *diag;
    size_t still_bound_count; /* issuers that are permitted for others than the wish's, and no
                                 record was added for them */
    struct caa_slice still_bound[CAA_ADVICE_RISKS_MAX];
};

/* Fills the advice's records from what is there today, which can be read, and from the wish.
   Errors as caa_advice_make. */
enum caa_err caa_advice_draft_set(struct caa_advice_draft *draft);

#endif
