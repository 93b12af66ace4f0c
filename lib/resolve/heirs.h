/* Fresh contexts that take over a name and all below it from the recursor's first one.

   What an answer rests on in libunbound's caches (delegations, keys, the proof that a zone is
   unsigned) cannot be asked again before its TTL ends, and expires with it: below an unsigned
   zone that thousands of names use nothing could be looked up while the zone above is silent. A
   refresh ahead starts from cold caches, so what it leaves behind is all new. */
#ifndef CAA_RESOLVE_HEIRS_H
#define CAA_RESOLVE_HEIRS_H

#include <stddef.h>
#include <stdint.h>

#include <unbound.h>

#include "dns/name.h"

enum { CAA_HEIRS_MOST = 8 }; /* some 2 MB each */

struct caa_heir;

/* Zero-initialised it has none. Of one thread. */
struct caa_heirs {
    struct caa_heir *heirs[CAA_HEIRS_MOST];
    uint64_t turns; /* counts uses, to know who was idle longest */
};

/* Takes `context` over, for `name`: in place of the one that it had, of nobody, or of the one
   that was idle longest. The context is deleted on the spot where that cannot be: with no
   memory, or for the root and what a registry runs, whose caches are of use to all and are not
   to be begun anew every few minutes. Never from inside a callback of libunbound. */
void caa_heirs_add(struct caa_heirs *heirs, const struct caa_name *name,
                   struct ub_ctx *context);

/* Who answers for `name`, held for the caller; NULL: nobody but the first. */
struct caa_heir *caa_heirs_find(struct caa_heirs *heirs, const struct caa_name *name);

/* It lives as long as the heir is held. */
struct ub_ctx *caa_heir_context(const struct caa_heir *heir);

/* Lets go of it: one that was replaced ends with the last who held it. Never from inside a
   callback of libunbound. NULL is fine. */
void caa_heir_release(struct caa_heir *heir);

/* Ends all, which calls back for what is pending there; what is held stays until released. */
void caa_heirs_clear(struct caa_heirs *heirs);

#endif
