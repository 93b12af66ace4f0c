/* Certificates in use: each is checked as things are, and what the advised set does to it is
   noted. */
#ifndef CAA_CLI_ADVISE_IN_USE_H
#define CAA_CLI_ADVISE_IN_USE_H

#include "engine/engine.h"
#include "report/advise.h"

struct caa_advise_in_use {
    struct event_base *base; /* these must outlive it */
    struct caa_engine *engine;
    uint32_t deadline_ms;
    const struct caa_advice *advice;
    const struct caa_in_use_list *list;
    struct caa_advise_effect *effects; /* one for each of the list, once it has run */
    struct caa_name *shields;          /* that the effects point to */
};

/* Makes the checks, a few dozen at once, and waits for them. CAA_ERR_NOMEM, CAA_ERR_EVENT and
   what caa_engine_check returns. */
enum caa_err caa_advise_in_use_run(struct caa_advise_in_use *run);

void caa_advise_in_use_free(struct caa_advise_in_use *run);

#endif
