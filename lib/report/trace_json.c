#include <stdio.h>
#include <string.h>

#include <libknot/libknot.h>

#include "base/clock.h"
#include "dns/json_string.h"
#include "report/trace.h"

static json_t *time_string(int64_t wall_us) {
    char text[CAA_TIME_TEXT_MAX];
    caa_time_to_text(wall_us, text);
    return json_string(text);
}

static json_t *milliseconds(uint32_t us) {
    return json_real((double)us / 1000);
}

static json_t *type_string(uint16_t type) {
    char text[32];
    return json_string(knot_rrtype_to_string(type, text, sizeof text) > 0 ? text : "");
}

static json_t *name_or_null(const struct caa_name *name) {
    return name == NULL ? json_null() : caa_json_name(name);
}

static json_t *address_string(const struct caa_address *address) {
    char text[CAA_EVIDENCE_ADDRESS_MAX];
    caa_address_to_text(address, text);
    return json_string(text);
}

/* The words of `words` whose bits are set in `bits`. */
static json_t *word_array(unsigned bits, const char *const *words, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        if ((bits >> i & 1) != 0) json_array_append_new(array, json_string(words[i]));
    return array;
}

static json_t *flag_array(const struct caa_packet_summary *said) {
    static const char *const words[] = {"aa", "tc", "ra", "ad"};
    return word_array((unsigned)said->aa | (unsigned)said->tc << 1 | (unsigned)said->ra << 2 |
                          (unsigned)said->ad << 3,
                      words, sizeof words / sizeof words[0]);
}

static json_t *extended_error(int ede, const char *text) {
    if (ede < 0) return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "info_code", json_integer(ede));
    json_object_set_new(object, "extra_text", caa_json_printable(caa_slice_of(text)));
    return object;
}

static void set_said(json_t *object, const struct caa_packet_summary *said) {
    json_object_set_new(object, "rcode", json_integer(said->rcode));
    json_object_set_new(object, "flags", flag_array(said));
    json_object_set_new(object, "edns", json_boolean(said->edns));
    json_object_set_new(object, "answers", json_integer(said->answer_count));
    json_object_set_new(object, "digest", caa_json_digest(said->digest));
    json_object_set_new(object, "referral_digest", caa_json_digest(said->referral_digest));
    json_object_set_new(object, "extended_error", extended_error(said->ede, said->ede_text));
}

static json_t *exchange_object(const struct caa_exchange *exchange,
                               enum caa_server_state state) {
    if (exchange == NULL) return json_null();
    json_t *object = json_object();
    json_object_set_new(object, "state", json_string(caa_server_state_code(state)));
    json_object_set_new(object, "result",
                        json_string(caa_exchange_result_code(exchange->result)));
    json_object_set_new(object, "sent_at", time_string(exchange->sent_at_us));
    json_object_set_new(object, "round_trip_ms", milliseconds(exchange->round_trip_us));
    json_object_set_new(object, "size", json_integer((json_int_t)exchange->size));
    json_object_set_new(object, "ignored", json_integer(exchange->ignored));
    if (exchange->result == CAA_EXCHANGE_NETWORK)
        json_object_set_new(object, "error", json_string(strerror(exchange->error)));
    if (exchange->result == CAA_EXCHANGE_MALFORMED)
        json_object_set_new(object, "reason", json_string(exchange->reason));
    if (exchange->result == CAA_EXCHANGE_RESPONSE) set_said(object, &exchange->said);
    return object;
}

static json_t *server_object(const struct caa_path_zone *zone,
                             const struct caa_path_server *server) {
    static const char *const origins[] = {"hints", "given", "glue", "lookup", "child"};
    json_t *object = json_object();
    json_object_set_new(object, "name",
                        name_or_null(server->ns == NULL ? NULL : &server->ns->name));
    json_object_set_new(object, "address", address_string(&server->address));
    json_object_set_new(
        object, "origins",
        word_array(server->origins, origins, sizeof origins / sizeof origins[0]));
    json_object_set_new(object, "state", json_string(caa_server_state_code(server->state)));
    json_object_set_new(object, "refers", json_boolean(server->refers));
    json_object_set_new(object, "confirmed",
                        json_boolean(caa_path_server_is_confirmed(zone, server)));
    json_object_set_new(object, "udp", exchange_object(server->udp, server->udp_state));
    json_object_set_new(object, "tcp", exchange_object(server->tcp, server->tcp_state));
    return object;
}

static json_t *ns_object(const struct caa_path_zone *zone, const struct caa_path_ns *ns) {
    json_t *object = json_object();
    json_object_set_new(object, "name", caa_json_name(&ns->name));
    json_object_set_new(object, "in_parent",
                        zone->parent == NULL ? json_null() : json_boolean(ns->in_parent));
    json_object_set_new(object, "in_child",
                        zone->child_ns_seen ? json_boolean(ns->in_child) : json_null());
    json_object_set_new(object, "glue_a", json_boolean(ns->glue4));
    json_object_set_new(object, "glue_aaaa", json_boolean(ns->glue6));
    json_object_set_new(object, "looked_up", json_boolean(ns->looked_up));
    json_object_set_new(object, "lookup_failed", json_boolean(ns->lookup_failed));
    return object;
}

