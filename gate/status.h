/* What monitoring asks of the gate, at an address of its own: /healthz and /metrics. */
#ifndef CAA_GATE_STATUS_H
#define CAA_GATE_STATUS_H

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"
#include "engine/engine.h"
#include "gate/hold.h"
#include "gate/proxy.h"
#include "metric/metric.h"

struct gate_status;

struct gate_status_setting {
    struct event_base *base;         /* all of it outlives the status */
    int listen_fd;                   /* bound; taken over, also on error */
    const struct caa_engine *engine; /* NULL where nothing is checked, and so are the holds */
    const struct gate_holds *holds;
    const struct gate_proxy *proxy;
    struct caa_history *history; /* NULL: none */
    struct caa_metrics *metrics;
};

/* Errors as caa_server_new. */
enum caa_err gate_status_new(struct gate_status **status,
                             const struct gate_status_setting *setting, struct caa_diag *diag);

/* NULL is fine. */
void gate_status_free(struct gate_status *status);

#endif
