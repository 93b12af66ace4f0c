#include "sandbox/sandbox_state.h"

#include "dns/suffix.h"

enum {
    DRAIN_MOST_S = 30,   /* then what is left is asked elsewhere */
    WAIT_MOST_S = 3,     /* for a process to ask */
    SHARED_MOST = 32,    /* questions that share a cold process */
    STARTING_MISSES = 8, /* times the patience, for a process that has yet to be loaded */
};

enum role caa_sandbox_role_of(const struct caa_question *question) {
    switch (caa_suffix_who(&question->name)) {
    case CAA_FAULT_REGISTRY: return REGISTRIES;
    case CAA_FAULT_PLATFORM: return PLATFORMS;
    case CAA_FAULT_NONE:
    case CAA_FAULT_SUBSCRIBER:
    case CAA_FAULT_RESOLVER:
    case CAA_FAULT_UNKNOWN: break;
    }
    return SUBSCRIBERS;
}

static bool is_readier(const struct child *a, const struct child *b) {
    return a->greeted != b->greeted ? a->greeted : a->misses <= b->misses;
}

/* The best `one` is ready, and not late with a sign of life; of such the oldest. */
static size_t count_spares(const struct sandbox *sandbox, struct child **one) {
    struct child *child;
    size_t count = 0;
    *one = NULL;
    LIST_FOREACH(child, &sandbox->children, link) {
        if (child->role != SPARE || child->fate != RUNNING) continue;
        count++;
        if (*one == NULL || is_readier(child, *one)) *one = child;
    }
    return count;
}

void caa_sandbox_fill_spares(struct sandbox *sandbox) {
    struct child *child;
    size_t count = count_spares(sandbox, &child);
    while (count++ < sandbox->setting.spares && sandbox->restarts > 0 &&
           !sandbox->status.spawner_is_gone)
        if (caa_sandbox_child_start(sandbox, &child) != CAA_OK) return;
}

/* A spare, or a new one where there is none. */
static enum caa_err get_spare(struct sandbox *sandbox, struct child **spare) {
    if (sandbox->status.spawner_is_gone) return CAA_ERR_RESOLVER;
    if (sandbox->restarts == 0) return CAA_ERR_LIMIT;
    return count_spares(sandbox, spare) > 0 ? CAA_OK : caa_sandbox_child_start(sandbox, spare);
}

static bool is_shared(enum role role) {
    return role >= COLD_REGISTRIES && role <= COLD_SUBSCRIBERS;
}

static void drain(struct child *child) {
    struct sandbox *sandbox = child->sandbox;
    sandbox->current[child->role] = NULL;
    sandbox->counts.recycled += !is_shared(child->role);
    child->draining = true;
    child->since_us = caa_clock_monotonic_us(sandbox->clock);
    if (LIST_EMPTY(&child->tickets)) caa_sandbox_child_end(child, RETIRED);
}

static bool is_old(const struct child *child) {
    const struct sandbox *sandbox = child->sandbox;
    int64_t age_us = caa_clock_monotonic_us(sandbox->clock) - child->since_us;
    if (is_shared(child->role))
        return child->asked >= SHARED_MOST ||
               age_us > (int64_t)sandbox->setting.shared_ms * 1000;
    return child->asked >= sandbox->setting.lookups_most ||
           age_us > (int64_t)sandbox->setting.age_most_s * 1000000;
}

/* NULL where there is none, or it has become too old. */
static struct child *current_child(struct sandbox *sandbox, enum role role) {
    struct child *child = sandbox->current[role];
    if (child == NULL || !is_old(child)) return child;
    drain(child);
    return NULL;
}

static struct child *child_for(struct sandbox *sandbox, enum role role) {
    struct child *child = current_child(sandbox, role);
    if (child != NULL) return child;
    if (get_spare(sandbox, &child) != CAA_OK) return NULL;
    if (caa_sandbox_child_open(child, role) != CAA_OK) {
        caa_sandbox_child_end(child, VANISHED);
        return NULL;
    }
    sandbox->current[role] = child;
    caa_sandbox_fill_spares(sandbox);
    return child;
}

void caa_sandbox_assign(struct caa_lookup_ticket *ticket) {
    struct sandbox *sandbox = ticket->sandbox;
    struct child *child;
    while ((child = child_for(sandbox, ticket->role)) != NULL) {
        if (caa_sandbox_child_ask(child, ticket) == CAA_OK) return;
        caa_sandbox_child_end(child, VANISHED);
    }
    ticket->waits_us = caa_clock_monotonic_us(sandbox->clock);
    TAILQ_INSERT_TAIL(&sandbox->waiting, ticket, queued);
}

/* No spare is ready, and enough are on their way. */
static bool starts_enough(const struct sandbox *sandbox) {
    const struct child *child;
    size_t starting = 0;
    LIST_FOREACH(child, &sandbox->children, link) {
        if (child->fate != RUNNING) continue;
        if (child->greeted && child->role == SPARE) return false;
        starting += !child->greeted;
    }
    return starting >= sandbox->setting.starts_most;
}

