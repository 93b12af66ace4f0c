#include "report/explain_sentence.h"

#include <string.h>

#include "problem/extended.h"

static void write_or(struct caa_writer *out, const char *text, const char *otherwise) {
    caa_writer_text(out, text[0] != '\0' ? text : otherwise);
}

static void write_extended(const struct caa_explanation *explanation, struct caa_writer *out) {
    caa_extended_summary(explanation->ede, out);
    if (explanation->extra[0] == '\0') return;
    caa_writer_text(out, ": ");
    caa_writer_text(out, explanation->extra);
}

static void write_outcome(const struct caa_explanation *explanation, struct caa_writer *out) {
    switch (explanation->problem) {
    case CAA_PROBLEM_SERVFAIL: caa_writer_text(out, "SERVFAIL"); break;
    case CAA_PROBLEM_RCODE: caa_writer_text(out, explanation->outcome); break;
    case CAA_PROBLEM_TIMEOUT: caa_writer_text(out, "no answer in time"); break;
    case CAA_PROBLEM_CANCELED: caa_writer_text(out, "no answer in time, and given up"); break;
    case CAA_PROBLEM_NETWORK:
        caa_writer_text(out, "its network failed on the way to its resolver");
        break;
    case CAA_PROBLEM_TRUNCATED: caa_writer_text(out, "the answer was cut off"); break;
    case CAA_PROBLEM_RESOLVER: caa_writer_text(out, "its resolver failed"); break;
    case CAA_PROBLEM_EXTENDED: write_extended(explanation, out); break;
    case CAA_PROBLEM_NONE:
    case CAA_PROBLEM_FORBIDDEN:
    case CAA_PROBLEM_NXDOMAIN:
    case CAA_PROBLEM_IP_ADDRESS:
    case CAA_PROBLEM_ONION:
    case CAA_PROBLEM_NOT_A_NAME:
    case CAA_PROBLEM_SEVERAL:
    case CAA_PROBLEM_NO_RECORDS:
    case CAA_PROBLEM_LOOKUP:
    case CAA_PROBLEM_OTHER:
    case CAA_PROBLEM_UNKNOWN:
    case CAA_PROBLEM_TOO_LARGE: write_or(out, explanation->outcome, "how, it does not say");
    }
}

static void write_failed_lookup(const struct caa_explanation *explanation,
                                struct caa_writer *out) {
    caa_writer_text(out, "the CA could not look up ");
    write_or(out, explanation->type, "a name");
    if (explanation->owner[0] != '\0') {
        caa_writer_text(out, " for ");
        caa_writer_text(out, explanation->owner);
    }
    caa_writer_text(out, ": ");
    write_outcome(explanation, out);
}

static void write_forbidden(const struct caa_explanation *explanation, struct caa_writer *out) {
    caa_writer_text(out, "a CAA record");
    if (explanation->owner[0] != '\0') {
        caa_writer_text(out, " of ");
        caa_writer_text(out, explanation->owner);
    }
    caa_writer_text(out, " forbids ");
    write_or(out, explanation->ca, "this CA");
    caa_writer_text(out, " to issue");
}

void caa_explain_sentence(const struct caa_explanation *explanation, struct caa_writer *out) {
    switch (explanation->problem) {
    case CAA_PROBLEM_FORBIDDEN: write_forbidden(explanation, out); break;
    case CAA_PROBLEM_NXDOMAIN:
        write_or(out, explanation->owner, "the name");
        caa_writer_text(out, " does not exist (NXDOMAIN)");
        break;
    case CAA_PROBLEM_NO_RECORDS:
        write_or(out, explanation->owner, "the name");
        caa_writer_text(out, " has no ");
        caa_writer_text(out, explanation->type);
        caa_writer_text(out, " record");
        break;
    case CAA_PROBLEM_SERVFAIL:
    case CAA_PROBLEM_RCODE:
    case CAA_PROBLEM_TIMEOUT:
    case CAA_PROBLEM_CANCELED:
    case CAA_PROBLEM_NETWORK:
    case CAA_PROBLEM_TRUNCATED:
    case CAA_PROBLEM_RESOLVER:
    case CAA_PROBLEM_EXTENDED:
    case CAA_PROBLEM_LOOKUP: write_failed_lookup(explanation, out); break;
    case CAA_PROBLEM_SEVERAL:
        caa_writer_text(out, "several names failed the CAA check, and how is not told");
        break;
    case CAA_PROBLEM_OTHER:
        caa_writer_text(out, "an error ");
        if (explanation->acme_type[0] != '\0') {
            caa_writer_text(out, "of type ");
            caa_writer_text(out, explanation->acme_type);
            caa_writer_text(out, " ");
        }
        caa_writer_text(out, "that is about neither CAA nor a lookup");
        break;
    case CAA_PROBLEM_NONE:
    case CAA_PROBLEM_IP_ADDRESS:
    case CAA_PROBLEM_ONION:
    case CAA_PROBLEM_NOT_A_NAME:
    case CAA_PROBLEM_UNKNOWN:
    case CAA_PROBLEM_TOO_LARGE: caa_writer_text(out, caa_problem_text(explanation->problem));
    }
}

