#include "api/worker.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* libunbound and libevent have globals that they touch when a context or base comes or goes. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void signal_fd(int fd) {
    eventfd_write(fd, 1); /* fails only where the counter is full: readable, then */
}

static void quieten_fd(int fd) {
    eventfd_t count;
    eventfd_read(fd, &count); /* fails only where nothing was signalled */
}

/* What the worker has done with a ticket; a cancelled one is freed by reap(). */
static void finish(struct caa_ticket *ticket, enum caa_err err) {
    struct caa_worker *worker = ticket->worker;
    ticket->err = err;
    caa_check_free(ticket->check);
    ticket->check = NULL;
    pthread_mutex_lock(&worker->lock);
    if (ticket->state == CAA_TICKET_RUNNING) {
        TAILQ_REMOVE(&worker->running, ticket, link);
        ticket->state = CAA_TICKET_FINISHED;
        if (ticket->is_waited_for) {
            pthread_cond_broadcast(&worker->finished);
        } else {
            TAILQ_INSERT_TAIL(&worker->outbox, ticket, link);
            signal_fd(worker->finished_fd);
        }
    }
    pthread_mutex_unlock(&worker->lock);
}

static void on_checked(void *context, struct caa_check *check) {
    struct caa_ticket *ticket = context;
    finish(ticket, caa_result_fill(ticket->result, caa_check_result(check),
                                   caa_engine_source(ticket->worker->engine)));
}

/* What is left of the deadline, which began to run when the ticket was submitted; 1 ms at
   least, so that what is in the cache still counts. */
static uint32_t remaining_ms(const struct caa_ticket *ticket) {
    int64_t waited_us = caa_clock_monotonic_us(caa_clock_system()) - ticket->submitted_us;
    int64_t left_ms = (int64_t)ticket->deadline_ms - waited_us / 1000;
    return left_ms < 1 ? 1 : (uint32_t)left_ms;
}

static void begin(struct caa_ticket *ticket) {
    if (ticket->result->verdict != CAA_NO_VERDICT) {
        finish(ticket, CAA_OK);
        return;
    }
    enum caa_err err =
        caa_engine_check(ticket->worker->engine, &ticket->check, &ticket->result->facts.request,
                         remaining_ms(ticket), on_checked, ticket);
    if (err != CAA_OK) finish(ticket, err);
}

static struct caa_ticket *next_to_run(struct caa_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    struct caa_ticket *ticket = worker->stopping ? NULL : TAILQ_FIRST(&worker->inbox);
    if (ticket != NULL) {
        TAILQ_REMOVE(&worker->inbox, ticket, link);
        TAILQ_INSERT_TAIL(&worker->running, ticket, link);
        ticket->state = CAA_TICKET_RUNNING;
    }
    pthread_mutex_unlock(&worker->lock);
    return ticket;
}

static struct caa_ticket *next_cancelled(struct caa_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    struct caa_ticket *ticket = TAILQ_FIRST(&worker->cancelled);
    if (ticket != NULL) TAILQ_REMOVE(&worker->cancelled, ticket, link);
    pthread_mutex_unlock(&worker->lock);
    return ticket;
}

static bool is_stopping(struct caa_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    bool stopping = worker->stopping;
    pthread_mutex_unlock(&worker->lock);
    return stopping;
}

static void on_wake(evutil_socket_t fd, short events, void *context) {
    struct caa_worker *worker = context;
    struct caa_ticket *ticket;
    (void)events;
    quieten_fd(fd);
    while ((ticket = next_cancelled(worker)) != NULL) caa_ticket_free(ticket);
    while ((ticket = next_to_run(worker)) != NULL) begin(ticket);
    if (is_stopping(worker)) event_base_loopbreak(worker->base);
}

static struct caa_ticket *first_running(struct caa_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    worker->broken = true;
    struct caa_ticket *ticket = TAILQ_FIRST(&worker->running);
    pthread_mutex_unlock(&worker->lock);
    return ticket;
}

/* Without its event loop the worker ends, and nobody may wait for it. */
static void give_up(struct caa_worker *worker) {
    struct caa_ticket *ticket;
    while ((ticket = first_running(worker)) != NULL) finish(ticket, CAA_ERR_EVENT);
    while ((ticket = next_to_run(worker)) != NULL) finish(ticket, CAA_ERR_EVENT);
}

static void *work(void *context) {
    struct caa_worker *worker = context;
    event_base_dispatch(worker->base);
    if (!is_stopping(worker)) give_up(worker);
    return NULL;
}

/* Signals are the program's. */
static bool start_thread(struct caa_worker *worker) {
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) return false;
    worker->has_thread = pthread_create(&worker->thread, NULL, work, worker) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return worker->has_thread;
}

static enum caa_err set_up(struct caa_worker *worker, const struct caa_engine_setting *setting,
                           struct caa_diag *diag) {
    worker->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    worker->finished_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (worker->wake_fd < 0 || worker->finished_fd < 0) return CAA_ERR_EVENT;
    worker->base = event_base_new();
    if (worker->base == NULL) return CAA_ERR_EVENT;
    worker->wake =
        event_new(worker->base, worker->wake_fd, EV_READ | EV_PERSIST, on_wake, worker);
    if (worker->wake == NULL || event_add(worker->wake, NULL) != 0) return CAA_ERR_EVENT;
    enum caa_err err =
        caa_engine_new(&worker->engine, worker->base, caa_clock_system(), setting, diag);
    if (err != CAA_OK) return err;
    return start_thread(worker) ? CAA_OK : CAA_ERR_EVENT;
}

