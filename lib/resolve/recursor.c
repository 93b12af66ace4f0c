#include "resolve/recursor.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <unbound-event.h>

#include "base/arena.h"
#include "resolve/context.h"
#include "resolve/forwarder.h"
#include "resolve/recursor_setting.h"
#include "resolve/response.h"
#include "resolve/route.h"

/* Answers handed over in one turn of the loop, so that other events get theirs. */
enum { DELIVERIES_PER_TURN = 256 };

enum { SETTING_LIMIT_OCTETS = 1 << 20 };

TAILQ_HEAD(ticket_list, caa_lookup_ticket);

struct recursor {
    struct caa_lookup lookup;
    struct event_base *base;
    struct ub_ctx *context;
    struct caa_arena *arena;                    /* holds what follows it */
    const struct caa_recursor_setting *setting; /* for the contexts of pinned questions */
    struct caa_route_target *upstreams; /* root servers or forwarders: are they out of reach? */
    size_t upstream_count;
    const struct caa_clock *clock;
    struct event *delivery; /* libunbound may call back inside ub_resolve_event: we never do */
    struct ticket_list resolving;
    struct ticket_list answered;
    size_t pinned_count; /* pinned questions in flight */
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct recursor *recursor;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    struct ub_ctx *pinned; /* of a pinned question; else NULL */
    bool abandoned;        /* libunbound may still call back, and nobody listens */
    int async_id;
    int64_t started_us;
    const struct caa_answer *answer; /* NULL while libunbound resolves */
};

static bool forwards(const struct recursor *recursor) {
    return recursor->setting->forwarder_count > 0;
}

/* Says why, where this machine reaches nobody. */
static bool is_cut_off(const struct recursor *recursor, char *reason, size_t reason_size) {
    int reason_errno = 0;
    if (caa_route_exists(recursor->upstreams, recursor->upstream_count, &reason_errno))
        return false;
    snprintf(reason, reason_size, "no route to any %s: %s",
             forwards(recursor) ? "forwarder" : "root server", strerror(reason_errno));
    return true;
}

/* libunbound gives no reason for a failure: what can be told of our own side is told here. */
static const struct caa_answer *failure(const struct caa_lookup_ticket *ticket,
                                        enum caa_outcome outcome, uint32_t elapsed_us) {
    char reason[160] = "";
    if (is_cut_off(ticket->recursor, reason, sizeof reason))
        outcome = CAA_OUTCOME_NETWORK;
    else if (forwards(ticket->recursor))
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
    struct caa_response_context context = {
        .security = security_of(sec),
        .reason = why_bogus,
        .observed_at_us = caa_clock_wall_us(ticket->recursor->clock),
        .elapsed_us = elapsed,
        .keep_packet = ticket->recursor->setting->keep_packets};
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
    if (ticket->abandoned) return;
    ticket->answer = read_answer(ticket, rcode, packet, packet_len, sec, why_bogus);
    TAILQ_REMOVE(&recursor->resolving, ticket, link);
    TAILQ_INSERT_TAIL(&recursor->answered, ticket, link);
    event_active(recursor->delivery, EV_TIMEOUT, 0);
}

/* Never from inside a callback of libunbound: it may delete a context. */
static void free_ticket(struct caa_lookup_ticket *ticket) {
    ticket->abandoned = true;
    if (ticket->pinned != NULL) {
        ub_ctx_delete(ticket->pinned);
        ticket->recursor->pinned_count--;
    }
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

static struct caa_lookup_ticket *make_ticket(struct recursor *recursor,
                                             const struct caa_question *question,
                                             caa_lookup_done *done, void *context) {
    struct caa_lookup_ticket *ticket = calloc(1, sizeof *ticket);
    if (ticket == NULL) return NULL;
    ticket->recursor = recursor;
    ticket->question = *question;
    ticket->question.pin = NULL; /* it is the caller's, and needed once only */
    ticket->done = done;
    ticket->context = context;
    ticket->started_us = caa_clock_monotonic_us(recursor->clock);
    return ticket;
}

static enum caa_err give_own_context(struct caa_lookup_ticket *ticket,
                                     const struct caa_pin *pin) {
    struct recursor *recursor = ticket->recursor;
    if (recursor->pinned_count >= CAA_RECURSOR_PINNED_MAX) return CAA_ERR_LIMIT;
    enum caa_err err =
        caa_context_new(&ticket->pinned, recursor->base, recursor->setting, pin, NULL);
    if (err == CAA_OK) recursor->pinned_count++;
    return err;
}

static enum caa_err resolve(struct caa_lookup_ticket *ticket) {
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&ticket->question.name, name);
    struct ub_ctx *context =
        ticket->pinned != NULL ? ticket->pinned : ticket->recursor->context;
    int status = ub_resolve_event(context, name, ticket->question.type, 1, ticket, on_resolved,
                                  &ticket->async_id);
    if (status == UB_NOERROR) return CAA_OK;
    return status == UB_NOMEM ? CAA_ERR_NOMEM : CAA_ERR_RESOLVER;
}

