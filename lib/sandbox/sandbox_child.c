#include "sandbox/sandbox_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/writer.h"
#include "resolve/result.h"

static void on_message(void *context, const uint8_t *octets, size_t len);
static void on_end(void *context);

/* --- started */

enum caa_err caa_sandbox_child_order(struct sandbox *sandbox, struct child **ordered, int *fd) {
    struct child *child = calloc(1, sizeof *child);
    if (child == NULL) return CAA_ERR_NOMEM;
    *child = (struct child){.sandbox = sandbox,
                            .number = ++sandbox->last_number,
                            .role = SPARE,
                            .since_us = caa_clock_monotonic_us(sandbox->clock)};
    LIST_INIT(&child->tickets);
    const struct caa_spawner_order order = {.number = child->number,
                                            .descriptors = sandbox->descriptors,
                                            .memory_octets = sandbox->setting.memory_octets};
    enum caa_err err = caa_spawner_spawn(sandbox->spawner, &order, fd);
    if (err != CAA_OK) {
        free(child);
        return err;
    }
    sandbox->counts.started++;
    LIST_INSERT_HEAD(&sandbox->children, child, link);
    *ordered = child;
    return CAA_OK;
}

enum caa_err caa_sandbox_child_connect(struct child *child, int fd) {
    struct sandbox *sandbox = child->sandbox;
    const struct caa_channel_listener listener = {on_message, on_end, child};
    return caa_channel_open(&child->channel, sandbox->base, fd, sandbox->received,
                            CAA_WIRE_MESSAGE_MAX, &listener);
}

enum caa_err caa_sandbox_child_start(struct sandbox *sandbox, struct child **started) {
    struct child *child;
    int fd;
    enum caa_err err = caa_sandbox_child_order(sandbox, &child, &fd);
    if (err != CAA_OK) return err;
    err = caa_sandbox_child_connect(child, fd);
    if (err == CAA_OK)
        err = caa_channel_send(child->channel, sandbox->setting_order,
                               sandbox->setting_order_octets);
    if (err == CAA_OK)
        *started = child;
    else
        caa_sandbox_child_end(child, RETIRED);
    return err;
}

/* --- ordered about */

static enum caa_err send_order(struct child *child, const struct caa_order *order) {
    struct sandbox *sandbox = child->sandbox;
    size_t len = caa_order_write(order, sandbox->sent, CAA_WIRE_MESSAGE_MAX);
    if (len == 0) return CAA_ERR_RESOLVER;
    return caa_channel_send(child->channel, sandbox->sent, len);
}

/* What libunbound's caches take in all is shared out among those who have to remember. */
static uint64_t cache_octets(const struct sandbox *sandbox, enum role role) {
    static const unsigned sixteenths[] = {
        [REGISTRIES] = 4, [PLATFORMS] = 2, [SUBSCRIBERS] = 8, [SUSPECTS] = 2};
    return (uint64_t)sandbox->cache_octets / 16 * sixteenths[role];
}

static void take_role(struct child *child, enum role role) {
    struct sandbox *sandbox = child->sandbox;
    child->role = role;
    sandbox->pinned_count += role == PINNED; /* until it ends */
    child->since_us = caa_clock_monotonic_us(sandbox->clock);
}

enum caa_err caa_sandbox_child_open(struct child *child, enum role role) {
    const struct caa_order order = {.kind = CAA_ORDER_OPEN,
                                    .cache_octets = cache_octets(child->sandbox, role)};
    take_role(child, role);
    return send_order(child, &order);
}

enum caa_err caa_sandbox_child_open_pinned(struct child *child, enum role role,
                                           const struct caa_lookup_ticket *ticket) {
    take_role(child, role);
    return caa_channel_send(child->channel, ticket->pin_order, ticket->pin_order_octets);
}

enum caa_err caa_sandbox_keep_pin(struct caa_lookup_ticket *ticket, const struct caa_pin *pin) {
    uint8_t *octets = ticket->sandbox->sent;
    const struct caa_order order = {.kind = CAA_ORDER_OPEN, .pin = pin};
    size_t len = caa_order_write(&order, octets, CAA_WIRE_MESSAGE_MAX);
    if (len == 0) return CAA_ERR_RESOLVER;
    ticket->pin_order = malloc(len);
    if (ticket->pin_order == NULL) return CAA_ERR_NOMEM;
    memcpy(ticket->pin_order, octets, len);
    ticket->pin_order_octets = len;
    return CAA_OK;
}