enum caa_err caa_worker_new(struct caa_worker **made, const struct caa_engine_setting *setting,
                            struct caa_diag *diag) {
    struct caa_worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) return CAA_ERR_NOMEM;
    worker->wake_fd = worker->finished_fd = -1;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->finished, NULL);
    TAILQ_INIT(&worker->inbox);
    TAILQ_INIT(&worker->running);
    TAILQ_INIT(&worker->cancelled);
    TAILQ_INIT(&worker->outbox);
    pthread_mutex_lock(&making);
    enum caa_err err = set_up(worker, setting, diag);
    pthread_mutex_unlock(&making);
    if (err == CAA_OK)
        *made = worker;
    else
        caa_worker_free(worker);
    return err;
}

struct caa_ticket *caa_ticket_new(struct caa_worker *worker, const struct caa_query *query) {
    struct caa_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket == NULL) return NULL;
    ticket->worker = worker;
    ticket->result = caa_result_new(query);
    if (ticket->result != NULL) return ticket;
    free(ticket);
    return NULL;
}

void caa_ticket_free(struct caa_ticket *ticket) {
    if (ticket == NULL) return;
    caa_check_free(ticket->check);
    caa_result_free(ticket->result);
    free(ticket);
}

void caa_worker_submit(struct caa_ticket *ticket) {
    struct caa_worker *worker = ticket->worker;
    ticket->submitted_us = caa_clock_monotonic_us(caa_clock_system());
    pthread_mutex_lock(&worker->lock);
    bool broken = worker->broken;
    ticket->state = broken ? CAA_TICKET_RUNNING : CAA_TICKET_WAITING;
    TAILQ_INSERT_TAIL(broken ? &worker->running : &worker->inbox, ticket, link);
    pthread_mutex_unlock(&worker->lock);
    if (broken)
        finish(ticket, CAA_ERR_EVENT);
    else
        signal_fd(worker->wake_fd);
}

void caa_worker_wait(struct caa_ticket *ticket) {
    struct caa_worker *worker = ticket->worker;
    pthread_mutex_lock(&worker->lock);
    while (ticket->state != CAA_TICKET_FINISHED)
        pthread_cond_wait(&worker->finished, &worker->lock);
    pthread_mutex_unlock(&worker->lock);
}

void caa_worker_cancel(struct caa_ticket *ticket) {
    struct caa_worker *worker = ticket->worker;
    bool is_running = false;
    pthread_mutex_lock(&worker->lock);
    switch (ticket->state) {
    case CAA_TICKET_WAITING: TAILQ_REMOVE(&worker->inbox, ticket, link); break;
    case CAA_TICKET_FINISHED: TAILQ_REMOVE(&worker->outbox, ticket, link); break;
    case CAA_TICKET_RUNNING:
        TAILQ_REMOVE(&worker->running, ticket, link);
        TAILQ_INSERT_TAIL(&worker->cancelled, ticket, link);
        ticket->state = CAA_TICKET_CANCELLED;
        is_running = true;
        break;
    case CAA_TICKET_CANCELLED: is_running = true; break;
    }
    pthread_mutex_unlock(&worker->lock);
    if (is_running)
        signal_fd(worker->wake_fd);
    else
        caa_ticket_free(ticket);
}

size_t caa_worker_outbox_count(struct caa_worker *worker) {
    size_t count = 0;
    struct caa_ticket *ticket;
    quieten_fd(worker->finished_fd);
    pthread_mutex_lock(&worker->lock);
    TAILQ_FOREACH(ticket, &worker->outbox, link)
    count++;
    pthread_mutex_unlock(&worker->lock);
    return count;
}

struct caa_ticket *caa_worker_take(struct caa_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    struct caa_ticket *ticket = TAILQ_FIRST(&worker->outbox);
    if (ticket != NULL) TAILQ_REMOVE(&worker->outbox, ticket, link);
    pthread_mutex_unlock(&worker->lock);
    return ticket;
}

static void stop_thread(struct caa_worker *worker) {
    if (!worker->has_thread) return;
    pthread_mutex_lock(&worker->lock);
    worker->stopping = true;
    pthread_mutex_unlock(&worker->lock);
    signal_fd(worker->wake_fd);
    pthread_join(worker->thread, NULL);
}

static void free_tickets(struct caa_ticket_list *list) {
    struct caa_ticket *ticket;
    while ((ticket = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, ticket, link);
        caa_ticket_free(ticket);
    }
}

static void free_loop(struct caa_worker *worker) {
    pthread_mutex_lock(&making);
    caa_engine_free(worker->engine);
    if (worker->wake != NULL) event_free(worker->wake);
    if (worker->base != NULL) event_base_free(worker->base);
    pthread_mutex_unlock(&making);
    if (worker->wake_fd >= 0) close(worker->wake_fd);
    if (worker->finished_fd >= 0) close(worker->finished_fd);
}

void caa_worker_free(struct caa_worker *worker) {
    if (worker == NULL) return;
    stop_thread(worker);
    free_tickets(&worker->inbox);
    free_tickets(&worker->running);
    free_tickets(&worker->cancelled);
    free_tickets(&worker->outbox);
    free_loop(worker);
    pthread_cond_destroy(&worker->finished);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}
