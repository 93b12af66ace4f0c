/* Inside the api: the thread that makes a checker's checks, and its two queues.

   The caller's thread puts tickets into the worker's inbox and wakes it; the worker owns engine
   and event loop, starts the checks, fills the results, and puts the tickets into the outbox,
   whose file descriptor then is readable. So the caller needs no timer of ours, and nothing in
   the rooms below has to know of threads. The lock guards the lists and each ticket's state; a
   ticket belongs to the caller's thread while it is new or finished, to the worker otherwise.
 */
#ifndef CAA_API_WORKER_H
#define CAA_API_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>

#include <caa/caa.h>

#include "api/result.h"
#include "engine/engine.h"

enum caa_ticket_state {
    CAA_TICKET_WAITING,   /* in the inbox */
    CAA_TICKET_RUNNING,   /* with the worker */
    CAA_TICKET_CANCELLED, /* the worker will free it */
    CAA_TICKET_FINISHED,  /* in the outbox, or, where it is waited for, in no list */
};

struct caa_ticket {
    TAILQ_ENTRY(caa_ticket) link;
    enum caa_ticket_state state;
    bool is_waited_for; /* caa_checker_check sleeps until it is finished */
    struct caa_worker *worker;
    struct caa_check *check;   /* NULL unless it runs */
    struct caa_result *result; /* the ticket's until it is handed over */
    enum caa_err err;          /* where it is finished */
    uint32_t deadline_ms;
    int64_t submitted_us; /* monotonic: the deadline counts from here */
    caa_checker_done *done;
    void *context;
};

TAILQ_HEAD(caa_ticket_list, caa_ticket);

struct caa_worker {
    struct event_base *base;
    struct caa_engine *engine;
    struct event *wake;
    int wake_fd;     /* eventfd: the inbox, the cancelled or `stopping` have changed */
    int finished_fd; /* eventfd: the outbox has got something */
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t finished;
    bool stopping;
    bool broken; /* the event loop failed, and the thread has ended */
    struct caa_ticket_list inbox, running, cancelled, outbox;
};

/* Makes a worker, whose thread runs from now on. Errors as caa_engine_new; CAA_ERR_EVENT where
   there is no thread or descriptor. */
enum caa_err caa_worker_new(struct caa_worker **worker,
                            const struct caa_engine_setting *setting, struct caa_diag *diag);

/* A ticket for the query, not submitted yet. NULL when out of memory. */
struct caa_ticket *caa_ticket_new(struct caa_worker *worker, const struct caa_query *query);

/* Frees a ticket that the worker does not have, with its check and its result. NULL is fine. */
void caa_ticket_free(struct caa_ticket *ticket);

/* Hands a ticket to the worker. */
void caa_worker_submit(struct caa_ticket *ticket);

/* Waits until a ticket that is_waited_for is finished; it is the caller's then. */
void caa_worker_wait(struct caa_ticket *ticket);

/* Gives a submitted ticket up, in whichever state, and frees it, perhaps later. */
void caa_worker_cancel(struct caa_ticket *ticket);

/* How many tickets the outbox holds; its descriptor is quiet until there are more. */
size_t caa_worker_outbox_count(struct caa_worker *worker);

/* Takes the oldest ticket out of the outbox: the caller's. NULL where it is empty. */
struct caa_ticket *caa_worker_take(struct caa_worker *worker);

/* Stops the thread and frees everything, all tickets included. NULL is fine. */
void caa_worker_free(struct caa_worker *worker);

#endif
