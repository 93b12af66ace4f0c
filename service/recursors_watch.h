/* Tells the operator of recursors' processes that end badly, and ends the program where none
   can be made any more, so that whoever started it starts it again: the library, which knows,
   neither logs nor exits. */
#ifndef CAA_SERVICE_RECURSORS_WATCH_H
#define CAA_SERVICE_RECURSORS_WATCH_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sandbox/sandbox.h"
#include "service/ending.h"

struct service_recursors_watch;

/* Tells, from `base`, at most once a second what service_recursors_look_at has found; where the
   spawner is gone it says so once, and asks `ending` for the end. Both outlive the watch.
   CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err service_recursors_watch_new(struct service_recursors_watch **watch,
                                         struct event_base *base,
                                         struct service_ending *ending);

/* To be called about once a second on the thread of `sandbox`, which may be any. `*told` is of
   this sandbox alone, 0 at first. */
void service_recursors_look_at(struct service_recursors_watch *watch,
                               const struct caa_lookup *sandbox, uint64_t *told);

/* The same for one whose thread is that of `base`: from then on it is looked at by itself,
   until the watch is freed. */
void service_recursors_watch_follow(struct service_recursors_watch *watch,
                                    const struct caa_lookup *sandbox);

/* Whether the program ends because its spawner is gone, and not because it was asked to. NULL
   is fine. */
bool service_recursors_ended_it(const struct service_recursors_watch *watch);

/* NULL is fine. Nobody may look any more. */
void service_recursors_watch_free(struct service_recursors_watch *watch);

#endif
