/* What each server does, or does not, for itself. */
#include "diagnose/findings.h"

/* One server on the way to a finding. */
struct look {
    struct caa_findings *findings;
    const struct caa_survey_zone *zone;
    const struct caa_survey_server *server;
    const struct caa_survey_item *plain, *soa, *tcp;
};

static bool is_ok(const struct caa_survey_item *item) {
    return item != NULL && item->exchange != NULL && item->state == CAA_SERVER_OK;
}

static bool was_asked(const struct caa_survey_item *item) {
    return item != NULL && item->exchange != NULL;
}

static bool is_mute(const struct caa_survey_item *item) {
    return was_asked(item) &&
           (item->state == CAA_SERVER_SILENT || item->state == CAA_SERVER_UNREACHABLE);
}

static void find(const struct look *look, enum caa_diagnosis_code code,
                 const struct caa_exchange *exchange, enum caa_server_state state) {
    struct caa_diagnosis_finding *finding =
        caa_findings_of(look->findings, code, &look->zone->zone->name);
    if (finding == NULL) return;
    /* Once for each server, whatever the number of its questions, and of what is kept of them:
       they are looked at one after the other. */
    finding->affected += finding->counted != look->server;
    finding->counted = look->server;
    caa_findings_note(look->findings, finding, look->server->server, exchange,
                      caa_findings_did(look->findings, exchange, state));
}

static void find_item(const struct look *look, enum caa_diagnosis_code code,
                      const struct caa_survey_item *item) {
    find(look, code, item->exchange, item->state);
}

/* The finding for a server that answers and is of no use. */
static enum caa_diagnosis_code code_of(enum caa_server_state state) {
    switch (state) {
    case CAA_SERVER_SERVFAIL: return CAA_DIAGNOSIS_SERVFAIL;
    case CAA_SERVER_REFUSED: return CAA_DIAGNOSIS_REFUSED;
    case CAA_SERVER_LAME: return CAA_DIAGNOSIS_LAME;
    case CAA_SERVER_NOT_AUTHORITATIVE: return CAA_DIAGNOSIS_NOT_AUTHORITATIVE;
    case CAA_SERVER_MALFORMED: return CAA_DIAGNOSIS_MALFORMED;
    case CAA_SERVER_TRUNCATED: return CAA_DIAGNOSIS_TRUNCATED;
    case CAA_SERVER_NO_SOA: return CAA_DIAGNOSIS_NO_SOA;
    case CAA_SERVER_UNREACHABLE: return CAA_DIAGNOSIS_UNREACHABLE;
    case CAA_SERVER_SILENT: return CAA_DIAGNOSIS_SILENT;
    case CAA_SERVER_RCODE:
    case CAA_SERVER_UNASKED:
    case CAA_SERVER_PENDING:
    case CAA_SERVER_OK:
    case CAA_SERVER_STATE_COUNT: break;
    }
    return CAA_DIAGNOSIS_RCODE;
}

/* Nothing ever came from it. */
static void look_at_mute(const struct look *look) {
    const struct caa_path_server *server = look->server->server;
    bool refused = server->state == CAA_SERVER_UNREACHABLE;
    enum caa_diagnosis_code code = refused ? CAA_DIAGNOSIS_UNREACHABLE : CAA_DIAGNOSIS_SILENT;
    if (server->udp != NULL) find(look, code, server->udp, server->udp_state);
    if (server->tcp != NULL) find(look, code, server->tcp, server->tcp_state);
    if (was_asked(look->plain)) find_item(look, code, look->plain);
}

/* Of no use for anything; false where it is. */
static bool look_at_failure(const struct look *look) {
    bool swallows = is_mute(look->soa) && is_ok(look->plain);
    bool rejects =
        was_asked(look->soa) && !is_mute(look->soa) && !is_ok(look->soa) && is_ok(look->plain);
    if (swallows || rejects) {
        find_item(look, swallows ? CAA_DIAGNOSIS_EDNS_DROPPED : CAA_DIAGNOSIS_EDNS_REJECTED,
                  look->soa);
        return false;
    }
    bool udp_is_mute = is_mute(look->plain) && (look->soa == NULL || !is_ok(look->soa));
    if (udp_is_mute && is_ok(look->tcp)) {
        find_item(look, CAA_DIAGNOSIS_NO_UDP, look->plain);
        return true;
    }
    const struct caa_survey_item *told = was_asked(look->soa) ? look->soa : look->plain;
    if (!was_asked(told) || is_ok(told)) return false;
    find_item(look, code_of(told->state), told);
    return true;
}

static void look_at_transports(const struct look *look) {
    if (was_asked(look->tcp) && is_mute(look->tcp))
        find_item(look, CAA_DIAGNOSIS_NO_TCP, look->tcp);
    if (is_ok(look->soa) && look->soa->exchange->edns && !look->soa->exchange->said.edns)
        find_item(look, CAA_DIAGNOSIS_EDNS_IGNORED, look->soa);
}

