#include "rescue/statement.h"

#include <string.h>

#include "base/writer.h"
#include "dns/suffix.h"
#include "rescue/reach.h"

/* Exchanges are collected here, failures first, until it is full. */
struct notes {
    struct caa_ledger *ledger;
    size_t count;
    struct caa_evidence_item items[CAA_EVIDENCE_ITEMS_MAX];
};

static void write_what_went_wrong(struct caa_evidence_item *item,
                                  const struct caa_exchange *exchange,
                                  enum caa_server_state state) {
    struct caa_writer text = caa_writer_into(item->text, sizeof item->text);
    switch (exchange->result) {
    case CAA_EXCHANGE_NETWORK: caa_writer_text(&text, strerror(exchange->error)); break;
    case CAA_EXCHANGE_MALFORMED: caa_writer_text(&text, exchange->reason); break;
    case CAA_EXCHANGE_RESPONSE:
        if (state == CAA_SERVER_RCODE) {
            caa_writer_text(&text, "response code ");
            caa_writer_text(&text, caa_packet_rcode_text(exchange->said.rcode));
            caa_writer_text(&text, exchange->said.ede_text[0] == '\0' ? "" : ", ");
        }
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
        .digest = responded ? exchange->said.digest : 0,
    };
    if (server->ns != NULL) item->server = server->ns->name;
    caa_address_to_text(&server->address, item->address);
    write_what_went_wrong(item, exchange, state);
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

/* Asked alone, it gave what does not validate: no exchange shows that. */
static bool gives_bad_data(const struct notes *notes, const struct caa_ledger_zone *known,
                           const struct caa_path_server *server) {
    for (size_t i = 0; i < known->server_count; i++)
        if (caa_address_equal(&known->servers[i].address, &server->address))
            return caa_ledger_trial(notes->ledger, &known->servers[i]) == CAA_TRIAL_BAD;
    return false;
}

static void find_known(const struct notes *notes, const struct caa_path_zone *zone,
                       struct caa_ledger_zone *known) {
    bool is_found = notes->ledger != NULL && caa_ledger_find(notes->ledger, &zone->name, known);
    if (!is_found || !caa_name_equal(&known->zone, &zone->name)) known->server_count = 0;
}

static void note_server(struct notes *notes, const struct caa_path_zone *zone,
                        const struct caa_path_server *server, bool is_bad) {
    size_t first = notes->count;
    note_exchange(notes, zone, server, server->udp, server->udp_state);
    note_exchange(notes, zone, server, server->tcp, server->tcp_state);
    for (size_t i = first; is_bad && i < notes->count; i++)
        if (notes->items[i].failure == CAA_FAILURE_NONE)
            notes->items[i].failure = CAA_FAILURE_BOGUS;
}

static void note_zone(struct notes *notes, const struct caa_path *path,
                      const struct caa_path_zone *zone, bool failures) {
    struct caa_ledger_zone known;
    find_known(notes, zone, &known);
    for (const struct caa_path_server *server = zone->servers; server != NULL;
         server = server->next) {
        bool pending = server->state == CAA_SERVER_PENDING;
        bool is_bad = gives_bad_data(notes, &known, server);
        bool failed =
            pending || is_bad || caa_server_state_failure(server->state) != CAA_FAILURE_NONE;
        if (failed != failures) continue;
        if (pending && server->udp == NULL) note_pending(notes, path, zone, server);
        note_server(notes, zone, server, is_bad);
    }
}

static void note_path(struct notes *notes, const struct caa_path *path, bool failures) {
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        note_zone(notes, path, zone, failures);
}

static bool is_leg(const struct caa_legs *legs, const struct caa_path *path) {
    for (size_t i = 0; i < legs->count; i++)
        if (legs->legs[i].path == path) return true;
    return false;
}

/* Of who was asked again, what works is news. */
static void note_legs(struct notes *notes, const struct caa_legs *legs) {
    for (int failures = 1; failures >= 0; failures--)
        for (size_t i = 0; i < legs->count; i++) note_path(notes, legs->legs[i].path, failures);
    if (legs->latest != NULL && !is_leg(legs, legs->latest))
        note_path(notes, legs->latest, false);
}

/* What the servers say of an alias depends on whether they have its target too. */
static size_t variants_on(const struct caa_path *path, const struct caa_name *name) {
    if (path == NULL || path->zone_count == 0 || !caa_name_equal(&path->name, name) ||
        caa_path_alias(path) != NULL)
        return 0;
    return caa_path_variants(caa_path_deepest(path));
}

static size_t count_variants(const struct caa_legs *legs, const struct caa_name *name) {
    size_t first = variants_on(legs->legs[0].path, name);
    size_t latest = variants_on(legs->latest, name);
    return first > latest ? first : latest;
}

/* Of the zone where it began, a walk does not know; the ledger may, by another one. */
static bool is_signed(struct caa_ledger *ledger, const struct caa_path_zone *zone) {
    struct caa_ledger_zone known;
    if (zone->parent != NULL || caa_name_is_root(&zone->name) || ledger == NULL)
        return zone->parent == NULL || zone->ds_seen;
    return !caa_ledger_find(ledger, &zone->name, &known) ||
           !caa_name_equal(&known.zone, &zone->name) || known.is_signed;
}

/* A zone whose servers all seem fine and whose data is not: the deepest signed one where it is
   bogus, else the one that gives the answer. */
static const struct caa_path_zone *zone_at_odds(const struct caa_path *path,
                                                const struct caa_statement_context *context,
                                                const struct caa_name *name) {
    bool is_bogus = context->verdict == CAA_FAILURE_BOGUS;
    const struct caa_path_zone *found = NULL;
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        if (caa_name_is_subdomain(name, &zone->name) &&
            (!is_bogus || is_signed(context->ledger, zone)))
            found = zone;
    return found;
}

/* Likewise of those above where the walk began, by what others found of them. */
static bool find_signed_above(const struct caa_path *path, struct caa_ledger *ledger,
                              struct caa_name *zone) {
    struct caa_ledger_zone known;
    if (ledger == NULL || path->zones == NULL) return false;
    *zone = path->zones->name;
    while (caa_ledger_find_above(ledger, zone, &known)) {
        *zone = known.zone;
        if (known.is_signed) return true;
    }
    return false;
}

/* Its servers may do well over TCP, and a recursor stumbles there all the same. */
static const struct caa_path_zone *zone_without_udp(const struct caa_path *path,
                                                    const struct caa_name *name) {
    const struct caa_path_zone *found = NULL;
    for (const struct caa_path_zone *zone = path->zones; zone != NULL; zone = zone->next)
        if (caa_name_is_subdomain(name, &zone->name) &&
            caa_path_zone_udp_failure(zone) != CAA_FAILURE_NONE)
            found = zone;
    return found;
}

/* The last leg that matters to the name, where nobody fails on the way. */
static size_t last_leg(const struct caa_legs *legs, const struct caa_name *name) {
    return caa_name_equal(name, &legs->legs[0].name) ? legs->count - 1 : 0;
}

/* What is found of a failure. */
struct finding {
    const struct caa_name *zone; /* NULL: none can be named */
    size_t leg;
    enum caa_failure failure;
};

static struct finding finding_of(const struct caa_path_zone *zone, size_t leg,
                                 enum caa_failure failure) {
    return (struct finding){zone == NULL ? NULL : &zone->name, leg, failure};
}

/* The way to a zone: UDP does not get through, and mostly TCP does. */
static struct finding find_udp_trouble(const struct caa_legs *legs,
                                       const struct caa_statement_context *context) {
    for (size_t i = 0; i <= last_leg(legs, context->name); i++) {
        const struct caa_leg *leg = &legs->legs[i];
        const struct caa_path_zone *zone =
            zone_without_udp(leg->path, i == 0 ? context->name : &leg->name);
        if (zone != NULL) return finding_of(zone, i, caa_path_zone_udp_failure(zone));
    }
    const struct caa_name *zone = context->without_udp;
    bool encloses = zone != NULL && caa_name_is_subdomain(context->name, zone);
    return (struct finding){encloses ? zone : NULL, 0, CAA_FAILURE_NO_UDP};
}

/* Where servers fail nowhere, and the way to them is fine: who says what is wrong. `above` is
   for a name. */
static struct finding find_odds(const struct caa_leg *leg, size_t index,
                                const struct caa_statement_context *context,
                                struct caa_name *above) {
    enum caa_failure verdict = context->verdict;
    bool is_bogus = verdict == CAA_FAILURE_BOGUS;
    const struct caa_name *name = index == 0 ? context->name : &leg->name;
    const struct caa_name *pinned = context->signed_zone;
    if (is_bogus && index == 0 && pinned != NULL && caa_name_is_subdomain(name, pinned))
        return (struct finding){pinned, 0, verdict};
    /* Where the walk did not lead to the name, or the name leads on from there, the zone may be
       one that it has not seen. */
    bool leads_on = caa_path_alias(leg->path) != NULL && caa_name_equal(&leg->name, name);
    bool is_seen = !is_bogus || context->rescued ||
                   (leg->path->done && caa_name_is_subdomain(&leg->name, name) && !leads_on);
    if (verdict == CAA_FAILURE_NONE || !is_seen) return finding_of(NULL, index, verdict);
    const struct caa_path_zone *zone = zone_at_odds(leg->path, context, name);
    if (zone == NULL && is_bogus && find_signed_above(leg->path, context->ledger, above))
        return (struct finding){above, index, verdict};
    return finding_of(zone, index, verdict);
}

/* The zone that fails, and how: by its servers, by the way to them, or by what it says. */
static struct finding find_failure(const struct caa_legs *legs,
                                   const struct caa_statement_context *context,
                                   struct caa_name *above) {
    enum caa_failure verdict = context->verdict;
    struct caa_leg_zone failing = caa_legs_failing_zone(legs, context->name);
    if (failing.zone != NULL)
        return finding_of(failing.zone, failing.leg, caa_path_zone_failure(failing.zone));
    if (context->is_ours) return finding_of(NULL, 0, verdict);
    size_t last = last_leg(legs, context->name);
    const struct caa_leg *leg = &legs->legs[last];
    if (caa_legs_are_circular(legs, context->name))
        return finding_of(caa_path_deepest(leg->path), last, CAA_FAILURE_ALIAS_LOOP);
    /* Where what did not validate was had in the end, keys may have been lost on the way. */
    if (context->rescued ||
        (verdict != CAA_FAILURE_BOGUS && verdict != CAA_FAILURE_MALFORMED)) {
        struct finding found = find_udp_trouble(legs, context);
        if (found.zone != NULL) return found;
    }
    return find_odds(leg, last, context, above);
}

/* A proof of the zone where an alias leads proves nothing of the name: who forges an alias
   would choose the zone. */
static void name_the_zone(struct caa_evidence *evidence, enum caa_fault *who,
                          const struct caa_legs *legs,
                          const struct caa_statement_context *context) {
    struct finding found = {.failure = context->verdict};
    struct caa_name above;
    if (legs != NULL) found = find_failure(legs, context, &above);
    evidence->failure = found.failure;
    evidence->zone = (struct caa_name){.len = 1};
    /* Nobody was seen to fail, and soon it was over. */
    bool has_passed = context->rescued && found.failure == CAA_FAILURE_RECURSOR;
    *who = found.zone == NULL || has_passed ? CAA_FAULT_NONE : caa_suffix_who(found.zone);
    if (found.zone == NULL && context->is_ours) *who = CAA_FAULT_RESOLVER;
    if (found.zone == NULL) return;
    evidence->zone = *found.zone;
    if (found.leg > 0) evidence->alias = legs->legs[found.leg].name;
    evidence->insecure_proved =
        found.leg == 0 && caa_proof_holds(context->proof, &evidence->zone);
}

static enum caa_fault fault_of(const struct caa_evidence *evidence, enum caa_fault who,
                               const struct caa_legs *legs,
                               const struct caa_statement_context *context) {
    bool heard = caa_reach_any(legs);
    /* Where a registry works, its customer's zone is not silent for our network's sake,
       whatever befell another registry. */
    enum caa_control lately =
        who == CAA_FAULT_SUBSCRIBER ? context->control_of_any : context->control_lately;
    enum caa_control control = heard ? context->control : lately;
    bool is_named = who != CAA_FAULT_NONE;
    if (is_named && caa_advice_is_ours(&evidence->zone, control)) return CAA_FAULT_RESOLVER;
    if (caa_reach_explains(legs, &evidence->zone, evidence->failure)) return CAA_FAULT_RESOLVER;
    return caa_advice_fault(who, evidence->failure, heard, control);
}

const struct caa_evidence *caa_statement_of(const struct caa_legs *legs,
                                            const struct caa_statement_context *context) {
    struct notes notes;
    notes.ledger = context->ledger;
    notes.count = 0;
    if (legs != NULL) note_legs(&notes, legs);
    struct caa_evidence evidence = {
        .variant_count = legs == NULL ? 0 : count_variants(legs, context->name),
        .query_count = legs == NULL ? 0 : legs->query_count,
        .elapsed_us = context->elapsed_us,
        .reason = context->reason,
        .item_count = notes.count,
        .items = notes.items,
    };
    enum caa_fault who;
    name_the_zone(&evidence, &who, legs, context);
    evidence.fault = fault_of(&evidence, who, legs, context);
    evidence.retry_count = context->retry_count;
    struct caa_retry_advice advice =
        caa_advice_retry(evidence.fault, evidence.failure, context->random);
    evidence.retry_advised = advice.advised;
    evidence.retry_after_s = advice.after_s;
    evidence.retry_why = advice.why;
    return caa_evidence_new(&evidence);
}
