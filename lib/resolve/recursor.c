#include "resolve/recursor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <unbound-event.h>

#include "resolve/context.h"
#include "resolve/forwarder.h"
#include "resolve/response.h"

/* Answers handed over in one turn of the loop, so that other events get theirs. */
enum { DELIVERIES_PER_TURN = 256 };

TAILQ_HEAD(ticket_list, caa_lookup_ticket);

struct upstream {
    struct sockaddr_storage address;
    socklen_t octets;
};

struct recursor {
    struct caa_lookup lookup;
    struct ub_ctx *context;
    const struct caa_clock *clock;
    struct event *delivery; /* libunbound may call back inside ub_resolve_event: we never do */
    struct ticket_list resolving;
    struct ticket_list answered;
    bool forwards;
    size_t upstream_count; /* root servers or forwarders: to tell our network's failure from
                              theirs */
    struct upstream upstreams[];
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct recursor *recursor;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    int async_id;
    int64_t started_us;
    const struct caa_answer *answer; /* NULL while libunbound resolves */
};

/* Asks the kernel for a route to each upstream, without sending anything. */
static bool no_route(const struct recursor *recursor, char *reason, size_t reason_size) {
    int last_errno = 0;
    for (size_t i = 0; i < recursor->upstream_count; i++) {
        const struct upstream *upstream = &recursor->upstreams[i];
        int probe = socket(upstream->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (probe < 0) continue;
        bool connected =
            connect(probe, (const struct sockaddr *)&upstream->address, upstream->octets) == 0;
        if (!connected) last_errno = errno;
        close(probe);
        if (connected) return false;
    }
    snprintf(reason, reason_size, "no route to any %s: %s",
             recursor->forwards ? "forwarder" : "root server",
             last_errno != 0 ? strerror(last_errno) : "no socket could be made");
    return true;
}

/* libunbound gives no reason for a failure: what can be told of our own side is told here. */
static const struct caa_answer *failure(const struct caa_lookup_ticket *ticket,
                                        enum caa_outcome outcome, uint32_t elapsed_us) {
    char reason[160] = "";
    if (no_route(ticket->recursor, reason, sizeof reason))
        outcome = CAA_OUTCOME_NETWORK;
    else if (ticket->recursor->forwards)
        snprintf(reason, sizeof reason, "no forwarder gave an answer that could be validated");
    return caa_answer_failure(&ticket->question.name, ticket->question.type, outcome, reason,
                              caa_clock_wall_us(ticket->recursor->clock), elapsed_us);
}

/* `sec` as libunbound says it: 0 insecure, 1 bogus, 2 secure. */
static enum caa_security security_of(int sec) {
    return sec == 2   ? CAA_SECURITY_SECURE
           : sec == 0 ? CAA_SECURITY_INSECURE
                      : CAA_SECURITY_BOGUS;
}

static const struct caa_answer *read_answer(const struct caa_lookup_ticket *ticket, int rcode,
                                            const void *packet, int packet_len, int sec,
                                            const char *why_bogus) {
    int64_t elapsed_us = caa_clock_monotonic_us(ticket->recursor->clock) - ticket->started_us;
    uint32_t elapsed = elapsed_us > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed_us;
    /* With an error beside it, packet and length are stale memory. */
    if (rcode != 0)
        return failure(ticket, rcode == 5 ? CAA_OUTCOME_REFUSED : CAA_OUTCOME_SERVFAIL,
                       elapsed);
    struct caa_response_context context = {.security = security_of(sec),
                                           .reason = why_bogus,
                                           .observed_at_us =
                                               caa_clock_wall_us(ticket->recursor->clock),
                                           .elapsed_us = elapsed};
    const struct caa_answer *answer = caa_response_read(
        packet, packet_len < 0 ? 0 : (size_t)packet_len, &ticket->question, &context);
    if (answer->outcome != CAA_OUTCOME_SERVFAIL || answer->reason[0] != '\0' ||
        answer->ede >= 0)
        return answer;
    caa_answer_release(answer);
    return failure(ticket, CAA_OUTCOME_SERVFAIL, elapsed);
}

static void on_resolved(void *data, int rcode, void *packet, int packet_len, int sec,
                        char *why_bogus, int was_ratelimited) {
    struct caa_lookup_ticket *ticket = data;
    struct recursor *recursor = ticket->recursor;
    (void)was_ratelimited;
    ticket->answer = read_answer(ticket, rcode, packet, packet_len, sec, why_bogus);
    TAILQ_REMOVE(&recursor->resolving, ticket, link);
    TAILQ_INSERT_TAIL(&recursor->answered, ticket, link);
    event_active(recursor->delivery, EV_TIMEOUT, 0);
}

static void free_ticket(struct caa_lookup_ticket *ticket) {
    caa_answer_release(ticket->answer);
    free(ticket);
}

static void deliver(evutil_socket_t fd, short events, void *data) {
    struct recursor *recursor = data;
    (void)fd;
    (void)events;
    for (int n = 0; n < DELIVERIES_PER_TURN; n++) {
        struct caa_lookup_ticket *ticket = TAILQ_FIRST(&recursor->answered);
        if (ticket == NULL) return;
        TAILQ_REMOVE(&recursor->answered, ticket, link);
        ticket->done(ticket->context, ticket->answer);
        free_ticket(ticket);
    }
    event_active(recursor->delivery, EV_TIMEOUT, 0);
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **started) {
    struct recursor *recursor = (struct recursor *)lookup;
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&question->name, name);
    struct caa_lookup_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket == NULL) return CAA_ERR_NOMEM;
    ticket->recursor = recursor;
    ticket->question = *question;
    ticket->done = done;
    ticket->context = context;
    ticket->started_us = caa_clock_monotonic_us(recursor->clock);
    TAILQ_INSERT_TAIL(&recursor->resolving, ticket, link);
    int status = ub_resolve_event(recursor->context, name, question->type, 1, ticket,
                                  on_resolved, &ticket->async_id);
    if (status != UB_NOERROR) {
        TAILQ_REMOVE(&recursor->resolving, ticket, link);
        free(ticket);
        return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
    }
    *started = ticket;
    return CAA_OK;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct recursor *recursor = (struct recursor *)lookup;
    if (ticket->answer == NULL) {
        ub_cancel(recursor->context, ticket->async_id);
        TAILQ_REMOVE(&recursor->resolving, ticket, link);
    } else {
        TAILQ_REMOVE(&recursor->answered, ticket, link);
    }
    free_ticket(ticket);
}

