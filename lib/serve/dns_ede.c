#include "serve/dns_ede.h"

#include <stdbool.h>
#include <string.h>

#include <libknot/libknot.h>

#include "base/utf8.h"
#include "base/writer.h"

enum { NAME_TEXT_MOST = 253 }; /* longer only where every octet is escaped */

/* libunbound gives no codes, only words. The first that is found counts. */
static const struct {
    const char *words;
    int code;
} bogus_words[] = {
    {"signature expired", KNOT_EDNS_EDE_SIG_EXPIRED},
    {"signature before inception", KNOT_EDNS_EDE_SIG_NOTYET},
    {"no signatures", KNOT_EDNS_EDE_RRSIG_MISS},
    {"signature missing", KNOT_EDNS_EDE_RRSIG_MISS},
    {"no keys have a DS", KNOT_EDNS_EDE_DNSKEY_MISS},
    {"no DNSKEY", KNOT_EDNS_EDE_DNSKEY_MISS},
    {"missing DNSKEY", KNOT_EDNS_EDE_DNSKEY_MISS},
};

static int code_of_bogus(const char *reason) {
    for (size_t i = 0; i < sizeof bogus_words / sizeof bogus_words[0]; i++)
        if (strcasestr(reason, bogus_words[i].words) != NULL) return bogus_words[i].code;
    return KNOT_EDNS_EDE_BOGUS;
}

static int code_of_outcome(const struct caa_answer *answer) {
    switch (answer->outcome) {
    case CAA_OUTCOME_BOGUS: return code_of_bogus(answer->reason);
    case CAA_OUTCOME_NETWORK: return KNOT_EDNS_EDE_NETWORK;
    case CAA_OUTCOME_SERVFAIL:
    case CAA_OUTCOME_REFUSED:
    case CAA_OUTCOME_RCODE:
    case CAA_OUTCOME_TIMEOUT:
    case CAA_OUTCOME_TRUNCATED:
    case CAA_OUTCOME_MALFORMED: return KNOT_EDNS_EDE_NREACH_AUTH;
    case CAA_OUTCOME_RECORDS:
    case CAA_OUTCOME_NODATA:
    case CAA_OUTCOME_NXDOMAIN:
    case CAA_OUTCOME_COUNT: break;
    }
    return KNOT_EDNS_EDE_OTHER;
}

static int code_of(const struct caa_answer *answer) {
    const struct caa_evidence *evidence = answer->evidence;
    if (evidence == NULL) return code_of_outcome(answer);
    if (evidence->fault == CAA_FAULT_RESOLVER) return KNOT_EDNS_EDE_NETWORK;
    switch (evidence->failure) {
    case CAA_FAILURE_BOGUS: return code_of_bogus(answer->reason);
    case CAA_FAILURE_UNREACHABLE: return KNOT_EDNS_EDE_NETWORK;
    case CAA_FAILURE_SILENT:
    case CAA_FAILURE_SERVFAIL:
    case CAA_FAILURE_REFUSED:
    case CAA_FAILURE_LAME:
    case CAA_FAILURE_NOT_AUTHORITATIVE:
    case CAA_FAILURE_NO_ADDRESS:
    case CAA_FAILURE_TRUNCATED:
    case CAA_FAILURE_NO_UDP:
    case CAA_FAILURE_MALFORMED: return KNOT_EDNS_EDE_NREACH_AUTH;
    case CAA_FAILURE_RECURSOR:
    case CAA_FAILURE_ALIAS_LOOP:
    case CAA_FAILURE_NO_SUCH_TLD: return KNOT_EDNS_EDE_OTHER;
    case CAA_FAILURE_NONE: break;
    }
    return code_of_outcome(answer);
}

static void write_name(struct caa_writer *out, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    size_t len = caa_name_to_text(name, text);
    if (len > NAME_TEXT_MOST) len = NAME_TEXT_MOST;
    if (caa_name_is_root(name))
        caa_writer_text(out, "the root");
    else
        caa_writer_printable(out, caa_slice_bytes(text, len));
}

static void write_what_fails(struct caa_writer *out, const struct caa_answer *answer) {
    const struct caa_evidence *evidence = answer->evidence;
    bool is_known = caa_evidence_tells_of_zone(evidence);
    write_name(out, is_known ? &evidence->zone : &answer->owner);
    caa_writer_text(out,
                    is_known ? ": its servers " : ": no answer yet, and not yet known why");
    if (is_known) caa_writer_text(out, caa_failure_text(evidence->failure));
    if (!is_known && evidence->fault != CAA_FAULT_RESOLVER) return;
    caa_writer_text(out, "; fault: ");
    caa_writer_text(out, caa_fault_code(evidence->fault));
}

static void write_evidence(struct caa_writer *out, const struct caa_answer *answer) {
    const struct caa_evidence *evidence = answer->evidence;
    write_what_fails(out, answer);
    if (evidence->retry_advised) {
        caa_writer_text(out, "; retry in ");
        caa_writer_number(out, evidence->retry_after_s);
        caa_writer_text(out, " s");
    } else {
        caa_writer_text(out, "; no retry before it is mended");
    }
}

static void write_without_evidence(struct caa_writer *out, const struct caa_answer *answer) {
    write_name(out, &answer->owner);
    caa_writer_text(out, ": ");
    caa_writer_text(out, caa_outcome_text(answer->outcome));
    if (answer->reason[0] == '\0') return;
    caa_writer_text(out, ": ");
    caa_writer_printable(out, caa_slice_of(answer->reason));
}

/* What was cut may have been cut within a character, and EXTRA-TEXT is UTF-8. */
static void drop_broken_end(struct caa_writer *out) {
    while (out->overflow && !caa_utf8_is_valid(caa_slice_bytes(out->text, out->len)))
        out->text[--out->len] = '\0';
}

void caa_dns_ede_of(struct caa_dns_ede *ede, const struct caa_answer *answer) {
    struct caa_writer out = caa_writer_into(ede->text, sizeof ede->text);
    ede->code = code_of(answer);
    if (answer->evidence != NULL)
        write_evidence(&out, answer);
    else
        write_without_evidence(&out, answer);
    drop_broken_end(&out);
}
