/* The ACME server behind the gate: requests to it, by libcurl on the event loop. Nothing is
   ever sent twice. */
#ifndef CAA_GATE_UPSTREAM_H
#define CAA_GATE_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>
#include <event2/event.h>

#include "base/err.h"
#include "gate/conf.h"

struct gate_upstream;
struct gate_exchange;

struct gate_request {
    const char *method;        /* "GET", "HEAD" or "POST" */
    const char *target;        /* path and query */
    struct curl_slist *fields; /* "Name: value"; taken in any case */
    const char *body;          /* lives until the exchange is over */
    size_t body_len;
};

enum gate_failure {
    GATE_FAILURE_NONE,
    GATE_FAILURE_UNREACHED, /* nothing of the request's body was sent */
    GATE_FAILURE_LATE,
    GATE_FAILURE_CUT, /* what came of its answer is none */
};

/* What came back; head and body may be taken (and set to NULL), and are freed otherwise. */
struct gate_response {
    enum gate_failure failure; /* others of no meaning but `why` */
    const char *why;
    unsigned status;
    char *head; /* "NAME: VALUE" and a line feed each, without those of one hop (RFC 9110
                   section 7.6.1), Content-Length and Date */
    char *body;
    size_t body_len;
};

typedef void gate_upstream_done(void *context, struct gate_response *response);

/* `conf` and `base` outlive it. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err gate_upstream_new(struct gate_upstream **upstream, struct event_base *base,
                               const struct gate_conf *conf);

/* Sends a request; `done` is called once, never from inside, unless it is dropped.
 * CAA_ERR_NOMEM. */
enum caa_err gate_upstream_send(struct gate_exchange **exchange, struct gate_upstream *upstream,
                                const struct gate_request *request, gate_upstream_done *done,
                                void *context);

/* Ends an exchange whose `done` was not called. NULL is fine. */
void gate_exchange_drop(struct gate_exchange *exchange);

/* After all exchanges are over or dropped. NULL is fine. */
void gate_upstream_free(struct gate_upstream *upstream);

#endif