static void free_list(struct ticket_list *list) {
    struct caa_lookup_ticket *ticket;
    while ((ticket = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, ticket, link);
        free_ticket(ticket);
    }
}

static void free_recursor(struct caa_lookup *lookup) {
    struct recursor *recursor = (struct recursor *)lookup;
    /* Deleting the context calls back for what is pending, which moves it to `answered`. */
    if (recursor->context != NULL) ub_ctx_delete(recursor->context);
    free_list(&recursor->resolving);
    free_list(&recursor->answered);
    if (recursor->delivery != NULL) event_free(recursor->delivery);
    free(recursor);
}

static const struct caa_lookup_operations operations = {start, cancel, free_recursor};

/* Upstreams were already found readable by caa_context_new; root servers are forwarders to port
 * 53 here. */
static void note_upstreams(struct recursor *recursor,
                           const struct caa_recursor_setting *setting) {
    size_t count = recursor->forwards ? setting->forwarder_count : setting->root_hints->count;
    for (size_t i = 0; i < count; i++) {
        struct caa_forwarder upstream;
        const char *text =
            recursor->forwards ? setting->forwarders[i] : setting->root_hints->addresses[i];
        if (caa_forwarder_parse(&upstream, text, NULL) != CAA_OK) continue;
        struct upstream *noted = &recursor->upstreams[recursor->upstream_count++];
        noted->address = upstream.address;
        noted->octets = upstream.address_octets;
    }
}

enum caa_err caa_recursor_new(struct caa_lookup **lookup, struct event_base *base,
                              const struct caa_clock *clock,
                              const struct caa_recursor_setting *setting,
                              struct caa_diag *diag) {
    struct ub_ctx *context;
    enum caa_err err = caa_context_new(&context, base, setting, diag);
    if (err != CAA_OK) return err;
    size_t upstreams =
        setting->forwarder_count > 0 ? setting->forwarder_count : setting->root_hints->count;
    struct recursor *recursor =
        calloc(1, sizeof *recursor + upstreams * sizeof recursor->upstreams[0]);
    if (recursor == NULL) {
        ub_ctx_delete(context);
        return CAA_ERR_NOMEM;
    }
    recursor->lookup.operations = &operations;
    recursor->context = context;
    recursor->clock = clock;
    recursor->forwards = setting->forwarder_count > 0;
    TAILQ_INIT(&recursor->resolving);
    TAILQ_INIT(&recursor->answered);
    note_upstreams(recursor, setting);
    recursor->delivery = event_new(base, -1, EV_PERSIST, deliver, recursor);
    if (recursor->delivery == NULL) {
        free_recursor(&recursor->lookup);
        return CAA_ERR_EVENT;
    }
    *lookup = &recursor->lookup;
    return CAA_OK;
}

const char *caa_recursor_library_version(void) {
    return ub_version();
}

bool caa_recursor_library_is_current(void) {
    unsigned major = 0, minor = 0, patch = 0;
    if (sscanf(ub_version(), "%u.%u.%u", &major, &minor, &patch) < 2) return false;
    if (major != 1) return major > 1;
    return minor > 25 || (minor == 25 && patch >= 2);
}
