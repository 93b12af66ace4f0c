/* A libunbound context, configured so that it can be trusted: every default that would answer
   instead of the DNS is off, and nothing but the setting decides whom it believes. */
#ifndef CAA_RESOLVE_CONTEXT_H
#define CAA_RESOLVE_CONTEXT_H

#include <event2/event.h>
#include <unbound.h>

#include "base/diag.h"
#include "base/err.h"
#include "dns/pin.h"
#include "resolve/recursor.h"

/* Makes a context on `base`, to be freed by ub_ctx_delete, never from inside one of its
   callbacks. With a `pin` it is a small one for a single lookup, and the pinned zones are asked
   at the pinned addresses. Errors as caa_recursor_new. */
enum caa_err caa_context_new(struct ub_ctx **context, struct event_base *base,
                             const struct caa_recursor_setting *setting,
                             const struct caa_pin *pin, struct caa_diag *diag);

#endif
