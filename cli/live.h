/* A check made now, for the name that an error text speaks of: is the fault still there? */
#ifndef CAA_CLI_LIVE_H
#define CAA_CLI_LIVE_H

#include "cli/check_options.h"
#include "problem/explain.h"

enum { CAA_LIVE_CHECKS_MOST = 100 }; /* of one run: a long log should not become a scan */

/* What became of a fault since. */
enum caa_live_state {
    CAA_LIVE_NOT_CHECKED, /* there is no name to check, or too many were checked already */
    CAA_LIVE_STILL,       /* the check fails, or is forbidden, in the same way */
    CAA_LIVE_GONE,
    CAA_LIVE_UNCLEAR, /* the check does not look at what the text is about */
};

struct caa_live;

/* Makes an engine by the options, which must outlive it. Errors as caa_engine_new. */
enum caa_err caa_live_new(struct caa_live **live, const struct caa_check_options *options,
                          struct caa_diag *diag);

/* Checks the explained name, or where there is none the name that was looked up, and waits for
   it. The result lives until the next call; NULL where the state is CAA_LIVE_NOT_CHECKED.
   CAA_ERR_NOMEM, CAA_ERR_EVENT and what caa_engine_check returns. */
enum caa_err caa_live_check(struct caa_live *live, const struct caa_explanation *explanation,
                            enum caa_live_state *state, const struct caa_check_result **result);

/* What the check found makes of trying again: what is gone need not be waited for, and what a
   record forbids by now does not get better by waiting. Otherwise nothing changes. */
void caa_live_revise(struct caa_explanation *explanation, enum caa_live_state state,
                     const struct caa_check_result *result);

/* Who answered. */
const char *caa_live_source(const struct caa_live *live);

/* NULL is fine. */
void caa_live_free(struct caa_live *live);

#endif
