/* The servers that clients reach, one for each address, all with one certificate. */
#ifndef CAA_GATE_FRONT_H
#define CAA_GATE_FRONT_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"
#include "metric/metric.h"
#include "serve/certificate.h"
#include "serve/route.h"

struct gate_front;

struct gate_front_setting {
    struct event_base *base; /* all of it outlives the front */
    struct caa_metric_shard *shard;
    const struct caa_route *routes;
    size_t route_count;
    void *context; /* of the routes' `start` */
    uint32_t connections_per_client;
    struct caa_certificate *certificate; /* until another one is set; NULL: without TLS */
    int *listen_fds; /* bound; those that become -1 are the front's, also on error */
    size_t listen_count;
};

/* Accepts from now on. Errors as caa_server_new. */
enum caa_err gate_front_new(struct gate_front **front, const struct gate_front_setting *setting,
                            struct caa_diag *diag);

/* As caa_server_set_certificate. */
void gate_front_set_certificate(struct gate_front *front, struct caa_certificate *certificate);

/* Accepts nobody any more; what runs goes on. */
void gate_front_drain(struct gate_front *front);

/* Requests that are still to be answered, and connections that are open. */
size_t gate_front_in_flight(const struct gate_front *front);
size_t gate_front_connections(const struct gate_front *front);

/* Closes every connection. NULL is fine. */
void gate_front_free(struct gate_front *front);

#endif
