/* What clients reach: requests pass to the ACME server as they are, but for those that want a
   certificate (and, if so wished, answers to challenges), which wait for their CAA check; or,
   where its errors are annotated, all of them.
 */
#ifndef CAA_GATE_PROXY_H
#define CAA_GATE_PROXY_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "gate/conf.h"
#include "gate/hold.h"
#include "gate/upstream.h"
#include "serve/certificate.h"

struct gate_proxy;

struct gate_proxy_setting {
    const struct gate_conf *conf; /* all of it outlives the proxy */
    struct event_base *base;
    struct gate_upstream *upstream;
    struct gate_holds *holds; /* NULL where nothing is enforced */
    struct caa_metric_shard *shard;
    struct caa_certificate *certificate; /* until another one is set; NULL: without TLS */
    const char *const *paths;            /* that pass */
    size_t path_count;
    int *listen_fds; /* bound; those that become -1 are the proxy's, also on error */
    size_t listen_count;
};

/* Accepts from now on. Errors as caa_server_new. */
enum caa_err gate_proxy_new(struct gate_proxy **proxy, const struct gate_proxy_setting *setting,
                            struct caa_diag *diag);

/* As caa_server_set_certificate. */
void gate_proxy_set_certificate(struct gate_proxy *proxy, struct caa_certificate *certificate);

/* Accepts nobody any more; what runs goes on. */
void gate_proxy_drain(struct gate_proxy *proxy);

/* Answers whatever waits: the gate is being stopped (503). */
void gate_proxy_give_up(struct gate_proxy *proxy);

/* Requests that are still to be answered, and connections that are open. */
size_t gate_proxy_in_flight(const struct gate_proxy *proxy);
size_t gate_proxy_connections(const struct gate_proxy *proxy);

/* Before the holds and the upstream. NULL is fine. */
void gate_proxy_free(struct gate_proxy *proxy);

#endif
