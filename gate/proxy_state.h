/* Inside the gate: a request on its way. */
#ifndef CAA_GATE_PROXY_STATE_H
#define CAA_GATE_PROXY_STATE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "acme/jws.h"
#include "acme/orders.h"
#include "gate/front.h"
#include "gate/proxy.h"
#include "serve/call.h"

enum { GATE_INTERNAL_RETRY_S = 5 };

struct gate_passage {
    LIST_ENTRY(gate_passage) link;
    struct gate_proxy *proxy;
    struct caa_call *call; /* NULL: the client is gone */
    struct caa_jws jws;
    char *body; /* as it is sent on, from malloc; NULL: none, or not known yet */
    size_t body_len;
    char method[sizeof "HEAD"];
    char *target;              /* as it was sent */
    char *url;                 /* the same as clients call it */
    struct curl_slist *fields; /* until they are sent */
    struct gate_exchange *exchange;
    struct gate_wait *wait;
    enum caa_metric counted; /* as what its verdict is */
};

struct gate_proxy {
    struct gate_proxy_setting setting;
    struct caa_slice origin;   /* of the gate's own URL */
    bool adds_proto;           /* X-Forwarded-Proto */
    struct caa_orders *orders; /* NULL where nothing is enforced */
    struct gate_front *front;
    LIST_HEAD(, gate_passage) passages;
};

/* proxy.c */

/* Sends the request on as it is. */
void gate_passage_forward(struct gate_passage *passage);

void gate_passage_free(struct gate_passage *passage);

/* Answers with a problem document of ACME; `type` is its last part: "malformed". The passage is
   over. */
void gate_passage_refuse(struct gate_passage *passage, unsigned status, const char *type,
                         uint32_t retry_after_s, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* annotate.c */

/* Adds what says that trying again helps, where `response` tells of such a failure and does not
   say so itself. When out of memory it stays as it is. */
void gate_annotate(struct gate_passage *passage, struct gate_response *response);

/* finalize.c */

/* Holds a request with a CSR until its check is done, and forwards or refuses it. */
void gate_finalize(struct gate_passage *passage);

/* challenge.c */

/* Does the same with the answer to a challenge whose name has been seen; any other request is
   forwarded. */
void gate_challenge(struct gate_passage *passage);

/* verdict.c */

/* Holds the request until the names are checked, each validated by the method beside it (NULL:
   not known), and forwards or refuses it. */
void gate_passage_hold(struct gate_passage *passage, const struct caa_names *names,
                       const char *const *methods);

/* Counts what becomes of a request that was to be held. */
void gate_passage_count(const struct gate_passage *passage, enum caa_label_value value);

#endif
