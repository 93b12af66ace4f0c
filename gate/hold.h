/* Requests for a certificate, held while CAA is checked: those with the same order, account and
   payload are one check of all names. */
#ifndef CAA_GATE_HOLD_H
#define CAA_GATE_HOLD_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "acme/names.h"
#include "base/err.h"
#include "engine/engine.h"
#include "gate/conf.h"
#include "history/history.h"
#include "metric/metric.h"
#include "problem/document.h"
#include "serve/access.h"

struct gate_holds;
struct gate_wait;

struct gate_holds_setting {
    const struct gate_conf *conf; /* all of it outlives the holds */
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_history_client *history; /* NULL: nothing is kept */
    struct caa_metric_shard *shard;
};

/* What a request is for. All is copied. */
struct gate_want {
    const char *target, *kid, *client; /* `client`: the address */
    struct caa_access_hash payload;
    const struct caa_names *names;
    const char *const *methods; /* one for each name, NULL where it is not known */
};

/* The verdict, during the call: `document` has status 0 where all is allowed. */
typedef void gate_hold_done(void *context, const struct caa_problem_document *document);

/* CAA_ERR_NOMEM. */
enum caa_err gate_holds_new(struct gate_holds **holds,
                            const struct gate_holds_setting *setting);

/* Waits for the verdict, which `done` brings once, never from inside, unless it is dropped.
   CAA_ERR_LIMIT with what there is too much of in `diag`; CAA_ERR_NOMEM and what
   caa_engine_check returns.
 */
enum caa_err gate_hold(struct gate_wait **wait, struct gate_holds *holds,
                       const struct gate_want *want, gate_hold_done *done, void *context,
                       struct caa_diag *diag);

/* Waits no more; the check ends with the last who waits. NULL is fine. */
void gate_wait_drop(struct gate_wait *wait);

/* Requests that wait now. */
size_t gate_holds_count(const struct gate_holds *holds);

/* Drops all. NULL is fine. */
void gate_holds_free(struct gate_holds *holds);

#endif
