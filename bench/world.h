/* What a program finds in the lab: the root's addresses and its key. */
#ifndef CAA_BENCH_WORLD_H
#define CAA_BENCH_WORLD_H

#include <stddef.h>

#include <event2/event.h>
#include <unbound.h>

#include "base/diag.h"
#include "base/err.h"

enum { BENCH_PATH_MAX = 4096, BENCH_CACHE_MIB = 64 };

/* The path of one of the lab's files. CAA_ERR_FILE outside the lab. */
enum caa_err bench_world_path(char path[BENCH_PATH_MAX], const char *name,
                              struct caa_diag *diag);

/* A libunbound context for the lab on `base`, as the library makes its own. */
enum caa_err bench_world_context(struct ub_ctx **context, struct event_base *base,
                                 struct caa_diag *diag);

#endif
