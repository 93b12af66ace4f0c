/* An HTTP/1.1 server on an event loop (libmicrohttpd, driven from outside): one listening
   socket, one thread. Requests are checked here against the table of routes, the access rules
   and the limits; what is left for a route to do is its work. */
#ifndef CAA_SERVE_SERVER_H
#define CAA_SERVE_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "serve/access.h"
#include "serve/call.h"
#include "serve/certificate.h"
#include "serve/rate.h"
#include "serve/route.h"

/* A body that is no larger is always read. */
enum { CAA_SERVER_BODY_SMALL = 16384 };

/* 0 takes the default. */
struct caa_server_limits {
    uint32_t connections_most;            /* 16384 */
    uint32_t connections_per_client_most; /* of these; 0: all. A client is a /64 of IPv6 */
    uint32_t head_octets_most;            /* request line and header fields; 32768 */
    size_t large_octets_most; /* of all bodies above CAA_SERVER_BODY_SMALL octets together, from
                                 their beginning to the answer's end; 0: no limit */
    uint32_t head_ms;         /* for a request's head, from the connection's beginning; 10000 */
    uint32_t idle_ms;         /* between two requests, the second one's head included; 60000 */
    uint32_t body_ms;         /* for a whole body; 30000 */
    uint32_t send_ms;         /* for a whole answer to be taken; 30000 */
    uint32_t stream_ms;       /* without progress on a stream, in either direction; 60000 */
};

struct caa_server_tls {
    struct caa_certificate *certificate; /* retained; another one may follow */
    const char *client_ca; /* PEM, outlives the server; NULL: no client certificates */
    bool client_required;  /* without one every request is refused */
};

/* What happened, for metrics. Any may be NULL. */
struct caa_server_events {
    void (*answered)(void *context, unsigned status, uint64_t elapsed_us);
    void (*cut)(void *context);     /* a client that was too slow */
    void (*limited)(void *context); /* a client that asks too often */
    void (*crowded)(void *context); /* a connection of a client that has enough, closed */
    void *context;
};

struct caa_server_setting {
    struct event_base *base; /* it, the clock and all below must outlive the server */
    const struct caa_clock *clock;
    int listen_fd; /* non-blocking; the server's from here on, also on error */
    const struct caa_server_tls *tls; /* NULL: none */
    const struct caa_access *access;
    struct caa_rate *rate; /* NULL: no limit */
    struct caa_server_limits limits;
    const struct caa_route *routes;
    size_t route_count;
    void *context; /* of the routes' `start` */
    struct caa_server_events events;
};

struct caa_server;

/* Makes a server that accepts from now on. The program has to ignore SIGPIPE. CAA_ERR_EVENT
   where libmicrohttpd does not start, with the reason as far as there is one; CAA_ERR_NOMEM. */
enum caa_err caa_server_new(struct caa_server **server,
                            const struct caa_server_setting *setting, struct caa_diag *diag);

/* Other rules from now on; the old ones are not used any more. */
void caa_server_set_access(struct caa_server *server, const struct caa_access *access);

/* Another certificate for each handshake that begins from now on; for servers with TLS only.
   Retained. Connections that are open go on: there is no session of one that another may
   resume, so that nobody comes back to the certificate before. */
void caa_server_set_certificate(struct caa_server *server, struct caa_certificate *certificate);

/* Accepts no more connections, and closes each one after the answer it waits for. */
void caa_server_drain(struct caa_server *server);

/* Answers every request that waits for its answer with the refusal; a stream that has begun to
   be answered has it for each line without a verdict, and its end. */
void caa_server_refuse_all(struct caa_server *server, const struct caa_refusal *refusal);

/* Requests that wait for their answer. */
size_t caa_server_call_count(const struct caa_server *server);

/* Connections that are open. */
size_t caa_server_connection_count(const struct caa_server *server);

/* Closes every connection; work on calls is dropped. NULL is fine. */
void caa_server_free(struct caa_server *server);

#endif
