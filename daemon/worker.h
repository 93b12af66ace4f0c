/* One worker: a thread with an event loop, an engine and servers of its own. Workers share the
   answers, the ledger, the history and the counters, and nothing else. */
#ifndef CAA_DAEMON_WORKER_H
#define CAA_DAEMON_WORKER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/err.h"
#include "daemon/faces.h"
#include "engine/engine.h"
#include "sandbox/sandbox.h"
#include "service/recursors_watch.h"

/* Something for a worker to do, from its own loop. */
typedef void caad_task(void *context);

struct caad_worker {
    void *owner; /* for tasks */
    size_t index;
    struct event_base *base;
    struct caa_engine *engine;
    struct caa_lookup *sandbox;            /* part of it; NULL: it resolves in this process */
    struct service_recursors_watch *watch; /* of its owner */
    uint64_t endings_told;                 /* to the watch, of the sandbox's */
    struct caa_history_client *client;     /* NULL: no history */
    struct caad_faces *faces;
    pthread_t thread;
    bool has_thread;
    int wake_fd;
    struct event *wake, *beat;
    _Atomic int64_t beat_us; /* monotonic: when its loop last turned */
    pthread_mutex_t lock;    /* over what follows */
    struct {
        caad_task *run;
        void *context;
    } tasks[16];
    size_t task_count;
};

/* What a worker is made of; all of it outlives the worker. */
struct caad_worker_setting {
    struct caa_engine_setting engine;
    struct caad_faces_setting faces;
    struct caa_history *history;        /* NULL: none */
    struct caa_sandbox_setting sandbox; /* its recursor is filled in; no spawner: no sandbox */
    struct service_recursors_watch *watch; /* NULL where there is no sandbox */
    void *owner;
};

/* Makes worker number `index`, whose thread does not run yet. Errors as caa_engine_new,
   caa_history_client_new and caad_faces_new. */
enum caa_err caad_worker_new(struct caad_worker **worker, size_t index,
                             const struct caad_worker_setting *setting, struct caa_diag *diag);

/* Starts its thread, which takes no signals. CAA_ERR_EVENT. */
enum caa_err caad_worker_start(struct caad_worker *worker);

/* Has the worker call `run` soon; false where too many tasks wait. */
bool caad_worker_post(struct caad_worker *worker, caad_task *run, void *context);

/* How long ago its loop last turned, in seconds. */
double caad_worker_silence_s(const struct caad_worker *worker);

/* Ends the loop and waits for the thread; frees everything. NULL is fine. */
void caad_worker_free(struct caad_worker *worker);

#endif