static enum caa_err start(struct caa_lookup *lookup, const struct caa_question *question,
                          caa_lookup_done *done, void *context,
                          struct caa_lookup_ticket **started) {
    struct recursor *recursor = (struct recursor *)lookup;
    struct caa_lookup_ticket *ticket = make_ticket(recursor, question, done, context);
    if (ticket == NULL) return CAA_ERR_NOMEM;
    TAILQ_INSERT_TAIL(&recursor->resolving, ticket, link);
    enum caa_err err = question->pin == NULL ? CAA_OK : give_own_context(ticket, question->pin);
    if (err == CAA_OK) err = resolve(ticket);
    if (err == CAA_OK) {
        *started = ticket;
        return CAA_OK;
    }
    TAILQ_REMOVE(&recursor->resolving, ticket, link);
    free_ticket(ticket);
    return err;
}

static void cancel(struct caa_lookup *lookup, struct caa_lookup_ticket *ticket) {
    struct recursor *recursor = (struct recursor *)lookup;
    if (ticket->answer == NULL) {
        if (ticket->pinned == NULL) ub_cancel(recursor->context, ticket->async_id);
        TAILQ_REMOVE(&recursor->resolving, ticket, link);
    } else {
        TAILQ_REMOVE(&recursor->answered, ticket, link);
    }
    free_ticket(ticket);
}

/* That no forwarder answers cannot be the fault of the servers behind them. */
static const struct caa_answer *failure_so_far(struct caa_lookup *lookup,
                                               struct caa_lookup_ticket *ticket) {
    struct recursor *recursor = (struct recursor *)lookup;
    if (!forwards(recursor)) return NULL;
    int64_t elapsed_us = caa_clock_monotonic_us(recursor->clock) - ticket->started_us;
    return caa_answer_failure(&ticket->question.name, ticket->question.type,
                              CAA_OUTCOME_TIMEOUT,
                              "none of the forwarders has answered in time",
                              caa_clock_wall_us(recursor->clock), (uint32_t)elapsed_us);
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
    caa_arena_free(recursor->arena);
    free(recursor);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_recursor, .failure_so_far = failure_so_far};

static size_t upstream_count(const struct caa_recursor_setting *setting) {
    return setting->forwarder_count > 0 ? setting->forwarder_count : setting->root_hints->count;
}

/* They were already found readable by caa_context_new; a root server's address reads like that
   of a forwarder without a port. */
static void note_upstreams(struct recursor *recursor) {
    const struct caa_recursor_setting *setting = recursor->setting;
    for (size_t i = 0; i < upstream_count(setting); i++) {
        struct caa_forwarder upstream;
        const char *text =
            forwards(recursor) ? setting->forwarders[i] : setting->root_hints->addresses[i];
        if (caa_forwarder_parse(&upstream, text, NULL) != CAA_OK) continue;
        recursor->upstreams[recursor->upstream_count++] =
            (struct caa_route_target){upstream.address, upstream.address_octets};
    }
}

static enum caa_err furnish(struct recursor *recursor,
                            const struct caa_recursor_setting *setting) {
    recursor->arena = caa_arena_new(SETTING_LIMIT_OCTETS);
    if (recursor->arena == NULL) return CAA_ERR_NOMEM;
    recursor->setting = caa_recursor_setting_copy(recursor->arena, setting);
    recursor->upstreams =
        caa_arena_array(recursor->arena, upstream_count(setting), sizeof *recursor->upstreams);
    if (recursor->setting == NULL || recursor->upstreams == NULL) return CAA_ERR_NOMEM;
    note_upstreams(recursor);
    recursor->delivery = event_new(recursor->base, -1, EV_PERSIST, deliver, recursor);
    return recursor->delivery == NULL ? CAA_ERR_EVENT : CAA_OK;
}

enum caa_err caa_recursor_new(struct caa_lookup **lookup, struct event_base *base,
                              const struct caa_clock *clock,
                              const struct caa_recursor_setting *setting,
                              struct caa_diag *diag) {
    struct recursor *recursor = calloc(1, sizeof *recursor);
    if (recursor == NULL) return CAA_ERR_NOMEM;
    recursor->lookup.operations = &operations;
    recursor->base = base;
    recursor->clock = clock;
    TAILQ_INIT(&recursor->resolving);
    TAILQ_INIT(&recursor->answered);
    enum caa_err err = caa_context_new(&recursor->context, base, setting, NULL, diag);
    if (err == CAA_OK) err = furnish(recursor, setting);
    if (err == CAA_OK)
        *lookup = &recursor->lookup;
    else
        free_recursor(&recursor->lookup);
    return err;
}

const char *caa_recursor_library_version(void) {
    return ub_version();
}

/* Reads the number at `*text` and goes behind the dot that follows it. */
static unsigned long next_number(const char **text) {
    char *end;
    unsigned long number = strtoul(*text, &end, 10);
    *text = *end == '.' ? end + 1 : end;
    return number;
}

bool caa_recursor_library_is_current(void) {
    const char *version = ub_version();
    unsigned long major = next_number(&version);
    unsigned long minor = next_number(&version);
    unsigned long patch = next_number(&version);
    if (major != 1) return major > 1;
    return minor > 25 || (minor == 25 && patch >= 2);
}