enum caa_err caa_sandbox_child_ask(struct child *child, struct caa_lookup_ticket *ticket) {
    struct sandbox *sandbox = child->sandbox;
    const struct caa_order order = {.kind = CAA_ORDER_ASK,
                                    .id = ++sandbox->last_id,
                                    .type = ticket->question.type,
                                    .name = ticket->question.name};
    enum caa_err err = send_order(child, &order);
    if (err != CAA_OK) return err;
    child->asked++;
    ticket->child = child;
    ticket->id = order.id;
    LIST_INSERT_HEAD(&child->tickets, ticket, link);
    LIST_INSERT_HEAD(&sandbox->by_id[order.id % ID_BUCKETS], ticket, by_id);
    return CAA_OK;
}

void caa_sandbox_child_cancel(struct child *child, uint32_t id) {
    const struct caa_order order = {.kind = CAA_ORDER_CANCEL, .id = id};
    child->cancelled++;
    bool useless = LIST_EMPTY(&child->tickets) && (child->role == PINNED || child->draining);
    if (useless)
        caa_sandbox_child_end(child, RETIRED);
    else if (send_order(child, &order) != CAA_OK)
        caa_sandbox_child_end(child, VANISHED);
}

void caa_sandbox_child_ping(struct child *child) {
    const struct caa_order order = {.kind = CAA_ORDER_PING, .id = ++child->pings};
    if (send_order(child, &order) != CAA_OK) caa_sandbox_child_end(child, VANISHED);
}

/* --- heard */

bool caa_sandbox_child_greet(struct child *child, const struct caa_notice *hello) {
    struct caa_sandbox_status *status = &child->sandbox->status;
    struct caa_writer version =
        caa_writer_into(status->library_version, sizeof status->library_version);
    if (child->greeted) return false;
    child->greeted = true;
    caa_writer_printable(&version, hello->library);
    status->library_is_current = caa_recursor_version_is_current(status->library_version);
    status->jail = hello->jail;
    return hello->jail.system_calls && hello->jail.no_privilege && hello->jail.limits;
}

static void on_answer(struct child *child, const struct caa_notice *notice) {
    struct sandbox *sandbox = child->sandbox;
    struct caa_lookup_ticket *ticket = caa_sandbox_find(sandbox, notice->id);
    char reason[CAA_WIRE_REASON_MAX + 1];
    if (ticket == NULL || ticket->child != child) {
        /* One that was taken back meanwhile; but not more than there were of these. */
        if (child->cancelled == 0) caa_sandbox_child_end(child, LIED);
        child->cancelled -= child->cancelled > 0;
        return;
    }
    struct caa_writer text = caa_writer_into(reason, sizeof reason);
    caa_writer_printable(&text, notice->text);
    if (notice->kind == CAA_NOTICE_NO_ANSWER) {
        caa_sandbox_lose(ticket, caa_err_text(notice->err));
    } else {
        const struct caa_result result = {.rcode = notice->rcode,
                                          .sec = notice->sec,
                                          .why_bogus = reason[0] == '\0' ? NULL : reason,
                                          .packet = notice->packet.ptr,
                                          .packet_len = notice->packet.len,
                                          .keep_packet = sandbox->keep_packets};
        caa_sandbox_settle(ticket,
                           caa_result_read(&result, &ticket->question, &sandbox->upstreams,
                                           sandbox->clock, ticket->started_us));
    }
    if (LIST_EMPTY(&child->tickets) && (child->role == PINNED || child->draining))
        caa_sandbox_child_end(child, RETIRED);
}

/* False: none of ours would say that now. */
static bool is_in_order(const struct child *child, const struct caa_notice *notice) {
    switch (notice->kind) {
    case CAA_NOTICE_HELLO: return !child->greeted;
    case CAA_NOTICE_OPENED: return child->greeted && !child->opened && child->role != SPARE;
    case CAA_NOTICE_ANSWER:
    case CAA_NOTICE_NO_ANSWER: return child->opened;
    case CAA_NOTICE_PONG:
        return child->greeted && notice->id == child->pongs + 1 && notice->id <= child->pings;
    }
    return false;
}

static void on_message(void *context, const uint8_t *octets, size_t len) {
    struct child *child = context;
    struct caa_notice notice;
    if (caa_notice_read(&notice, octets, len) != CAA_OK || !is_in_order(child, &notice)) {
        caa_sandbox_child_end(child, LIED);
        return;
    }
    child->misses = 0;
    switch (notice.kind) {
    case CAA_NOTICE_HELLO:
        if (!caa_sandbox_child_greet(child, &notice)) caa_sandbox_child_end(child, UNFIT);
        return;
    case CAA_NOTICE_OPENED:
        child->opened = true;
        if (notice.err != CAA_OK) caa_sandbox_child_end(child, UNFIT);
        return;
    case CAA_NOTICE_ANSWER:
    case CAA_NOTICE_NO_ANSWER: on_answer(child, &notice); return;
    case CAA_NOTICE_PONG: child->pongs++; return;
    }
}

