#include "sandbox/sandbox.h"

#include <stdlib.h>

#include "sandbox/sandbox_state.h"

/* Answers handed over in one turn of the loop, so that other events get theirs. */
enum { DELIVERIES_PER_TURN = 256 };

struct caa_lookup_ticket *caa_sandbox_find(struct sandbox *sandbox, uint32_t id) {
    struct caa_lookup_ticket *ticket;
    LIST_FOREACH(ticket, &sandbox->by_id[id % ID_BUCKETS], by_id)
    if (ticket->id == id) return ticket;
    return NULL;
}

void caa_sandbox_detach(struct caa_lookup_ticket *ticket) {
    struct sandbox *sandbox = ticket->sandbox;
    if (ticket->child != NULL) {
        LIST_REMOVE(ticket, link);
        LIST_REMOVE(ticket, by_id);
        ticket->child = NULL;
    } else if (ticket->answer != NULL) {
        TAILQ_REMOVE(&sandbox->answered, ticket, queued);
    } else {
        TAILQ_REMOVE(&sandbox->waiting, ticket, queued);
    }
}

void caa_sandbox_settle(struct caa_lookup_ticket *ticket, const struct caa_answer *answer) {
    struct sandbox *sandbox = ticket->sandbox;
    caa_sandbox_detach(ticket);
    ticket->answer = answer;
    TAILQ_INSERT_TAIL(&sandbox->answered, ticket, queued);
    event_active(sandbox->delivery, EV_TIMEOUT, 0);
}

static uint32_t elapsed_us(const struct caa_lookup_ticket *ticket) {
    int64_t elapsed = caa_clock_monotonic_us(ticket->sandbox->clock) - ticket->started_us;
    return elapsed > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed;
}

static const struct caa_answer *failure(const struct caa_lookup_ticket *ticket,
                                        enum caa_outcome outcome, const char *reason) {
    return caa_answer_failure(&ticket->question.name, ticket->question.type, outcome, reason,
                              caa_clock_wall_us(ticket->sandbox->clock), elapsed_us(ticket));
}

void caa_sandbox_lose(struct caa_lookup_ticket *ticket, const char *reason) {
    ticket->sandbox->counts.lost++;
    caa_sandbox_settle(ticket, failure(ticket, CAA_OUTCOME_NETWORK, reason));
}

static void free_ticket(struct caa_lookup_ticket *ticket) {
    ticket->sandbox->counts.in_flight--;
    caa_answer_release(ticket->answer);
    free(ticket->pin_order);
    free(ticket);
}

static void deliver(evutil_socket_t fd, short events, void *data) {
    struct sandbox *sandbox = data;
    (void)fd;
    (void)events;
    for (int n = 0; n < DELIVERIES_PER_TURN; n++) {
        struct caa_lookup_ticket *ticket = TAILQ_FIRST(&sandbox->answered);
        if (ticket == NULL) return;
        TAILQ_REMOVE(&sandbox->answered, ticket, queued);
        ticket->done(ticket->context, ticket->answer);
        free_ticket(ticket);
    }
    event_active(sandbox->delivery, EV_TIMEOUT, 0);
}

