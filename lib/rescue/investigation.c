#include "rescue/investigation.h"

#include <stdlib.h>

#include "rescue/investigation_state.h"

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

void caa_investigation_pinning(const struct caa_investigation *investigation,
                               const struct caa_name *name, struct caa_pinning *pinning) {
    const struct caa_name *own = caa_investigation_name(investigation);
    struct caa_pinning_ground ground = {.name = caa_name_is_subdomain(name, own) ? NULL : name,
                                        .path_count = 1,
                                        .paths = {caa_walk_path(investigation->walk)},
                                        .ledger = investigation->setting->ledger};
    for (size_t i = 0; i < investigation->leg_count; i++)
        if (investigation->legs[i].first != investigation->walk)
            ground.paths[ground.path_count++] = caa_walk_path(investigation->legs[i].first);
    caa_pinning_gather(pinning, &ground);
    pinning->reaches_name &= caa_name_is_subdomain(own, name);
    pinning->is_partial |= !pinning->reaches_name && !caa_name_is_subdomain(name, own);
    /* Where the last leg leads is not walked: the zone that is bad may be there. */
    const struct caa_path *last =
        caa_walk_path(investigation->legs[investigation->leg_count - 1].first);
    if (last->done && caa_path_alias(last) != NULL)
        pinning->is_short = pinning->has_unheard = true;
}

/* True where there is more to try than before. */
static bool look_whom_to_pin(struct caa_investigation *investigation) {
    struct caa_pinning now;
    caa_investigation_pinning(investigation, caa_investigation_name(investigation), &now);
    bool is_more = now.zone_count > investigation->pinning.zone_count ||
                   caa_pinning_is_better(&now, &investigation->pinning);
    investigation->pinning = now;
    return is_more;
}

void caa_investigation_on_progress(void *context, struct caa_walk *walk,
                                   enum caa_walk_event event,
                                   const struct caa_path_zone *zone) {
    struct caa_investigation *investigation = context;
    (void)zone;
    /* The walk may tell of progress before its start has returned. */
    if (investigation->walk != walk) return;
    bool is_more = look_whom_to_pin(investigation);
    /* At once, so that nobody else asks all of its servers. */
    if (event == CAA_WALK_ZONE_CONFIRMED || is_more)
        caa_ledger_note_path(investigation->setting->ledger, caa_walk_path(walk));
    if (is_more) tell(investigation, CAA_INVESTIGATION_TRY);
}

static bool is_leg(const struct caa_investigation *investigation, const struct caa_name *name) {
    for (size_t i = 0; i < investigation->leg_count; i++)
        if (caa_name_equal(name, &investigation->legs[i].question.name)) return true;
    return false;
}

static bool start_leg(struct caa_investigation *investigation, const struct caa_name *target,
                      uint16_t type) {
    struct investigation_leg *leg = &investigation->legs[investigation->leg_count];
    *leg = (struct investigation_leg){.question = {.name = *target, .type = type}};
    investigation->at = investigation->leg_count++;
    if (caa_investigation_walk(investigation, &leg->question.name) == CAA_OK) return true;
    investigation->at = --investigation->leg_count - 1;
    return false;
}

/* Goes on where the name leads as an alias, as long as nobody fails on the way so far. */
static bool follow_alias(struct caa_investigation *investigation) {
    const struct caa_path *path = caa_walk_path(investigation->walk);
    const struct caa_name *alias = caa_path_alias(path);
    bool at_last_leg = investigation->at + 1 == investigation->leg_count;
    if (alias == NULL || !at_last_leg || caa_path_failing_zone(path) != NULL) return false;
    investigation->is_circle = is_leg(investigation, alias);
    if (investigation->is_circle || investigation->leg_count == CAA_LEGS_MAX) return false;
    return start_leg(investigation, alias, path->type);
}

/* What a rescue led round is kept for a while. */
static void keep_outdated(struct investigation_leg *leg, int64_t now_us) {
    caa_walk_free(leg->outdated);
    leg->outdated = leg->first;
    leg->outdated_us = now_us;
}

/* In the zone that fails, as the first walk did. */
static bool asked_everybody(const struct investigation_leg *leg, const struct caa_walk *walk) {
    const struct caa_path_zone *failed = caa_path_failing_zone(caa_walk_path(leg->first));
    const struct caa_path_zone *now = caa_path_find(caa_walk_path(walk), &failed->name);
    return !caa_path_zone_has_unasked(now) && now->server_count >= failed->server_count;
}

/* Where the zone that failed works again, what is found now takes the place of what was found
   first: nobody is to be blamed for what is over. Likewise where it fails still, and everybody
   was asked anew. */
static void compare_with_first(struct caa_investigation *investigation) {
    struct caa_walk *walk = investigation->walk;
    struct investigation_leg *leg = &investigation->legs[investigation->at];
    bool is_first = leg->first == walk;
    enum caa_leg_news news = is_first
                                 ? CAA_LEG_FAILS_STILL
                                 : caa_leg_news(caa_walk_path(leg->first), caa_walk_path(walk));
    if (news == CAA_LEG_NO_NEWS) return;
    investigation->seen_us = caa_clock_monotonic_us(investigation->setting->clock);
    if (news == CAA_LEG_HAS_RECOVERED)
        keep_outdated(leg, investigation->seen_us);
    else if (!is_first && asked_everybody(leg, walk))
        caa_walk_free(leg->first);
    else
        return;
    leg->first = walk;
    leg->first_us = investigation->budget.started_us;
}

