#include "diagnose/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libknot/libknot.h>

#include "base/writer.h"
#include "dns/suffix.h"

enum { SAID_MAX = 1024, DETAIL_MAX = 256 };

static void *make(struct caa_findings *findings, size_t size) {
    void *made = caa_arena_alloc(findings->arena, size);
    findings->out_of_memory |= made == NULL;
    return made;
}

struct caa_diagnosis_finding *caa_findings_add(struct caa_findings *findings,
                                               enum caa_diagnosis_code code,
                                               const struct caa_name *zone) {
    if (findings->count == CAA_FINDINGS_OF_DIAGNOSIS_MAX) {
        findings->dropped++;
        return NULL;
    }
    struct caa_diagnosis_finding *finding = make(findings, sizeof *finding);
    if (finding == NULL) return NULL;
    finding->code = code;
    finding->zone = finding->mender_zone = *zone;
    finding->mender = caa_suffix_who(zone);
    finding->text = finding->why = "";
    finding->next = findings->first;
    findings->first = finding;
    findings->count++;
    return finding;
}

struct caa_diagnosis_finding *caa_findings_of(struct caa_findings *findings,
                                              enum caa_diagnosis_code code,
                                              const struct caa_name *zone) {
    struct caa_diagnosis_finding *at = findings->first;
    while (at != NULL && (at->code != code || !caa_name_equal(&at->zone, zone))) at = at->next;
    return at != NULL ? at : caa_findings_add(findings, code, zone);
}

const char *caa_findings_say(struct caa_findings *findings, const char *format, ...) {
    char text[SAID_MAX];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len < 0) return "";
    size_t kept = (size_t)len < sizeof text ? (size_t)len : sizeof text - 1;
    const char *copy = caa_arena_copy(findings->arena, text, kept);
    findings->out_of_memory |= copy == NULL;
    return copy == NULL ? "" : copy;
}

const char *caa_findings_name(struct caa_findings *findings, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    if (caa_name_is_root(name)) return "the root";
    caa_name_to_text(name, text);
    return caa_findings_say(findings, "%s", text);
}

static struct caa_diagnosis_evidence *append(struct caa_findings *findings,
                                             struct caa_diagnosis_finding *finding) {
    if (finding == NULL || finding->evidence_count == CAA_FINDING_EVIDENCE_MAX) return NULL;
    struct caa_diagnosis_evidence *evidence = make(findings, sizeof *evidence);
    if (evidence == NULL) return NULL;
    struct caa_diagnosis_evidence **end = &finding->evidence;
    while (*end != NULL) end = &(*end)->next;
    *end = evidence;
    finding->evidence_count++;
    return evidence;
}

struct caa_diagnosis_evidence *caa_findings_note_saying(struct caa_findings *findings,
                                                        struct caa_diagnosis_finding *finding,
                                                        const struct caa_name *server,
                                                        const struct caa_address *address,
                                                        const char *did) {
    struct caa_diagnosis_evidence *evidence = append(findings, finding);
    if (evidence == NULL) return NULL;
    evidence->server = server;
    if (address != NULL) caa_address_to_text(address, evidence->address);
    evidence->asked = "";
    evidence->did = did;
    return evidence;
}

static const char *asked(struct caa_findings *findings, const struct caa_exchange *exchange) {
    char type[32], name[CAA_NAME_TEXT_MAX];
    if (knot_rrtype_to_string(exchange->type, type, sizeof type) < 0) type[0] = '\0';
    caa_name_to_text(&exchange->name, name);
    /* As it was sent, its letters are in random case. */
    for (char *c = name; *c != '\0'; c++)
        if (*c >= 'A' && *c <= 'Z') *c = (char)(*c | 0x20);
    return caa_findings_say(findings, "%s of %s%s", type, name,
                            exchange->edns ? "" : " without EDNS");
}

/* One that says the same of the same server: the first of them is enough. */
static bool is_noted(const struct caa_diagnosis_finding *finding,
                     const struct caa_path_server *server, const char *did) {
    char address[CAA_EVIDENCE_ADDRESS_MAX];
    const struct caa_diagnosis_evidence *at = finding->evidence;
    caa_address_to_text(&server->address, address);
    while (at != NULL && (strcmp(at->address, address) != 0 || strcmp(at->did, did) != 0))
        at = at->next;
    return at != NULL;
}

void caa_findings_note(struct caa_findings *findings, struct caa_diagnosis_finding *finding,
                       const struct caa_path_server *server,
                       const struct caa_exchange *exchange, const char *did) {
    if (finding == NULL || is_noted(finding, server, did)) return;
    struct caa_diagnosis_evidence *evidence = caa_findings_note_saying(
        findings, finding, server->ns == NULL ? NULL : &server->ns->name, &server->address,
        did);
    if (evidence == NULL || exchange == NULL) return;
    evidence->asked = asked(findings, exchange);
    evidence->over_tcp = exchange->transport == CAA_TRANSPORT_TCP;
    evidence->at_us = exchange->sent_at_us;
    evidence->elapsed_us = exchange->round_trip_us;
}

static void write_extended_error(struct caa_writer *text, const struct caa_exchange *exchange) {
    if (exchange->result != CAA_EXCHANGE_RESPONSE || exchange->said.ede < 0) return;
    caa_writer_text(text, ", extended error ");
    caa_writer_number(text, (unsigned long)exchange->said.ede);
    if (exchange->said.ede_text[0] != '\0') caa_writer_text(text, " ");
    caa_writer_printable(text, caa_slice_of(exchange->said.ede_text));
}

const char *caa_findings_did(struct caa_findings *findings, const struct caa_exchange *exchange,
                             enum caa_server_state state) {
    char said[DETAIL_MAX];
    struct caa_writer text = caa_writer_into(said, sizeof said);
    if (exchange == NULL) return caa_server_state_text(state);
    switch (exchange->result) {
    case CAA_EXCHANGE_TIMEOUT:
        return caa_findings_say(findings, "no answer within %lu ms",
                                (unsigned long)exchange->round_trip_us / 1000);
    case CAA_EXCHANGE_NETWORK:
        return caa_findings_say(findings, "%s", strerror(exchange->error));
    case CAA_EXCHANGE_MALFORMED:
        return caa_findings_say(findings, "malformed: %s", exchange->reason);
    case CAA_EXCHANGE_RESPONSE: break;
    }
    caa_writer_text(&text, caa_server_state_text(state));
    if (state == CAA_SERVER_RCODE) {
        caa_writer_text(&text, ": ");
        caa_writer_text(&text, caa_packet_rcode_text(exchange->said.rcode));
    }
    write_extended_error(&text, exchange);
    return caa_findings_say(findings, "%s", said);
}
