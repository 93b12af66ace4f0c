#include "diagnose/diagnose.h"

#include <stdlib.h>

#include "diagnose/surveyor.h"
#include "probe/walk.h"

enum {
    TYPE_A = 1, /* what recursors ask for on the way down (RFC 9156 section 2.3) */
    WALK_QUERIES_MOST = 300,
    WALK_LOOKUPS_MOST = 40,
    WALK_MS_MOST = 8000,
    PACKET_OCTETS = 8192, /* of what walks keep: referrals are read for their DS */
    DIAGNOSIS_OCTETS = 4 << 20,
};

struct caa_diagnose {
    struct caa_diagnose_setting setting;
    int64_t started_us;
    struct caa_check *check;
    bool checked, surveyed;
    size_t walk_count;
    struct caa_walk *walks[CAA_SURVEY_PATHS_MAX];
    struct caa_surveyor *surveyor;
    struct event *deadline;
    struct caa_arena *arena;
    struct caa_diagnosis diagnosis;
    bool made;
};

static uint32_t left_ms(const struct caa_diagnose *diagnose) {
    int64_t since_us = caa_clock_monotonic_us(diagnose->setting.clock) - diagnose->started_us;
    int64_t left_us = (int64_t)diagnose->setting.deadline_ms * 1000 - since_us;
    return left_us < 1000 ? 1 : (uint32_t)(left_us / 1000);
}

static void finish_if_ready(struct caa_diagnose *diagnose) {
    if (!diagnose->checked || !diagnose->surveyed) return;
    caa_surveyor_stop(diagnose->surveyor);
    evtimer_del(diagnose->deadline);
    enum caa_err err = caa_diagnosis_make(
        &diagnose->diagnosis, diagnose->arena, caa_check_result(diagnose->check),
        caa_surveyor_survey(diagnose->surveyor), caa_clock_wall_us(diagnose->setting.clock));
    diagnose->made = err == CAA_OK;
    diagnose->setting.done(diagnose->setting.context, diagnose);
}

static void on_checked(void *context, struct caa_check *check) {
    struct caa_diagnose *diagnose = context;
    (void)check;
    diagnose->checked = true;
    finish_if_ready(diagnose);
}

/* --- walks */

static void on_walked(void *context, struct caa_walk *walk) {
    struct caa_diagnose *diagnose = context;
    if (!diagnose->surveyed)
        caa_surveyor_add(diagnose->surveyor, caa_walk_path(walk), diagnose->walk_count == 1);
}

static enum caa_err start_walk(struct caa_diagnose *diagnose, const struct caa_name *name) {
    uint32_t most_ms = left_ms(diagnose);
    struct caa_walk_setting setting = {
        .base = diagnose->setting.base,
        .clock = diagnose->setting.clock,
        .random = diagnose->setting.random,
        .lookup = diagnose->setting.lookup,
        .root_hints = diagnose->setting.root_hints,
        .limits = {.queries = WALK_QUERIES_MOST,
                   .lookups = WALK_LOOKUPS_MOST,
                   .time_ms = most_ms < WALK_MS_MOST ? most_ms : WALK_MS_MOST,
                   .packet_octets = PACKET_OCTETS},
        .complete_glue = true, /* to ask servers over both families */
        .done = on_walked,
        .context = diagnose};
    struct caa_question question = {.name = *name, .type = TYPE_A};
    enum caa_err err =
        caa_walk_start(&diagnose->walks[diagnose->walk_count], &setting, &question);
    if (err == CAA_OK) diagnose->walk_count++;
    return err;
}

/* --- aliases */

static bool was_walked(const struct caa_survey *survey, const struct caa_name *name) {
    for (size_t i = 0; i < survey->path_count; i++)
        if (caa_name_equal(&survey->paths[i]->name, name)) return true;
    return false;
}

