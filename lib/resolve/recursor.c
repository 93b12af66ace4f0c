#include "resolve/recursor.h"

#include <stdlib.h>
#include <sys/queue.h>

#include <unbound-event.h>

#include "base/arena.h"
#include "resolve/context.h"
#include "resolve/heirs.h"
#include "resolve/recursor_setting.h"
#include "resolve/result.h"
#include "resolve/upstream.h"

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
    struct caa_upstreams upstreams;
    const struct caa_clock *clock;
    struct event *delivery; /* libunbound may call back inside ub_resolve_event: we never do */
    struct ticket_list resolving;
    struct ticket_list answered;
    struct caa_heirs heirs;
    size_t pinned_count; /* pinned questions in flight */
};

struct caa_lookup_ticket {
    TAILQ_ENTRY(caa_lookup_ticket) link;
    struct recursor *recursor;
    struct caa_question question;
    caa_lookup_done *done;
    void *context;
    struct ub_ctx *pinned; /* of a pinned question; else NULL */
    struct caa_heir *heir; /* who is asked in place of the first context, or NULL */
    bool inherits;         /* its context is to become such */
    bool abandoned;        /* libunbound may still call back, and nobody listens */
    int async_id;
    int64_t started_us;
    const struct caa_answer *answer; /* NULL while libunbound resolves */
};

static void on_resolved(void *data, int rcode, void *packet, int packet_len, int sec,
                        char *why_bogus, int was_ratelimited) {
    struct caa_lookup_ticket *ticket = data;
    struct recursor *recursor = ticket->recursor;
    (void)was_ratelimited;
    if (ticket->abandoned) return;
    struct caa_result result = {.rcode = rcode,
                                .sec = sec,
                                .why_bogus = why_bogus,
                                .packet = packet,
                                .packet_len = packet_len < 0 ? 0 : (size_t)packet_len,
                                .keep_packet = recursor->setting->keep_packets};
    ticket->answer = caa_result_read(&result, &ticket->question, &recursor->upstreams,
                                     recursor->clock, ticket->started_us);
    TAILQ_REMOVE(&recursor->resolving, ticket, link);
    TAILQ_INSERT_TAIL(&recursor->answered, ticket, link);
    event_active(recursor->delivery, EV_TIMEOUT, 0);
}

/* Never from inside a callback of libunbound: it may delete a context. */
static void end_pinned(struct caa_lookup_ticket *ticket) {
    struct recursor *recursor = ticket->recursor;
    if (ticket->inherits && ticket->answer != NULL && caa_answer_is_sound(ticket->answer))
        caa_heirs_add(&recursor->heirs, &ticket->question.name, ticket->pinned);
    else
        ub_ctx_delete(ticket->pinned);
    recursor->pinned_count--;
}

/* Likewise. */
static void free_ticket(struct caa_lookup_ticket *ticket) {
    ticket->abandoned = true;
    if (ticket->pinned != NULL) end_pinned(ticket);
    caa_heir_release(ticket->heir);
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
    if (err != CAA_OK) return err;
    recursor->pinned_count++;
    ticket->inherits = pin->inherits && pin->zone_count == 0 && !pin->over_tcp;
    return CAA_OK;
}

static struct ub_ctx *context_of(const struct caa_lookup_ticket *ticket) {
    if (ticket->pinned != NULL) return ticket->pinned;
    return ticket->heir != NULL ? caa_heir_context(ticket->heir) : ticket->recursor->context;
}

static enum caa_err resolve(struct caa_lookup_ticket *ticket) {
    char name[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&ticket->question.name, name);
    if (ticket->pinned == NULL)
        ticket->heir = caa_heirs_find(&ticket->recursor->heirs, &ticket->question.name);
    int status = ub_resolve_event(context_of(ticket), name, ticket->question.type, 1, ticket,
                                  on_resolved, &ticket->async_id);
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
        if (ticket->pinned == NULL) ub_cancel(context_of(ticket), ticket->async_id);
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
    if (!recursor->upstreams.are_forwarders) return NULL;
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
    /* Deleting a context calls back for what is pending, which moves it to `answered`. */
    if (recursor->context != NULL) ub_ctx_delete(recursor->context);
    caa_heirs_clear(&recursor->heirs);
    free_list(&recursor->resolving);
    free_list(&recursor->answered);
    caa_heirs_clear(&recursor->heirs); /* to whom these may have left something */
    if (recursor->delivery != NULL) event_free(recursor->delivery);
    caa_arena_free(recursor->arena);
    free(recursor);
}

static const struct caa_lookup_operations operations = {
    .start = start, .cancel = cancel, .free = free_recursor, .failure_so_far = failure_so_far};

static enum caa_err furnish(struct recursor *recursor,
                            const struct caa_recursor_setting *setting) {
    recursor->arena = caa_arena_new(SETTING_LIMIT_OCTETS);
    if (recursor->arena == NULL) return CAA_ERR_NOMEM;
    recursor->setting = caa_recursor_setting_copy(recursor->arena, setting);
    if (recursor->setting == NULL ||
        caa_upstreams_take(&recursor->upstreams, recursor->arena, setting) != CAA_OK)
        return CAA_ERR_NOMEM;
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

bool caa_recursor_version_is_current(const char *version) {
    unsigned long major = next_number(&version);
    unsigned long minor = next_number(&version);
    unsigned long patch = next_number(&version);
    if (major != 1) return major > 1;
    return minor > 25 || (minor == 25 && patch >= 2);
}

bool caa_recursor_library_is_current(void) {
    return caa_recursor_version_is_current(ub_version());
}

const char *caa_recursor_library_warning(void) {
    return caa_recursor_library_is_current()
               ? NULL
               : "this libunbound is older than 1.25.2 and may lack fixes of 2026 for DNSSEC "
                 "validation and cache poisoning";
}
