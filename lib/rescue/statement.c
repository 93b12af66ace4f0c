#include "rescue/statement.h"

#include <string.h>

#include "base/writer.h"
#include "dns/suffix.h"

/* Exchanges are collected here, failures first, until it is full. */
struct notes {
    size_t count;
    struct caa_evidence_item items[CAA_EVIDENCE_ITEMS_MAX];
};

static void write_what_went_wrong(struct caa_evidence_item *item,
                                  const struct caa_exchange *exchange) {
    struct caa_writer text = caa_writer_into(item->text, sizeof item->text);
    switch (exchange->result) {
    case CAA_EXCHANGE_NETWORK: caa_writer_text(&text, strerror(exchange->error)); break;
    case CAA_EXCHANGE_MALFORMED: caa_writer_text(&text, exchange->reason); break;
    case CAA_EXCHANGE_RESPONSE:
        caa_writer_printable(&text, caa_slice_of(exchange->said.ede_text));
        break;
    case CAA_EXCHANGE_TIMEOUT: break;
    }
}

static void note_exchange(struct notes *notes, const struct caa_path_zone *zone,
                          const struct caa_path_server *server,
                          const struct caa_exchange *exchange, enum caa_server_state state) {
    if (exchange == NULL || notes->count == CAA_EVIDENCE_ITEMS_MAX) return;
    struct caa_evidence_item *item = &notes->items[notes->count++];
    bool responded = exchange->result == CAA_EXCHANGE_RESPONSE;
    *item = (struct caa_evidence_item){
        .zone = zone->name,
        .over_tcp = exchange->transport == CAA_TRANSPORT_TCP,
        .sent_at_us = exchange->sent_at_us,
        .round_trip_us = exchange->round_trip_us,
        .failure = caa_server_state_failure(state),
        .rcode = responded ? (uint8_t)exchange->said.rcode : 0,
        .ede = responded ? exchange->said.ede : -1,
        .size = exchange->size > UINT16_MAX ? UINT16_MAX : (uint16_t)exchange->size,
    };
    if (server->ns != NULL) item->server = server->ns->name;
    caa_address_to_text(&server->address, item->address);
    write_what_went_wrong(item, exchange);
}

/* It has not answered so far, and the rescue did not wait for it. */
static void note_pending(struct notes *notes, const struct caa_path *path,
                         const struct caa_path_zone *zone,
                         const struct caa_path_server *server) {
    if (notes->count == CAA_EVIDENCE_ITEMS_MAX) return;
    struct caa_evidence_item *item = &notes->items[notes->count++];
    *item = (struct caa_evidence_item){.zone = zone->name,
                                       .failure = CAA_FAILURE_SILENT,
                                       .sent_at_us = path->started_at_us,
                                       .ede = -1,
                                       .text = "so far"};
    if (server->ns != NULL) item->server = server->ns->name;
    caa_address_to_text(&server->address, item->address);
}

static void note_zone(struct notes *notes, const struct caa_path *path,
                      const struct caa_path_zone *zone, bool failures) {
    for (const struct caa_path_server *server = zone->servers; server != NULL;
         server = server->next) {
        bool pending = server->state == CAA_SERVER_PENDING;
        bool failed = pending || caa_server_state_failure(server->state) != CAA_FAILURE_NONE;
        if (failed != failures) continue;
        if (pending && server->udp == NULL) note_pending(notes, path, zone, server);
        note_exchange(notes, zone, server, server->udp, server->udp_state);
        note_exchange(notes, zone, server, server->tcp, server->tcp_state);
    }
}

static void note_path(struct notes *notes, const struct caa_path *path) {
    for (int failures = 1; failures >= 0; failures--)
        for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
            note_zone(notes, path, zone, failures);
}

const struct caa_path_zone *caa_statement_failing_zone(const struct caa_path *path,
                                                       const struct caa_name *name) {
    const struct caa_path_zone *failing = NULL;
    for (const struct caa_path_zone *at = path->zones; at != NULL; at = at->next)
        if (caa_name_is_subdomain(name, &at->name) && caa_path_zone_is_failing(path, at))
            failing = at;
    return failing;
}

/* A zone whose servers all seem fine and whose data is not: the deepest signed one where it is
   bogus, else the one that gives the answer. */
static const struct caa_path_zone *zone_at_odds(const struct caa_path *path,
                                                const struct caa_statement_context *context) {
    const struct caa_path_zone *found = NULL;
    bool bogus = context->verdict == CAA_FAILURE_BOGUS;
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        if (caa_name_is_subdomain(context->name, &zone->name) &&
            (!bogus || zone->parent == NULL || zone->ds_seen))
            found = zone;
    return found;
}

static void name_the_zone(struct caa_evidence *evidence, enum caa_fault *who,
                          const struct caa_path *path,
                          const struct caa_statement_context *context) {
    const struct caa_path_zone *zone =
        path == NULL ? NULL : caa_statement_failing_zone(path, context->name);
    evidence->failure = zone == NULL ? context->verdict : caa_path_zone_failure(zone);
    if (zone == NULL && context->is_ours) {
        *who = CAA_FAULT_RESOLVER;
        evidence->zone = (struct caa_name){.len = 1};
        return;
    }
    if (zone == NULL && path != NULL && context->verdict != CAA_FAILURE_NONE)
        zone = zone_at_odds(path, context);
    *who = zone == NULL ? CAA_FAULT_NONE : caa_suffix_who(&zone->name);
    evidence->zone = (struct caa_name){.len = 1};
    if (zone != NULL) evidence->zone = zone->name;
}

const struct caa_evidence *caa_statement_of(const struct caa_path *path,
                                            const struct caa_statement_context *context) {
    struct notes notes;
    notes.count = 0;
    if (path != NULL) note_path(&notes, path);
    struct caa_evidence evidence = {
        .query_count = path == NULL ? 0 : path->query_count,
        .elapsed_us = context->elapsed_us,
        .reason = context->reason,
        .item_count = notes.count,
        .items = notes.items,
    };
    enum caa_fault who;
    name_the_zone(&evidence, &who, path, context);
    evidence.fault = caa_advice_fault(who, context->control);
    evidence.retry_count = context->retry_count;
    evidence.insecure_proved = caa_proof_holds(context->proof, &evidence.zone);
    struct caa_retry_advice advice =
        caa_advice_retry(evidence.fault, evidence.failure, context->random);
    evidence.retry_advised = advice.advised;
    evidence.retry_after_s = advice.after_s;
    evidence.retry_why = advice.why;
    return caa_evidence_new(&evidence);
}