/* --- ended */

/* Once more, where the process of a question ended, but never together with those that end
   theirs each time. */
static void rehouse(struct child *child, const char *reason) {
    struct caa_lookup_ticket *ticket;
    while ((ticket = LIST_FIRST(&child->tickets)) != NULL) {
        bool again = ticket->again;
        ticket->again = true;
        bool is_pinned = ticket->pin_order != NULL;
        if (again || (is_pinned && !caa_sandbox_assign_pinned_again(ticket))) {
            caa_sandbox_lose(ticket, reason);
            continue;
        }
        if (is_pinned) continue;
        caa_sandbox_detach(ticket);
        if (ticket->role != REGISTRIES) ticket->role = SUSPECTS;
        child->sandbox->counts.asked_again++;
        caa_sandbox_assign(ticket);
    }
}

static void on_end(void *context) {
    caa_sandbox_child_end(context, VANISHED);
}

static const char *reason_of(enum fate fate) {
    switch (fate) {
    case HUNG: return "the recursor's process hung";
    case LIED: return "the recursor's process said what it must not";
    case UNFIT: return "the recursor's process could not do its work";
    case RUNNING:
    case RETIRED:
    case VANISHED: break;
    }
    return "the recursor's process ended";
}

void caa_sandbox_child_end(struct child *child, enum fate fate) {
    struct sandbox *sandbox = child->sandbox;
    if (child->fate != RUNNING) return;
    child->fate = fate;
    caa_channel_close(child->channel);
    child->channel = NULL;
    caa_spawner_kill(sandbox->spawner, child->number);
    sandbox->counts.hung += fate == HUNG;
    sandbox->counts.lied += fate == LIED;
    sandbox->pinned_count -= child->role == PINNED;
    if (fate != RETIRED && sandbox->restarts > 0) sandbox->restarts--;
    for (size_t i = 0; i < ROLES; i++)
        if (sandbox->current[i] == child) sandbox->current[i] = NULL;
    rehouse(child, reason_of(fate));
}

/* Those of real time have no name. */
static void tell_signal(char text[CAA_SANDBOX_ENDING_MAX], int number) {
    const char *name = sigabbrev_np(number);
    if (name != NULL)
        snprintf(text, CAA_SANDBOX_ENDING_MAX, "SIG%s", name);
    else
        snprintf(text, CAA_SANDBOX_ENDING_MAX, "signal %d", number);
}

static void tell_ending(char text[CAA_SANDBOX_ENDING_MAX], const struct child *child,
                        const struct caa_spawner_report *report) {
    int status = report->wait_status;
    if (report->too_large != 0)
        snprintf(text, CAA_SANDBOX_ENDING_MAX, "too large");
    else if (child->fate != VANISHED)
        snprintf(text, CAA_SANDBOX_ENDING_MAX, "%s", reason_of(child->fate));
    else if (WIFSIGNALED(status))
        tell_signal(text, WTERMSIG(status));
    else
        snprintf(text, CAA_SANDBOX_ENDING_MAX, "exit status %d", WEXITSTATUS(status));
}

void caa_sandbox_on_ended(void *context, const struct caa_spawner_report *report) {
    struct sandbox *sandbox = context;
    struct child *child;
    LIST_FOREACH(child, &sandbox->children, link)
    if (child->number == report->number) break;
    if (child == NULL) return;
    caa_sandbox_child_end(child, VANISHED);
    sandbox->counts.oversized += report->too_large != 0;
    sandbox->counts.crashed += report->too_large == 0 && child->fate == VANISHED;
    sandbox->counts.ended_badly += child->fate != RETIRED;
    if (child->fate != RETIRED) tell_ending(sandbox->status.last_ending, child, report);
    LIST_REMOVE(child, link);
    free(child);
}

void caa_sandbox_on_spawner_gone(void *context) {
    struct sandbox *sandbox = context;
    struct child *child, *next;
    sandbox->status.spawner_is_gone = true;
    for (child = LIST_FIRST(&sandbox->children); child != NULL; child = next) {
        next = LIST_NEXT(child, link);
        caa_sandbox_child_end(child, VANISHED);
    }
}