static const char *delegation_code(const struct caa_path_zone *zone) {
    if (zone->ds_seen) return "signed";
    return zone->denial_seen ? "unsigned" : "unknown";
}

static void set_counts(json_t *object, const struct caa_path *path,
                       const struct caa_path_zone *zone) {
    struct caa_server_count count = caa_path_count_servers(path, zone);
    json_object_set_new(object, "servers_known", json_integer((json_int_t)count.known));
    json_object_set_new(object, "servers_usable", json_integer((json_int_t)count.usable));
    json_object_set_new(object, "servers_failing", json_integer((json_int_t)count.failing));
    json_object_set_new(object, "variants", json_integer((json_int_t)caa_path_variants(zone)));
    json_object_set_new(object, "failing", json_boolean(caa_path_zone_is_failing(path, zone)));
    json_object_set_new(object, "failure",
                        json_string(caa_failure_code(caa_path_zone_failure(zone))));
}

static json_t *zone_object(const struct caa_path *path, const struct caa_path_zone *zone) {
    json_t *object = json_object(), *names = json_array(), *servers = json_array();
    json_object_set_new(object, "name", caa_json_name(&zone->name));
    json_object_set_new(object, "parent",
                        name_or_null(zone->parent == NULL ? NULL : &zone->parent->name));
    json_object_set_new(object, "delegation", json_string(delegation_code(zone)));
    json_object_set_new(object, "confirmed",
                        json_boolean(caa_path_confirmed_referral(zone) != NULL));
    set_counts(object, path, zone);
    for (const struct caa_path_ns *ns = zone->ns; ns != NULL; ns = ns->next)
        json_array_append_new(names, ns_object(zone, ns));
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        json_array_append_new(servers, server_object(zone, at));
    json_object_set_new(object, "name_servers", names);
    json_object_set_new(object, "names_cut", json_boolean(zone->ns_cut));
    json_object_set_new(object, "names_unresolved", json_boolean(zone->unresolved_left));
    json_object_set_new(object, "servers", servers);
    return object;
}

static json_t *answer_object(const struct caa_trace *trace) {
    const struct caa_answer *answer = trace->answer;
    json_t *object = json_object(), *aliases = json_array(), *records = json_array();
    for (size_t i = 0; i < answer->alias_count; i++)
        json_array_append_new(aliases, caa_json_name(&answer->aliases[i]));
    for (size_t i = 0; i < answer->rdata_count; i++) {
        char text[CAA_TRACE_RECORD_MAX];
        caa_trace_record(answer, i, text);
        json_array_append_new(records, json_string(text));
    }
    json_object_set_new(object, "source", json_string(trace->source));
    json_object_set_new(object, "outcome", json_string(caa_outcome_code(answer->outcome)));
    json_object_set_new(object, "security", json_string(caa_security_code(answer->security)));
    json_object_set_new(object, "rcode", json_integer(answer->rcode));
    json_object_set_new(object, "ttl_s", json_integer(answer->ttl_s));
    json_object_set_new(object, "elapsed_ms", milliseconds(answer->elapsed_us));
    json_object_set_new(object, "aliases", aliases);
    json_object_set_new(object, "records", records);
    json_object_set_new(object, "reason", caa_json_printable(caa_slice_of(answer->reason)));
    json_object_set_new(object, "extended_error",
                        extended_error(answer->ede, answer->ede_text));
    return object;
}

static void set_walk(json_t *object, const struct caa_path *path) {
    static const char *const limits[] = {"queries", "zones", "servers",
                                         "lookups", "time",  "memory"};
    const struct caa_path_zone *failing = caa_path_failing_zone(path);
    json_t *zones = json_array();
    for (const struct caa_path_zone *at = path->zones; at != NULL; at = at->next)
        json_array_append_new(zones, zone_object(path, at));
    json_object_set_new(object, "started_at", time_string(path->started_at_us));
    json_object_set_new(object, "elapsed_ms", milliseconds(path->elapsed_us));
    json_object_set_new(object, "queries", json_integer(path->query_count));
    json_object_set_new(object, "lookups", json_integer(path->lookup_count));
    json_object_set_new(object, "limits",
                        word_array(path->limits, limits, sizeof limits / sizeof limits[0]));
    json_object_set_new(object, "failing_zone",
                        name_or_null(failing == NULL ? NULL : &failing->name));
    json_object_set_new(object, "zones", zones);
}

char *caa_json_trace(const struct caa_trace *trace) {
    json_t *object = json_object();
    json_object_set_new(object, "name", caa_json_name(&trace->path->name));
    json_object_set_new(object, "type", type_string(trace->path->type));
    set_walk(object, trace->path);
    json_object_set_new(object, "answer", answer_object(trace));
    char *line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    return line;
}
