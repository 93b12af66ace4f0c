/* What a worker shows to the world: the HTTP interface and the DNS listener. */
#ifndef CAA_DAEMON_FACES_H
#define CAA_DAEMON_FACES_H

#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "base/diag.h"
#include "base/err.h"
#include "daemon/conf.h"
#include "daemon/listen.h"
#include "daemon/tls.h"
#include "engine/engine.h"
#include "history/history.h"
#include "metric/metric.h"
#include "serve/dns_server.h"
#include "serve/rate.h"

/* All but the sockets is shared by all workers and outlives their faces. */
struct caad_faces_setting {
    size_t index; /* of the worker */
    const struct caad_conf *conf;
    struct event_base *base; /* these are the worker's own, and filled in by it */
    struct caa_engine *engine;
    struct caa_lookup *sandbox;         /* part of the engine; NULL: there is none */
    struct caa_history_client *history; /* NULL: nothing is kept */
    struct caa_metric_shard *shard;
    struct caa_metrics *metrics;
    struct caa_engine_shared *shared;
    struct caa_history *kept;          /* what `history` is a client of */
    struct caa_rate *checks, *queries; /* how often a client may, over HTTP and over DNS */
    const struct caad_tls *tls;
    struct caad_sockets *sockets; /* bound; taken over where all goes well */
    struct caa_dns_server *dns;   /* filled in by the faces; NULL: there is none */
};

struct caad_faces;

/* Errors with a reason in `diag`. */
enum caa_err caad_faces_new(struct caad_faces **faces, const struct caad_faces_setting *setting,
                            struct caa_diag *diag);

/* Takes up what may be changed while it runs, the certificate of the setting's `tls` included;
   `conf` outlives the faces. */
void caad_faces_reload(struct caad_faces *faces, const struct caad_conf *conf);

/* Stops taking new clients and new requests; what runs goes on. */
void caad_faces_drain(struct caad_faces *faces);

/* The time for what runs is over: who waits is told so. */
void caad_faces_give_up(struct caad_faces *faces);

/* Requests and queries that are still to be answered. */
size_t caad_faces_in_flight(const struct caad_faces *faces);

/* NULL is fine. */
void caad_faces_free(struct caad_faces *faces);

#endif