/* Of a zone that nobody asked nothing was seen. */
static void note_traffic(struct caa_investigation *investigation) {
    struct caa_traffic *traffic = caa_ledger_traffic(investigation->setting->ledger);
    const struct caa_path *path = caa_walk_path(investigation->walk);
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next) {
        struct caa_server_count count = caa_path_count_servers(path, zone);
        if (count.usable + count.failing > 0)
            caa_traffic_note(traffic, &zone->name, caa_path_zone_is_failing(path, zone));
    }
}

void caa_investigation_on_walked(void *context, struct caa_walk *walk) {
    struct caa_investigation *investigation = context;
    uint32_t ms = caa_investigation_pause_ms(investigation);
    const struct timeval wait = {.tv_sec = ms / 1000,
                                 .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    caa_ledger_note_path(investigation->setting->ledger, caa_walk_path(walk));
    look_whom_to_pin(investigation);
    note_traffic(investigation);
    compare_with_first(investigation);
    if (follow_alias(investigation)) return;
    evtimer_add(investigation->next_walk, &wait);
    tell(investigation, CAA_INVESTIGATION_WALKED);
}

static void on_next_walk(evutil_socket_t fd, short events, void *context) {
    struct caa_investigation *investigation = context;
    const struct timeval wait = {.tv_sec = 1};
    (void)fd;
    (void)events;
    if (is_unattended(investigation)) return;
    if (caa_investigation_walk_again(investigation) != CAA_OK)
        evtimer_add(investigation->next_walk, &wait);
}

static void on_turn(evutil_socket_t fd, short events, void *context) {
    struct caa_investigation *investigation = context;
    (void)fd;
    (void)events;
    if (!is_unattended(investigation)) {
        if (investigation->pinning.zone_count > 0) tell(investigation, CAA_INVESTIGATION_TRY);
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
    investigation->number = caa_traffic_register(caa_ledger_traffic(setting->ledger));
    investigation->legs[0].question = *question;
    investigation->legs[0].question.pin = NULL;
    investigation->leg_count = 1;
    investigation->ended = ended;
    investigation->context = context;
    LIST_INIT(&investigation->attendants);
    LIST_INIT(&investigation->to_be_told);
    investigation->turn = event_new(setting->base, -1, EV_PERSIST, on_turn, investigation);
    investigation->next_walk = evtimer_new(setting->base, on_next_walk, investigation);
    enum caa_err err = investigation->turn == NULL || investigation->next_walk == NULL
                           ? CAA_ERR_EVENT
                           : caa_investigation_walk(investigation, &question->name);
    if (err != CAA_OK) {
        caa_investigation_free(investigation);
        return err;
    }
    /* Others may have found out just now what there is to know. */
    look_whom_to_pin(investigation);
    *started = investigation;
    return CAA_OK;
}

void caa_investigation_attend(struct caa_investigation *investigation,
                              struct caa_attendant *attendant) {
    LIST_INSERT_HEAD(&investigation->attendants, attendant, link);
    if (investigation->pinning.zone_count > 0) event_active(investigation->turn, EV_TIMEOUT, 0);
}

void caa_investigation_leave(struct caa_investigation *investigation,
                             struct caa_attendant *attendant) {
    LIST_REMOVE(attendant, link);
    if (is_unattended(investigation)) event_active(investigation->turn, EV_TIMEOUT, 0);
}

const struct caa_name *caa_investigation_name(const struct caa_investigation *investigation) {
    return &investigation->legs[0].question.name;
}

const struct caa_path *caa_investigation_evidence(
    const struct caa_investigation *investigation) {
    return caa_walk_path(investigation->legs[0].first);
}

static bool is_recent(const struct caa_investigation *investigation, int64_t time_us) {
    int64_t age_us = caa_clock_monotonic_us(investigation->setting->clock) - time_us;
    return age_us < (int64_t)CAA_LEDGER_ALL_ASKED_S * 1000000;
}

bool caa_investigation_is_fresh(const struct caa_investigation *investigation) {
    return is_recent(investigation, investigation->seen_us);
}

struct caa_legs caa_investigation_legs(const struct caa_investigation *investigation) {
    struct caa_legs legs = {.count = investigation->leg_count,
                            .latest = caa_walk_path(investigation->walk),
                            .is_circle = investigation->is_circle,
                            .query_count = caa_investigation_query_count(investigation)};
    for (size_t i = 0; i < legs.count; i++) {
        const struct investigation_leg *leg = &investigation->legs[i];
        legs.legs[i] = (struct caa_leg){leg->question.name, caa_walk_path(leg->first)};
    }
    return legs;
}

struct caa_legs caa_investigation_legs_before(const struct caa_investigation *investigation) {
    struct caa_legs legs = caa_investigation_legs(investigation);
    for (size_t i = 0; i < legs.count; i++) {
        const struct investigation_leg *leg = &investigation->legs[i];
        if (leg->outdated != NULL && is_recent(investigation, leg->outdated_us))
            legs.legs[i].path = caa_walk_path(leg->outdated);
    }
    return legs;
}

int64_t caa_investigation_recovered_us(const struct caa_investigation *investigation) {
    int64_t latest_us = INT64_MIN;
    for (size_t i = 0; i < investigation->leg_count; i++) {
        const struct investigation_leg *leg = &investigation->legs[i];
        if (leg->outdated != NULL && leg->outdated_us > latest_us) latest_us = leg->outdated_us;
    }
    return latest_us;
}

void caa_investigation_free(struct caa_investigation *investigation) {
    if (investigation->turn != NULL) event_free(investigation->turn);
    if (investigation->next_walk != NULL) event_free(investigation->next_walk);
    if (!caa_investigation_is_first(investigation, investigation->walk))
        caa_walk_free(investigation->walk);
    for (size_t i = 0; i < investigation->leg_count; i++) {
        caa_walk_free(investigation->legs[i].first);
        caa_walk_free(investigation->legs[i].outdated);
    }
    free(investigation);
}
