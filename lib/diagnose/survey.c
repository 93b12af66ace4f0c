#include "diagnose/survey.h"

const struct caa_survey_zone *caa_survey_find(const struct caa_survey *survey,
                                              const struct caa_name *zone) {
    const struct caa_survey_zone *at = survey->zones;
    while (at != NULL && !caa_name_equal(&at->zone->name, zone)) at = at->next;
    return at;
}

const struct caa_survey_zone *caa_survey_zone_of(const struct caa_survey *survey,
                                                 const struct caa_name *name) {
    const struct caa_survey_zone *best = NULL;
    for (const struct caa_survey_zone *at = survey->zones; at != NULL; at = at->next)
        if (caa_name_is_subdomain(name, &at->zone->name) &&
            (best == NULL || caa_name_is_subdomain(&at->zone->name, &best->zone->name)))
            best = at;
    return best;
}

const struct caa_survey_item *caa_survey_item(const struct caa_survey_server *server,
                                              enum caa_survey_question question,
                                              const struct caa_name *name) {
    const struct caa_survey_item *at = server->items;
    while (at != NULL &&
           (at->question != question || (name != NULL && !caa_name_equal(&at->name, name))))
        at = at->next;
    return at;
}

static bool is_response(const struct caa_exchange *exchange) {
    return exchange != NULL && (exchange->result == CAA_EXCHANGE_RESPONSE ||
                                exchange->result == CAA_EXCHANGE_MALFORMED);
}

bool caa_survey_responded(const struct caa_survey_item *item) {
    return item != NULL && is_response(item->exchange);
}

bool caa_survey_server_responds(const struct caa_survey_server *server) {
    if (is_response(server->server->udp) || is_response(server->server->tcp)) return true;
    const struct caa_survey_item *at = server->items;
    while (at != NULL && !caa_survey_responded(at)) at = at->next;
    return at != NULL;
}

/* Has any address of the family been asked, and has any responded? */
static void look_at_family(const struct caa_survey *survey, uint8_t family, bool *known,
                           bool *responds) {
    *known = *responds = false;
    for (const struct caa_survey_zone *zone = survey->zones; zone != NULL; zone = zone->next)
        for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next) {
            if (at->server->address.family != family) continue;
            *known = true;
            *responds |= caa_survey_server_responds(at);
        }
}

bool caa_survey_family_is_dead(const struct caa_survey *survey, uint8_t family) {
    bool known, responds, other_known, other_responds;
    look_at_family(survey, family, &known, &responds);
    look_at_family(survey, family == 4 ? 6 : 4, &other_known, &other_responds);
    return known && !responds && other_responds;
}

bool caa_survey_zone_needs_dead_family(const struct caa_survey *survey,
                                       const struct caa_name *name) {
    const struct caa_survey_zone *zone = caa_survey_find(survey, name);
    if (zone == NULL || zone->servers == NULL) return false;
    uint8_t family = caa_path_zone_only_family(zone->zone);
    return family != 0 && caa_survey_family_is_dead(survey, family);
}

bool caa_survey_zone_is_signed(const struct caa_survey_zone *zone) {
    return caa_name_is_root(&zone->zone->name) || zone->zone->ds_seen;
}

/* --- one server, all in all */

static bool failed(const struct caa_survey_item *item) {
    return item != NULL && item->exchange != NULL && item->state != CAA_SERVER_OK;
}

static bool is_silence(enum caa_server_state state) {
    return state == CAA_SERVER_SILENT || state == CAA_SERVER_UNREACHABLE;
}

/* What is the matter with one that responds; NULL: nothing that stops a check. */
static const char *word_of_failure(const struct caa_survey_server *server) {
    const struct caa_survey_item *plain = caa_survey_item(server, CAA_SURVEY_PLAIN, NULL);
    const struct caa_survey_item *soa = caa_survey_item(server, CAA_SURVEY_SOA, NULL);
    if (failed(soa) && failed(plain))
        return is_silence(soa->state) ? "no UDP" : caa_server_state_text(soa->state);
    if (failed(plain) && is_silence(plain->state)) return "no UDP";
    if (failed(soa) && is_silence(soa->state)) return "no answer with EDNS";
    for (const struct caa_survey_item *at = server->items; at != NULL; at = at->next)
        if (at->question == CAA_SURVEY_CAA && failed(at))
            return is_silence(at->state) ? "no answer for CAA" : "fails at CAA";
    return NULL;
}

static const char *word_of_flaw(const struct caa_survey_server *server) {
    if (failed(caa_survey_item(server, CAA_SURVEY_TCP, NULL))) return "no TCP";
    const struct caa_survey_item *soa = caa_survey_item(server, CAA_SURVEY_SOA, NULL);
    if (failed(soa)) return "rejects EDNS";
    if (soa != NULL && soa->exchange != NULL && soa->exchange->edns &&
        !soa->exchange->said.edns)
        return "ignores EDNS";
    if (failed(caa_survey_item(server, CAA_SURVEY_UNKNOWN, NULL)))
        return "fails at unknown types";
    return NULL;
}

static bool was_asked(const struct caa_survey_server *server) {
    if (server->server->udp != NULL || server->server->tcp != NULL) return true;
    const struct caa_survey_item *at = server->items;
    while (at != NULL && at->exchange == NULL) at = at->next;
    return at != NULL;
}

enum caa_survey_health caa_survey_health_of(const struct caa_survey_server *server,
                                            const char **word) {
    enum caa_server_state state = server->server->state;
    *word = "not asked";
    if (!was_asked(server)) return CAA_SURVEY_UNASKED;
    *word = caa_server_state_text(is_silence(state) ? state : CAA_SERVER_SILENT);
    if (!caa_survey_server_responds(server)) return CAA_SURVEY_BAD;
    *word = word_of_failure(server);
    if (*word != NULL) return CAA_SURVEY_BAD;
    *word = word_of_flaw(server);
    if (*word != NULL) return CAA_SURVEY_IMPAIRED;
    *word = "ok";
    return CAA_SURVEY_GOOD;
}

const char *caa_survey_health_code(enum caa_survey_health health) {
    static const char *const codes[] = {"good", "impaired", "bad", "unasked"};
    return codes[health];
}

/* --- words */

const char *caa_survey_question_code(enum caa_survey_question question) {
    static const char *const codes[] = {
#define CAA_SURVEY(name, code, type, tcp, edns, text) code,
#include "diagnose/question.def"
#undef CAA_SURVEY
    };
    return codes[question];
}

const char *caa_survey_question_text(enum caa_survey_question question) {
    static const char *const texts[] = {
#define CAA_SURVEY(name, code, type, tcp, edns, text) text,
#include "diagnose/question.def"
#undef CAA_SURVEY
    };
    return texts[question];
}

uint16_t caa_survey_question_type(enum caa_survey_question question) {
    static const uint16_t types[] = {
#define CAA_SURVEY(name, code, type, tcp, edns, text) type,
#include "diagnose/question.def"
#undef CAA_SURVEY
    };
    return types[question];
}

bool caa_survey_question_is_tcp(enum caa_survey_question question) {
    static const bool over_tcp[] = {
#define CAA_SURVEY(name, code, type, tcp, edns, text) tcp,
#include "diagnose/question.def"
#undef CAA_SURVEY
    };
    return over_tcp[question];
}

bool caa_survey_question_has_edns(enum caa_survey_question question) {
    static const bool has_edns[] = {
#define CAA_SURVEY(name, code, type, tcp, edns, text) edns,
#include "diagnose/question.def"
#undef CAA_SURVEY
    };
    return has_edns[question];
}