static enum caa_err open_pinned(struct caa_lookup_ticket *ticket, enum role role,
                                struct child **opened) {
    struct sandbox *sandbox = ticket->sandbox;
    if (sandbox->pinned_count >= CAA_RECURSOR_PINNED_MAX || starts_enough(sandbox))
        return CAA_ERR_LIMIT;
    enum caa_err err = get_spare(sandbox, opened);
    if (err != CAA_OK) return err;
    err = caa_sandbox_child_open_pinned(*opened, role, ticket);
    if (err != CAA_OK) caa_sandbox_child_end(*opened, VANISHED);
    return err;
}

static enum caa_err ask_pinned(struct caa_lookup_ticket *ticket, struct child *child) {
    enum caa_err err = caa_sandbox_child_ask(child, ticket);
    if (err != CAA_OK) caa_sandbox_child_end(child, VANISHED);
    caa_sandbox_fill_spares(ticket->sandbox);
    return err;
}

/* A fresh process costs as much as some hundred lookups, and of a busy worker's lookups one in
   a hundred is late. Each kind of names still has its own. */
static enum caa_err share_cold(struct caa_lookup_ticket *ticket, struct child **shared) {
    struct sandbox *sandbox = ticket->sandbox;
    enum role role = COLD_REGISTRIES + (ticket->role - REGISTRIES);
    *shared = current_child(sandbox, role);
    if (*shared != NULL) return CAA_OK;
    enum caa_err err = open_pinned(ticket, role, shared);
    if (err == CAA_OK) sandbox->current[role] = *shared;
    return err;
}

enum caa_err caa_sandbox_assign_pinned(struct caa_lookup_ticket *ticket,
                                       const struct caa_pin *pin) {
    struct child *child;
    bool may_share = pin->may_share && pin->zone_count == 0 && !pin->over_tcp;
    enum caa_err err = caa_sandbox_keep_pin(ticket, pin);
    if (err == CAA_OK)
        err = may_share ? share_cold(ticket, &child) : open_pinned(ticket, PINNED, &child);
    return err == CAA_OK ? ask_pinned(ticket, child) : err;
}

bool caa_sandbox_assign_pinned_again(struct caa_lookup_ticket *ticket) {
    struct sandbox *sandbox = ticket->sandbox;
    struct child *child;
    if (open_pinned(ticket, PINNED, &child) != CAA_OK) return false;
    caa_sandbox_detach(ticket);
    if (ask_pinned(ticket, child) == CAA_OK) {
        sandbox->counts.asked_again++;
        return true;
    }
    TAILQ_INSERT_TAIL(&sandbox->waiting, ticket, queued); /* where it can be lost from */
    return false;
}

/* --- heartbeat */

static void watch(struct child *child) {
    const struct sandbox *sandbox = child->sandbox;
    int64_t now_us = caa_clock_monotonic_us(sandbox->clock);
    uint32_t most = sandbox->setting.misses_most * (child->greeted ? 1 : STARTING_MISSES);
    if (is_shared(child->role) && !child->draining && is_old(child)) {
        drain(child);
        return;
    }
    if (child->draining && now_us - child->since_us > DRAIN_MOST_S * INT64_C(1000000)) {
        caa_sandbox_child_end(child, RETIRED);
        return;
    }
    /* Beats are counted, not seconds: when this process was held up itself, they were not. */
    if (child->pongs < child->pings && ++child->misses > most)
        caa_sandbox_child_end(child, HUNG);
    else if (child->pongs == child->pings)
        caa_sandbox_child_ping(child);
}

/* Children that end may free nothing, but they make others: so each is looked at once. Where
   the spawner has not said how one ended, it may not have heard that it should (its socket was
   full), or we not what it said. */
static void watch_all(struct sandbox *sandbox) {
    struct child *child, *next;
    for (child = LIST_FIRST(&sandbox->children); child != NULL; child = next) {
        next = LIST_NEXT(child, link);
        if (child->fate == RUNNING)
            watch(child);
        else
            caa_spawner_kill(sandbox->spawner, child->number);
    }
}

static void serve_waiting(struct sandbox *sandbox) {
    struct ticket_queue waiting = TAILQ_HEAD_INITIALIZER(waiting);
    struct caa_lookup_ticket *ticket;
    int64_t now_us = caa_clock_monotonic_us(sandbox->clock);
    TAILQ_CONCAT(&waiting, &sandbox->waiting, queued);
    while ((ticket = TAILQ_FIRST(&waiting)) != NULL) {
        int64_t since_us = ticket->waits_us;
        TAILQ_REMOVE(&waiting, ticket, queued);
        caa_sandbox_assign(ticket);
        if (ticket->child != NULL) continue;
        ticket->waits_us = since_us;
        if (now_us - since_us > WAIT_MOST_S * INT64_C(1000000))
            caa_sandbox_lose(ticket, "no recursor's process could be had");
    }
}

void caa_sandbox_on_heartbeat(evutil_socket_t fd, short events, void *context) {
    struct sandbox *sandbox = context;
    (void)fd;
    (void)events;
    if (sandbox->restarts < sandbox->setting.restarts_burst) sandbox->restarts++;
    watch_all(sandbox);
    serve_waiting(sandbox);
    caa_sandbox_fill_spares(sandbox);
}
