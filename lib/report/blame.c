#include "report/blame.h"

static void write_zone(const struct caa_evidence *evidence, struct caa_writer *out) {
    char zone[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&evidence->zone, zone);
    caa_writer_text(out, caa_name_is_root(&evidence->zone) ? "the root" : zone);
}

static void write_alias(const struct caa_evidence *evidence, struct caa_writer *out) {
    char alias[CAA_NAME_TEXT_MAX];
    if (evidence->alias.len == 0) return;
    caa_name_to_text(&evidence->alias, alias);
    caa_writer_text(out, "The name is an alias that leads to ");
    caa_writer_text(out, alias);
    caa_writer_text(out, ".\n");
}

static void write_what_fails(const struct caa_evidence *evidence, struct caa_writer *out) {
    write_alias(evidence, out);
    if (!caa_evidence_tells_of_zone(evidence)) return;
    caa_writer_text(out, "The servers of ");
    write_zone(evidence, out);
    caa_writer_text(out, " ");
    caa_writer_text(out, caa_failure_text(evidence->failure));
    caa_writer_text(out, ".\n");
}

static void write_fault(const struct caa_evidence *evidence, struct caa_writer *out) {
    switch (evidence->fault) {
    case CAA_FAULT_NONE: return;
    case CAA_FAULT_UNKNOWN:
        caa_writer_text(out, "Whose fault that is cannot be told.\n");
        return;
    case CAA_FAULT_RESOLVER:
        caa_writer_text(out,
                        "Our own network or resolver is at fault: what has nothing to do with "
                        "the domain fails too.\n");
        return;
    case CAA_FAULT_REGISTRY:
    case CAA_FAULT_PLATFORM:
    case CAA_FAULT_SUBSCRIBER: break;
    }
    caa_writer_text(out, "At fault: ");
    caa_writer_text(out, caa_fault_text(evidence->fault));
    caa_writer_text(out, ".\n");
}

static void write_retry(const struct caa_evidence *evidence, struct caa_writer *out) {
    if (evidence->retry_advised) {
        caa_writer_text(out, "Try again in ");
        caa_writer_number(out, evidence->retry_after_s);
        caa_writer_text(out, " seconds: ");
    } else {
        caa_writer_text(out, "Trying again will not help: ");
    }
    caa_writer_text(out, evidence->retry_why);
    caa_writer_text(out, ".\n");
}

void caa_sentence_blame(const struct caa_evidence *evidence, struct caa_writer *out) {
    write_what_fails(evidence, out);
    write_fault(evidence, out);
    write_retry(evidence, out);
}

/* Evidence that names no zone says the root. */
const struct caa_name *caa_blame_zone(const struct caa_answer *answer) {
    const struct caa_evidence *evidence = answer->evidence;
    if (evidence == NULL || caa_name_is_root(&evidence->zone)) return &answer->owner;
    return caa_name_is_subdomain(&answer->owner, &evidence->zone) ? &evidence->zone
                                                                  : &answer->owner;
}
