/* What the engines of one process have in common, for all threads: root hints and trust anchor,
   answers that are remembered, and what is known of zones that fail. */
#ifndef CAA_ENGINE_SHARED_H
#define CAA_ENGINE_SHARED_H

#include <stddef.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "engine/engine.h"
#include "rescue/ledger.h"
#include "resolve/bootstrap.h"
#include "resolve/store.h"

struct caa_engine_shared {
    struct caa_store *store;
    struct caa_ledger *ledger;
    struct caa_root_hints root_hints; /* none behind forwarders */
    struct caa_trust_anchor trust_anchor;
};

/* Reads the files that `setting` names, and makes the caches for it; what it says besides does
   not matter. `clock` must outlive it, and it every engine that has it. Errors with file, line
   and reason as caa_file_read, caa_root_hints_read and caa_trust_anchor_read; CAA_ERR_NOMEM,
   CAA_ERR_EVENT where the kernel gives no random numbers. */
enum caa_err caa_engine_shared_new(struct caa_engine_shared **shared,
                                   const struct caa_clock *clock,
                                   const struct caa_engine_setting *setting,
                                   struct caa_diag *diag);

/* NULL is fine. */
void caa_engine_shared_free(struct caa_engine_shared *shared);

/* Reads the root hints of the file at `path`; NULL: CAA_CONF_ROOT_HINTS_DEFAULT. For what asks
   servers itself, whatever the engine asks. Errors as caa_file_read and caa_root_hints_read. */
enum caa_err caa_engine_root_hints_read(struct caa_root_hints *hints, const char *path,
                                        struct caa_diag *diag);

/* Octets for caches of `cache_mib`; 0: a part of the machine's memory. */
size_t caa_engine_cache_octets(uint32_t cache_mib);

#endif