/* Where an alias leads that no walk went to: out of the zone of the server that said so. */
static const struct caa_name *next_alias(const struct caa_survey *survey) {
    for (const struct caa_survey_zone *zone = survey->zones; zone != NULL; zone = zone->next)
        for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
            for (const struct caa_survey_item *item = at->items; item != NULL;
                 item = item->next) {
                const struct caa_name *alias = &item->facts.alias;
                if (item->question == CAA_SURVEY_CAA && alias->len > 0 &&
                    !caa_name_is_subdomain(alias, &zone->zone->name) &&
                    !was_walked(survey, alias))
                    return alias;
            }
    return NULL;
}

static void on_surveyed(void *context) {
    struct caa_diagnose *diagnose = context;
    const struct caa_name *alias = next_alias(caa_surveyor_survey(diagnose->surveyor));
    if (alias != NULL && diagnose->walk_count < CAA_SURVEY_PATHS_MAX &&
        start_walk(diagnose, alias) == CAA_OK)
        return;
    diagnose->surveyed = true;
    finish_if_ready(diagnose);
}

/* The check has the same deadline and ends by itself, as walks do. */
static void on_deadline(evutil_socket_t fd, short events, void *context) {
    struct caa_diagnose *diagnose = context;
    (void)fd;
    (void)events;
    const struct caa_survey *survey = caa_surveyor_survey(diagnose->surveyor);
    caa_surveyor_stop(diagnose->surveyor);
    if (survey->path_count < diagnose->walk_count)
        caa_surveyor_add(diagnose->surveyor,
                         caa_walk_path(diagnose->walks[diagnose->walk_count - 1]),
                         diagnose->walk_count == 1);
    diagnose->surveyed = true;
    finish_if_ready(diagnose);
}

/* --- the whole */

static enum caa_err prepare(struct caa_diagnose *diagnose) {
    const struct caa_diagnose_setting *setting = &diagnose->setting;
    struct caa_surveyor_setting surveyor = {.base = setting->base,
                                            .clock = setting->clock,
                                            .random = setting->random,
                                            .lookup = setting->lookup,
                                            .idle = on_surveyed,
                                            .context = diagnose};
    /* After the check's own deadline, which was set first. */
    uint32_t ms = setting->deadline_ms;
    struct timeval most = {.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
    diagnose->arena = caa_arena_new(DIAGNOSIS_OCTETS);
    if (diagnose->arena == NULL) return CAA_ERR_NOMEM;
    diagnose->deadline = evtimer_new(setting->base, on_deadline, diagnose);
    if (diagnose->deadline == NULL || evtimer_add(diagnose->deadline, &most) != 0)
        return CAA_ERR_EVENT;
    return caa_surveyor_new(&diagnose->surveyor, &surveyor);
}

enum caa_err caa_diagnose_start(struct caa_diagnose **started,
                                const struct caa_diagnose_setting *setting,
                                const struct caa_request *request) {
    struct caa_diagnose *diagnose = calloc(1, sizeof *diagnose);
    if (diagnose == NULL) return CAA_ERR_NOMEM;
    diagnose->setting = *setting;
    diagnose->started_us = caa_clock_monotonic_us(setting->clock);
    enum caa_err err = caa_engine_check(setting->engine, &diagnose->check, request,
                                        setting->deadline_ms, on_checked, diagnose);
    if (err == CAA_OK) err = prepare(diagnose);
    if (err == CAA_OK) err = start_walk(diagnose, &request->name);
    if (err == CAA_OK)
        *started = diagnose;
    else
        caa_diagnose_free(diagnose);
    return err;
}

const struct caa_diagnosis *caa_diagnose_result(const struct caa_diagnose *diagnose) {
    return diagnose->made ? &diagnose->diagnosis : NULL;
}

void caa_diagnose_free(struct caa_diagnose *diagnose) {
    if (diagnose == NULL) return;
    caa_surveyor_free(diagnose->surveyor);
    for (size_t i = 0; i < diagnose->walk_count; i++) caa_walk_free(diagnose->walks[i]);
    caa_check_free(diagnose->check);
    if (diagnose->deadline != NULL) event_free(diagnose->deadline);
    caa_arena_free(diagnose->arena);
    free(diagnose);
}