/* A server that serves the zone may still fail at CAA. */
static void look_at_caa(const struct look *look, const struct caa_survey_item *item) {
    if (!was_asked(item) || is_ok(item)) return;
    if (is_mute(item))
        find_item(look, CAA_DIAGNOSIS_CAA_DROPPED, item);
    else if (item->state == CAA_SERVER_NO_SOA || item->state == CAA_SERVER_TRUNCATED)
        find_item(look, code_of(item->state), item);
    else
        find_item(look, CAA_DIAGNOSIS_CAA_REJECTED, item);
}

static void look_at_types(const struct look *look) {
    const struct caa_survey_item *item = look->server->items;
    for (; item != NULL; item = item->next) {
        if (item->question == CAA_SURVEY_CAA) look_at_caa(look, item);
        bool unknown = item->question == CAA_SURVEY_UNKNOWN;
        if (unknown && was_asked(item) && (is_mute(item) || item->state == CAA_SERVER_RCODE))
            find_item(look, CAA_DIAGNOSIS_UNKNOWN_DROPPED, item);
        else if (unknown && was_asked(item) && item->state == CAA_SERVER_NO_SOA)
            find_item(look, CAA_DIAGNOSIS_NO_SOA, item);
    }
}

static void look_at_server(struct caa_findings *findings, const struct caa_survey_zone *zone,
                           const struct caa_survey_server *server) {
    struct look look = {findings,
                        zone,
                        server,
                        caa_survey_item(server, CAA_SURVEY_PLAIN, NULL),
                        caa_survey_item(server, CAA_SURVEY_SOA, NULL),
                        caa_survey_item(server, CAA_SURVEY_TCP, NULL)};
    if (!caa_survey_server_responds(server)) {
        look_at_mute(&look);
        return;
    }
    if (look_at_failure(&look)) return;
    look_at_transports(&look);
    look_at_types(&look);
}

/* What servers do, in the plural; NULL where the finding is not about that. */
static const char *predicate_of(enum caa_diagnosis_code code) {
    static const char *const predicates[CAA_DIAGNOSIS_CODE_COUNT] = {
        [CAA_DIAGNOSIS_SILENT] = "do not answer, over UDP or TCP",
        [CAA_DIAGNOSIS_UNREACHABLE] = "cannot be reached from here",
        [CAA_DIAGNOSIS_SERVFAIL] = "answer SERVFAIL to everything",
        [CAA_DIAGNOSIS_REFUSED] = "refuse to answer for the zone, which is delegated to them",
        [CAA_DIAGNOSIS_RCODE] = "answer with an unexpected response code",
        [CAA_DIAGNOSIS_LAME] = "refer to somebody else: they do not serve the zone",
        [CAA_DIAGNOSIS_NOT_AUTHORITATIVE] = "answer without authority for the zone",
        [CAA_DIAGNOSIS_MALFORMED] = "give malformed answers",
        [CAA_DIAGNOSIS_TRUNCATED] = "truncate their answers and do not answer over TCP",
        [CAA_DIAGNOSIS_CAA_DROPPED] =
            "do not answer questions for CAA, though they answer others",
        [CAA_DIAGNOSIS_CAA_REJECTED] = "fail at questions for CAA, though not at others",
        [CAA_DIAGNOSIS_NO_SOA] = "send empty answers without the zone's SOA",
        [CAA_DIAGNOSIS_NO_UDP] = "answer over TCP only",
        [CAA_DIAGNOSIS_NO_TCP] = "do not answer over TCP",
        [CAA_DIAGNOSIS_EDNS_DROPPED] = "do not answer questions with EDNS",
        [CAA_DIAGNOSIS_EDNS_REJECTED] = "reject questions with EDNS",
        [CAA_DIAGNOSIS_EDNS_IGNORED] = "leave EDNS out of their answers",
        [CAA_DIAGNOSIS_UNKNOWN_DROPPED] = "fail at questions for a type that they do not know",
    };
    return predicates[code];
}

/* Counted in addresses, of those of a family that works here. */
static size_t count_among(const struct caa_findings *findings,
                          const struct caa_survey_zone *zone) {
    size_t count = 0;
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
        count += !caa_survey_family_is_dead(findings->survey, at->server->address.family);
    return count;
}

static void put_in_words(struct caa_findings *findings, const struct caa_survey_zone *zone) {
    size_t among = count_among(findings, zone);
    for (struct caa_diagnosis_finding *at = findings->first; at != NULL; at = at->next) {
        const char *predicate = predicate_of(at->code);
        if (predicate == NULL || !caa_name_equal(&at->zone, &zone->zone->name)) continue;
        at->among = among;
        const char *name = caa_findings_name(findings, &at->zone);
        at->text = at->affected == among
                       ? caa_findings_say(findings, "all servers of %s %s", name, predicate)
                       : caa_findings_say(findings, "servers of %s %s (%zu of %zu addresses)",
                                          name, predicate, at->affected, among);
    }
}

void caa_findings_from_servers(struct caa_findings *findings,
                               const struct caa_survey_zone *zone) {
    for (const struct caa_survey_server *at = zone->servers; at != NULL; at = at->next)
        if (!caa_survey_family_is_dead(findings->survey, at->server->address.family))
            look_at_server(findings, zone, at);
    put_in_words(findings, zone);
}
