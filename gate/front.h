/* The servers that clients reach, one for each address, all with one certificate; another one
   is taken up by new servers at the same addresses, while those before answer what they have.
 */
#ifndef CAA_GATE_FRONT_H
#define CAA_GATE_FRONT_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"
#include "metric/metric.h"
#include "serve/route.h"

struct gate_front;

struct gate_front_setting {
    struct event_base *base; /* all of it outlives the front */
    struct caa_metric_shard *shard;
    const struct caa_route *routes;
    size_t route_count;
    void *context; /* of the routes' `start` */
    uint32_t connections_per_client;
    int *listen_fds; /* bound; the front's from here on, also on error: they become -1 */
    size_t listen_count;
};

/* Nobody is accepted yet. CAA_ERR_NOMEM. */
enum caa_err gate_front_new(struct gate_front **front,
                            const struct gate_front_setting *setting);

/* Accepts from now on, with a certificate and key in PEM, which are copied (NULL: without TLS);
   those who are connected keep what they have until they are answered. CAA_ERR_LIMIT where
   connections from too many times before are still open, else as caa_server_new; nothing has
   changed then. */
enum caa_err gate_front_open(struct gate_front *front, const char *certificate, const char *key,
                             struct caa_diag *diag);

/* Accepts nobody any more; what runs goes on. */
void gate_front_drain(struct gate_front *front);

/* Requests that are still to be answered, and connections that are open. */
size_t gate_front_in_flight(const struct gate_front *front);
size_t gate_front_connections(const struct gate_front *front);

/* Closes every connection. NULL is fine. */
void gate_front_free(struct gate_front *front);

#endif
