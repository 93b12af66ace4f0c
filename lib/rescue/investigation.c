#include "rescue/investigation.h"

#include <stdlib.h>

#include "rescue/attempt.h"

enum {
    REASKED_SERVERS = 2, /* at a time, of a zone that fails */
    REASK_QUERIES = 12,  /* then that, and where they lead */
    REASK_UDP_MS = 1000, /* and no longer, so that the next two have their turn */
    REASK_TCP_MS = 1500,
};

/* Pauses between walks. To retry at once is wasted when a whole zone is out; later it has to be
   looked at once a second, for the sake of clients that give up soon. */
static const uint32_t pauses_ms[] = {300, 700, 1000, 1500, 1000};

LIST_HEAD(attendant_list, caa_attendant);

struct caa_investigation {
    const struct caa_investigation_setting *setting;
    struct caa_question question;
    struct caa_walk *walk;  /* the latest */
    struct caa_walk *first; /* the one that asked everybody; may be `walk` */
    size_t walk_count;
    size_t pinnable_count; /* zones for which the latest walk found somebody to ask */
    struct event *next_walk;
    struct event *turn; /* news for who has just come, or the end */
    struct attendant_list attendants;
    struct attendant_list to_be_told; /* of the current event */
    void (*ended)(void *context, struct caa_investigation *investigation);
    void *context;
};

/* Whoever is told may leave, and make others leave too. */
static void tell(struct caa_investigation *investigation, enum caa_investigation_event event) {
    struct caa_attendant *attendant;
    while ((attendant = LIST_FIRST(&investigation->attendants)) != NULL) {
        LIST_REMOVE(attendant, link);
        LIST_INSERT_HEAD(&investigation->to_be_told, attendant, link);
    }
    while ((attendant = LIST_FIRST(&investigation->to_be_told)) != NULL) {
        LIST_REMOVE(attendant, link);
        LIST_INSERT_HEAD(&investigation->attendants, attendant, link);
        attendant->note(attendant->context, event);
    }
}

static bool is_unattended(const struct caa_investigation *investigation) {
    return LIST_EMPTY(&investigation->attendants) && LIST_EMPTY(&investigation->to_be_told);
}

static void on_progress(void *context, struct caa_walk *walk, enum caa_walk_event event,
                        const struct caa_path_zone *zone) {
    struct caa_investigation *investigation = context;
    size_t pinnable = caa_attempt_pinnable_count(caa_walk_path(walk));
    (void)zone;
    /* At once, so that nobody else asks all of its servers. */
    if (event == CAA_WALK_ZONE_CONFIRMED || pinnable > investigation->pinnable_count)
        caa_ledger_note_path(investigation->setting->ledger, caa_walk_path(walk));
    if (pinnable <= investigation->pinnable_count) return;
    investigation->pinnable_count = pinnable;
    tell(investigation, CAA_INVESTIGATION_TRY);
}