static struct caa_lookup_ticket *make_ticket(struct sandbox *sandbox,
                                             const struct caa_question *question,
                                             caa_lookup_done *done, void *context) {
    struct caa_lookup_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket == NULL) return NULL;
    ticket->sandbox = sandbox;
    ticket->question = *question;
    ticket->question.pin = NULL; /* it is the caller's, and needed once only */
    ticket->done = done;
    ticket->context = context;
    ticket->started_us = caa_clock_monotonic_us(sandbox->clock);
    ticket->role = caa_sandbox_role_of(question);
    sandbox->counts.in_flight++;
    return ticket;
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **started) {
    struct sandbox *sandbox = (struct sandbox *)lookup;
    struct caa_lookup_ticket *ticket = make_ticket(sandbox, question, done, context);
    if (ticket == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = CAA_OK;
    if (question->pin == NULL)
        caa_sandbox_assign(ticket);
    else
        err = caa_sandbox_assign_pinned(ticket, question->pin);
    if (err != CAA_OK) {
        free_ticket(ticket);
        return err;
    }
    sandbox->counts.lookups++;
    *started = ticket;
    return CAA_OK;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct child *child = ticket->child;
    uint32_t id = ticket->id;
    (void)lookup;
    caa_sandbox_detach(ticket);
    free_ticket(ticket);
    if (child != NULL) caa_sandbox_child_cancel(child, id);
}

/* That no forwarder answers cannot be the fault of the servers behind them; nor that there is
   no process to ask, or one that has yet to begin. */
static const struct caa_answer *failure_so_far(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *ticket) {
    struct sandbox *sandbox = (struct sandbox *)lookup;
    if (ticket->answer != NULL) return NULL;
    if (ticket->child == NULL || !ticket->child->opened)
        return failure(ticket, CAA_OUTCOME_NETWORK, "no recursor's process could be had");
    if (!sandbox->upstreams.are_forwarders) return NULL;
    return failure(ticket, CAA_OUTCOME_TIMEOUT, "none of the forwarders has answered in time");
}

static void free_queue(struct ticket_queue *queue) {
    struct caa_lookup_ticket *ticket;
    while ((ticket = TAILQ_FIRST(queue)) != NULL) {
        TAILQ_REMOVE(queue, ticket, queued);
        free_ticket(ticket);
    }
}

static void free_child(struct child *child) {
    struct caa_lookup_ticket *ticket;
    while ((ticket = LIST_FIRST(&child->tickets)) != NULL) {
        caa_sandbox_detach(ticket); /* NOLINT(clang-analyzer-unix.Malloc): takes it out */
        free_ticket(ticket);
    }
    caa_channel_close(child->channel);
    LIST_REMOVE(child, link);
    free(child);
}

static void free_sandbox(struct caa_lookup *lookup) {
    struct sandbox *sandbox = (struct sandbox *)lookup;
    struct child *child;
    free_queue(&sandbox->waiting);
    free_queue(&sandbox->answered);
    while ((child = LIST_FIRST(&sandbox->children)) != NULL)
        free_child(child); /* NOLINT(clang-analyzer-unix.Malloc): and so out of it */
    caa_spawner_link_close(sandbox->spawner);
    if (sandbox->delivery != NULL) event_free(sandbox->delivery);
    if (sandbox->heartbeat != NULL) event_free(sandbox->heartbeat);
    caa_arena_free(sandbox->arena);
    free(sandbox);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_sandbox, .failure_so_far = failure_so_far};

enum caa_err caa_sandbox_new(struct caa_lookup **lookup, struct event_base *base,
                             const struct caa_clock *clock,
                             const struct caa_sandbox_setting *setting, struct caa_diag *diag) {
    struct sandbox *sandbox = calloc(1, sizeof *sandbox);
    if (sandbox == NULL) return CAA_ERR_NOMEM;
    sandbox->lookup.operations = &operations;
    sandbox->base = base;
    sandbox->clock = clock;
    LIST_INIT(&sandbox->children);
    TAILQ_INIT(&sandbox->waiting);
    TAILQ_INIT(&sandbox->answered);
    for (size_t i = 0; i < ID_BUCKETS; i++) LIST_INIT(&sandbox->by_id[i]);
    sandbox->delivery = event_new(base, -1, EV_PERSIST, deliver, sandbox);
    enum caa_err err =
        sandbox->delivery == NULL ? CAA_ERR_EVENT : caa_sandbox_furnish(sandbox, setting, diag);
    if (err == CAA_OK)
        *lookup = &sandbox->lookup;
    else
        free_sandbox(&sandbox->lookup);
    return err;
}

struct caa_sandbox_counts caa_sandbox_counts(const struct caa_lookup *lookup) {
    const struct sandbox *sandbox = (const struct sandbox *)lookup;
    struct caa_sandbox_counts counts = sandbox->counts;
    struct child *child;
    counts.processes = 0;
    LIST_FOREACH(child, &sandbox->children, link) counts.processes += child->channel != NULL;
    return counts;
}

struct caa_sandbox_status caa_sandbox_status(const struct caa_lookup *lookup) {
    return ((const struct sandbox *)lookup)->status;
}
