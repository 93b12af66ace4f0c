/* A libunbound context, configured so that it can be trusted: every default that would answer
   instead of the DNS is off, and nothing but the setting decides whom it believes. */
#ifndef CAA_RESOLVE_CONTEXT_H
#define CAA_RESOLVE_CONTEXT_H

#include <event2/event.h>
#include <unbound.h>

#include "base/diag.h"
#include "base/err.h"
#include "resolve/recursor.h"

/* Makes a context on `base`, to be freed by ub_ctx_delete. Errors as caa_recursor_new. */
enum caa_err caa_context_new(struct ub_ctx **context, struct event_base *base,
                             const struct caa_recursor_setting *setting, struct caa_diag *diag);

#endif