static void on_walked(void *context, struct caa_walk *walk) {
    struct caa_investigation *investigation = context;
    size_t last = sizeof pauses_ms / sizeof pauses_ms[0] - 1;
    size_t pause = investigation->walk_count - 1;
    uint32_t ms = pauses_ms[pause < last ? pause : last];
    const struct timeval wait = {.tv_sec = ms / 1000,
                                 .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    caa_ledger_note_path(investigation->setting->ledger, caa_walk_path(walk));
    investigation->pinnable_count = caa_attempt_pinnable_count(caa_walk_path(walk));
    evtimer_add(investigation->next_walk, &wait);
    tell(investigation, CAA_INVESTIGATION_WALKED);
}

static enum caa_err walk(struct caa_investigation *investigation,
                         const struct caa_walk_from *from,
                         const struct caa_walk_limits *limits) {
    const struct caa_investigation_setting *setting = investigation->setting;
    struct caa_walk_setting walk_setting = {
        .base = setting->base,
        .clock = setting->clock,
        .random = setting->random,
        .lookup = setting->lookup,
        .root_hints = setting->root_hints,
        .from = from,
        .limits = *limits,
        .confirm_referrals = true,
        .skip_child_ns = true,
        .progress = on_progress,
        .done = on_walked,
        .context = investigation,
    };
    struct caa_walk *started;
    enum caa_err err = caa_walk_start(&started, &walk_setting, &investigation->question);
    if (err != CAA_OK) return err;
    if (investigation->walk != investigation->first) caa_walk_free(investigation->walk);
    investigation->walk = started;
    if (investigation->first == NULL) investigation->first = started;
    investigation->walk_count++;
    investigation->pinnable_count = 0;
    return CAA_OK;
}

static struct caa_walk_server walk_server(const struct caa_ledger_server *server) {
    return (struct caa_walk_server){.name = server->name.len == 0 ? NULL : &server->name,
                                    .address = server->address};
}

/* Takes servers of `known`, from number `first` on and round again. */
static struct caa_walk_from start_at(const struct caa_ledger_zone *known, size_t first,
                                     size_t most, struct caa_walk_server *servers) {
    struct caa_walk_from from = {.zone = known->zone, .servers = servers};
    for (; from.server_count < most && from.server_count < known->server_count;
         from.server_count++)
        servers[from.server_count] =
            walk_server(&known->servers[(first + from.server_count) % known->server_count]);
    return from;
}

/* The walk that is to ask everybody on the way to `name` and further. Below the zones whose
   referral is fresh there is no need to ask the root again; and where all servers of one were
   asked just now, two are enough: those that work, if any do. */
static enum caa_err walk_from_nearest(struct caa_investigation *investigation,
                                      const struct caa_name *name) {
    static const struct caa_walk_limits defaults = {0};
    struct caa_ledger_zone known;
    struct caa_walk_server servers[CAA_LEDGER_SERVERS_MAX];
    struct caa_ledger *ledger = investigation->setting->ledger;
    if (!caa_ledger_find(ledger, name, &known)) return walk(investigation, NULL, &defaults);
    size_t most =
        caa_ledger_was_asked(ledger, &known) ? REASKED_SERVERS : CAA_LEDGER_SERVERS_MAX;
    struct caa_walk_from from = start_at(&known, 0, most, servers);
    return walk(investigation, &from, &defaults);
}

/* Nothing fails below where the first walk began: then it is above, and the first walk has to
   be made again from there. */
static enum caa_err walk_from_higher(struct caa_investigation *investigation) {
    struct caa_walk *first = investigation->first, *latest = investigation->walk;
    struct caa_name above = caa_walk_path(first)->zones->name;
    caa_name_parent(&above, &above);
    investigation->first = NULL;
    enum caa_err err = walk_from_nearest(investigation, &above);
    if (err != CAA_OK)
        investigation->first = first;
    else if (first != latest)
        caa_walk_free(first);
    return err;
}

/* From the zone that fails, or the last one, or the nearest above it that may be asked: two
   servers at a time, others each time. */
static enum caa_err walk_again(struct caa_investigation *investigation) {
    static const struct caa_walk_limits limits = {.queries = REASK_QUERIES,
                                                  .udp_timeout_ms = REASK_UDP_MS,
                                                  .tcp_timeout_ms = REASK_TCP_MS};
    const struct caa_path *path = caa_walk_path(investigation->first);
    const struct caa_path_zone *zone = caa_path_failing_zone(path);
    struct caa_ledger_zone known;
    struct caa_walk_server servers[REASKED_SERVERS];
    if (zone == NULL && !caa_name_is_root(&path->zones->name))
        return walk_from_higher(investigation);
    if (zone == NULL) zone = caa_path_deepest(path);
    if (!caa_ledger_find(investigation->setting->ledger, &zone->name, &known))
        return walk(investigation, NULL, &limits);
    size_t skip = (investigation->walk_count - 1) * REASKED_SERVERS;
    struct caa_walk_from from = start_at(&known, skip, REASKED_SERVERS, servers);
    return walk(investigation, &from, &limits);
}

static void on_next_walk(evutil_socket_t fd, short events, void *context) {
    struct caa_investigation *investigation = context;
    const struct timeval wait = {.tv_sec = 1};
    (void)fd;
    (void)events;
    if (is_unattended(investigation)) return;
    if (walk_again(investigation) != CAA_OK) evtimer_add(investigation->next_walk, &wait);
}

static void on_turn(evutil_socket_t fd, short events, void *context) {
    struct caa_investigation *investigation = context;
    (void)fd;
    (void)events;
    if (!is_unattended(investigation)) {
        if (investigation->pinnable_count > 0) tell(investigation, CAA_INVESTIGATION_TRY);
        return;
    }
    investigation->ended(investigation->context, investigation);
    caa_investigation_free(investigation);
}

enum caa_err caa_investigation_start(
    struct caa_investigation **started, const struct caa_investigation_setting *setting,
    const struct caa_question *question,
    void (*ended)(void *context, struct caa_investigation *investigation), void *context) {
    struct caa_investigation *investigation = calloc(1, sizeof *investigation);
    if (investigation == NULL) return CAA_ERR_NOMEM;
    investigation->setting = setting;
    investigation->question = *question;
    investigation->question.pin = NULL;
    investigation->ended = ended;
    investigation->context = context;
    LIST_INIT(&investigation->attendants);
    LIST_INIT(&investigation->to_be_told);
    investigation->turn = event_new(setting->base, -1, EV_PERSIST, on_turn, investigation);
    investigation->next_walk = evtimer_new(setting->base, on_next_walk, investigation);
    enum caa_err err = investigation->turn == NULL || investigation->next_walk == NULL
                           ? CAA_ERR_EVENT
                           : walk_from_nearest(investigation, &question->name);
    if (err == CAA_OK)
        *started = investigation;
    else
        caa_investigation_free(investigation);
    return err;
}

void caa_investigation_attend(struct caa_investigation *investigation,
                              struct caa_attendant *attendant) {
    LIST_INSERT_HEAD(&investigation->attendants, attendant, link);
    if (investigation->pinnable_count > 0) event_active(investigation->turn, EV_TIMEOUT, 0);
}

void caa_investigation_leave(struct caa_investigation *investigation,
                             struct caa_attendant *attendant) {
    LIST_REMOVE(attendant, link);
    if (is_unattended(investigation)) event_active(investigation->turn, EV_TIMEOUT, 0);
}

const struct caa_name *caa_investigation_name(const struct caa_investigation *investigation) {
    return &investigation->question.name;
}

const struct caa_path *caa_investigation_path(const struct caa_investigation *investigation) {
    return caa_walk_path(investigation->walk);
}

const struct caa_path *caa_investigation_evidence(
    const struct caa_investigation *investigation) {
    return caa_walk_path(investigation->first);
}

void caa_investigation_free(struct caa_investigation *investigation) {
    if (investigation->turn != NULL) event_free(investigation->turn);
    if (investigation->next_walk != NULL) event_free(investigation->next_walk);
    if (investigation->first != investigation->walk) caa_walk_free(investigation->first);
    caa_walk_free(investigation->walk);
    free(investigation);
}