static bool is_failed_lookup(const struct caa_explanation *explanation) {
    return explanation->sureness == CAA_SURENESS_LIKELY &&
           explanation->problem != CAA_PROBLEM_FORBIDDEN;
}

static void write_zone(const struct caa_explanation *explanation, struct caa_writer *out) {
    write_or(out, explanation->zone[0] != '\0' ? explanation->zone : explanation->owner,
             "the name");
}

static void write_fault(const struct caa_explanation *explanation, struct caa_writer *out) {
    if (explanation->problem == CAA_PROBLEM_FORBIDDEN) {
        caa_writer_text(out, "Nothing failed: the CAA records say so.\n");
        return;
    }
    switch (explanation->fault) {
    case CAA_FAULT_REGISTRY:
        caa_writer_text(out, "At fault, most likely: the registry of ");
        write_zone(explanation, out);
        caa_writer_text(out, ", or the CA's way to it; not the domain below it.\n");
        break;
    case CAA_FAULT_PLATFORM:
        caa_writer_text(out, "At fault, most likely: the platform that runs ");
        write_zone(explanation, out);
        caa_writer_text(out, ".\n");
        break;
    case CAA_FAULT_SUBSCRIBER:
        if (!is_failed_lookup(explanation)) break;
        caa_writer_text(out, "At fault, most likely: the name servers that answer for ");
        write_zone(explanation, out);
        caa_writer_text(out, ".\n");
        break;
    case CAA_FAULT_RESOLVER:
        caa_writer_text(out, "At fault: the CA's own network or resolver.\n");
        break;
    case CAA_FAULT_NONE:
    case CAA_FAULT_UNKNOWN:
        caa_writer_text(out, "Whose fault it is, the text does not tell.\n");
        break;
    }
}

static void write_again(const struct caa_explanation *explanation, struct caa_writer *out) {
    switch (explanation->again) {
    case CAA_AGAIN_UNKNOWN:
        caa_writer_text(out, "Whether trying again helps cannot be told from it.\n");
        return;
    case CAA_AGAIN_NO: caa_writer_text(out, "Trying again will not help: "); break;
    case CAA_AGAIN_YES:
        caa_writer_text(out, "Try again in ");
        caa_writer_number(out, explanation->after_s);
        caa_writer_text(out, explanation->after_s == 1 ? " second: " : " seconds: ");
        break;
    }
    caa_writer_text(out, explanation->why);
    caa_writer_text(out, ".\n");
}

static void write_command(struct caa_writer *out, const char *before, const char *command,
                          const char *name) {
    caa_writer_text(out, before);
    caa_writer_text(out, command);
    caa_writer_text(out, name);
}

/* What makes a failing ancestor irrelevant: only CAA climbs. */
static void write_shield(const struct caa_explanation *explanation, struct caa_writer *out) {
    struct caa_name shield;
    char text[CAA_NAME_TEXT_MAX];
    if (strcmp(explanation->type, "CAA") != 0 || !is_failed_lookup(explanation) ||
        !caa_explain_shield(explanation, &shield))
        return;
    caa_name_to_text(&shield, text);
    write_command(out, "A CAA record at ", text, ", and ");
    caa_writer_text(out, explanation->owner);
    caa_writer_text(out, " does not matter any more.\n");
}

static void write_next_step(const struct caa_explanation *explanation, struct caa_writer *out) {
    const char *subject = explanation->name[0] != '\0' ? explanation->name : explanation->owner;
    if (explanation->problem == CAA_PROBLEM_FORBIDDEN) {
        if (subject[0] == '\0') return;
        write_command(out, "Which record, and what would permit it: ", "caa check '", subject);
        caa_writer_text(out, "'.\n");
    } else if (explanation->fault == CAA_FAULT_SUBSCRIBER && is_failed_lookup(explanation) &&
               explanation->owner[0] != '\0') {
        write_command(out, "What they say: ", "caa trace '", explanation->owner);
        write_command(out, "' ", explanation->type[0] != '\0' ? explanation->type : "CAA",
                      ".\n");
    }
}

void caa_explain_advice(const struct caa_explanation *explanation, struct caa_writer *out) {
    if (explanation->problem == CAA_PROBLEM_UNKNOWN ||
        explanation->problem == CAA_PROBLEM_TOO_LARGE)
        return;
    write_fault(explanation, out);
    write_again(explanation, out);
    write_shield(explanation, out);
    write_next_step(explanation, out);
    if (explanation->secondary)
        caa_writer_text(out,
                        "It was seen from afar: servers that answer one part of the world only "
                        "look like this.\n");
}
