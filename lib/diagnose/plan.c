#include "diagnose/plan.h"

enum { KEYS_OF_UNSIGNED_MOST = 2 }; /* servers of an unsigned zone that are asked for keys */

struct plan {
    struct caa_survey *survey;
    struct caa_arena *arena;
    const struct caa_path *path;
    const struct caa_path_zone *zone;
    bool climbs;
};

static void *make(const struct plan *plan, size_t size) {
    void *made = caa_arena_alloc(plan->arena, size);
    if (made == NULL) plan->survey->limits |= CAA_PATH_LIMIT_MEMORY;
    return made;
}

static struct caa_survey_item **add_item(const struct plan *plan, struct caa_survey_item **end,
                                         enum caa_survey_question question,
                                         const struct caa_name *name) {
    struct caa_survey_item *item = make(plan, sizeof *item);
    if (item == NULL) return end;
    item->question = question;
    item->name = *name;
    *end = item;
    return &item->next;
}

/* The zone answers for the name: no zone of the path below it does. */
static bool answers_for(const struct plan *plan, const struct caa_name *name) {
    const struct caa_path_zone *below = plan->zone->next;
    for (; below != NULL; below = below->next)
        if (caa_name_is_subdomain(name, &below->name)) return false;
    return caa_name_is_subdomain(name, &plan->zone->name);
}

static struct caa_survey_item **add_levels(const struct plan *plan,
                                           struct caa_survey_item **end) {
    struct caa_name level = plan->path->name;
    for (int i = 0; i < CAA_SURVEY_LEVELS_MAX && !caa_name_is_root(&level); i++) {
        if (answers_for(plan, &level)) end = add_item(plan, end, CAA_SURVEY_CAA, &level);
        if (!plan->climbs || !caa_name_parent(&level, &level)) break;
    }
    return end;
}

static bool is_signed(const struct caa_path_zone *zone) {
    return caa_name_is_root(&zone->name) || zone->ds_seen;
}

static void add_items(const struct plan *plan, struct caa_survey_server *server, size_t index) {
    struct caa_survey_item **end = &server->items;
    for (int i = 0; i < CAA_SURVEY_QUESTION_COUNT; i++) {
        enum caa_survey_question question = (enum caa_survey_question)i;
        if (question == CAA_SURVEY_CAA)
            end = add_levels(plan, end);
        else if (question != CAA_SURVEY_DNSKEY || is_signed(plan->zone) ||
                 index < KEYS_OF_UNSIGNED_MOST)
            end = add_item(plan, end, question, &plan->zone->name);
    }
}

static void add_servers(const struct plan *plan, struct caa_survey_zone *zone) {
    struct caa_survey_server **end = &zone->servers;
    size_t index = 0;
    for (const struct caa_path_server *at = plan->zone->servers; at != NULL; at = at->next) {
        struct caa_survey_server *server = make(plan, sizeof *server);
        if (server == NULL) return;
        server->server = at;
        add_items(plan, server, index++);
        *end = server;
        end = &server->next;
    }
}

struct caa_survey_zone *caa_plan_zone(struct caa_survey *survey, struct caa_arena *arena,
                                      const struct caa_path *path,
                                      const struct caa_path_zone *zone, bool climbs) {
    struct plan plan = {survey, arena, path, zone, climbs};
    if (caa_survey_find(survey, &zone->name) != NULL) return NULL;
    struct caa_survey_zone *made = make(&plan, sizeof *made);
    if (made == NULL) return NULL;
    made->path = path;
    made->zone = zone;
    add_servers(&plan, made);
    struct caa_survey_zone **end = &survey->zones;
    while (*end != NULL) end = &(*end)->next;
    *end = made;
    return made;
}

struct caa_survey_host *caa_plan_host(struct caa_survey *survey, struct caa_arena *arena,
                                      struct caa_survey_zone *zone,
                                      const struct caa_path_ns *ns) {
    struct plan plan = {.survey = survey, .arena = arena};
    struct caa_survey_host *host = make(&plan, sizeof *host);
    if (host == NULL) return NULL;
    host->ns = ns;
    host->next = zone->hosts;
    zone->hosts = host;
    return host;
}
