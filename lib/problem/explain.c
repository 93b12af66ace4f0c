#include "problem/explain.h"

#include <string.h>

#include "base/ascii.h"
#include "base/writer.h"
#include "dns/suffix.h"
#include "problem/extended.h"

struct caa_explanation caa_explain_nothing(void) {
    return (struct caa_explanation){.ede = -1, .ca = "", .why = ""};
}

void caa_explain_copy(char *into, size_t size, struct caa_slice text) {
    struct caa_writer writer = caa_writer_into(into, size);
    if (text.len > size) text.len = size;
    caa_writer_printable(&writer, text);
}

/* The name that a text has, as far as it is one: without an asterisk and a final dot.
   What somebody put in its place, like <domain>, is none. */
static bool read_name(struct caa_name *name, const char *text) {
    if (strncmp(text, "*.", 2) == 0) text += 2;
    for (const char *c = text; *c != '\0'; c++)
        if (!caa_ascii_is_alnum(*c) && strchr(".-_", *c) == NULL) return false;
    return text[0] != '\0' && caa_name_from_text(name, caa_slice_of(text), NULL) == CAA_OK;
}

static enum caa_fault who_runs(const struct caa_explanation *explanation) {
    struct caa_name name;
    const char *zone = explanation->zone[0] != '\0' ? explanation->zone : explanation->owner;
    return read_name(&name, zone) ? caa_suffix_who(&name) : CAA_FAULT_UNKNOWN;
}

/* Clients that fail together should not come back together; the same text comes to the same. */
static uint32_t spread(const struct caa_explanation *explanation) {
    uint32_t hash = 2166136261; /* FNV-1a */
    const char *const texts[] = {explanation->name, explanation->owner};
    for (size_t i = 0; i < 2; i++)
        for (const char *c = texts[i]; *c != '\0'; c++)
            hash = (hash ^ (unsigned char)*c) * 16777619;
    return hash;
}

static void judge_failure(struct caa_explanation *explanation, enum caa_fault fault,
                          enum caa_failure failure) {
    struct caa_retry_advice advice = caa_advice_retry(fault, failure, spread(explanation));
    explanation->fault = fault;
    explanation->again = advice.advised ? CAA_AGAIN_YES : CAA_AGAIN_NO;
    explanation->after_s = advice.after_s;
    explanation->why =
        fault == CAA_FAULT_RESOLVER ? "the CA's network is expected to recover" : advice.why;
    explanation->sureness = CAA_SURENESS_LIKELY;
}

static void judge_refusal(struct caa_explanation *explanation, enum caa_fault fault,
                          const char *why) {
    explanation->fault = fault;
    explanation->again = CAA_AGAIN_NO;
    explanation->why = why;
    explanation->sureness = CAA_SURENESS_CERTAIN;
}

/* A registry's keys do not vanish: where a resolver has not got them, it could not fetch them.
 */
static void judge_extended(struct caa_explanation *explanation) {
    enum caa_fault who = who_runs(explanation);
    switch (caa_extended_kind(explanation->ede)) {
    case CAA_EXTENDED_FAILED: judge_failure(explanation, who, CAA_FAILURE_NONE); break;
    case CAA_EXTENDED_BOGUS:
        judge_failure(explanation, who,
                      who == CAA_FAULT_REGISTRY ? CAA_FAILURE_NONE : CAA_FAILURE_BOGUS);
        break;
    case CAA_EXTENDED_RESOLVER:
        judge_failure(explanation, CAA_FAULT_RESOLVER, CAA_FAILURE_NONE);
        break;
    case CAA_EXTENDED_BLOCKED:
        judge_refusal(explanation, CAA_FAULT_RESOLVER, "the CA's resolver has to change first");
        break;
    }
}

void caa_explain_judge(struct caa_explanation *explanation) {
    explanation->fault = CAA_FAULT_UNKNOWN;
    explanation->again = CAA_AGAIN_UNKNOWN;
    explanation->after_s = 0;
    explanation->why = "the text does not tell";
    explanation->sureness = CAA_SURENESS_NONE;
    switch (explanation->problem) {
    case CAA_PROBLEM_FORBIDDEN:
        judge_refusal(explanation, CAA_FAULT_NONE, "the CAA records have to change first");
        break;
    case CAA_PROBLEM_NXDOMAIN:
        judge_refusal(explanation, CAA_FAULT_SUBSCRIBER, "the name has to be in the DNS first");
        break;
    case CAA_PROBLEM_NO_RECORDS:
        judge_refusal(explanation, CAA_FAULT_SUBSCRIBER,
                      "the record has to be published first");
        break;
    case CAA_PROBLEM_IP_ADDRESS:
    case CAA_PROBLEM_ONION:
    case CAA_PROBLEM_NOT_A_NAME:
        judge_refusal(explanation, CAA_FAULT_SUBSCRIBER, "it stays what it is");
        break;
    case CAA_PROBLEM_SERVFAIL:
    case CAA_PROBLEM_RCODE:
    case CAA_PROBLEM_TIMEOUT:
    case CAA_PROBLEM_CANCELED:
    case CAA_PROBLEM_TRUNCATED:
        judge_failure(explanation, who_runs(explanation), CAA_FAILURE_NONE);
        break;
    case CAA_PROBLEM_NETWORK:
    case CAA_PROBLEM_RESOLVER:
        judge_failure(explanation, CAA_FAULT_RESOLVER, CAA_FAILURE_NONE);
        break;
    case CAA_PROBLEM_EXTENDED: judge_extended(explanation); break;
    case CAA_PROBLEM_NONE:
    case CAA_PROBLEM_SEVERAL:
    case CAA_PROBLEM_LOOKUP:
    case CAA_PROBLEM_OTHER:
    case CAA_PROBLEM_UNKNOWN:
    case CAA_PROBLEM_TOO_LARGE: break;
    }
}

const char *caa_explain_fault(const struct caa_explanation *explanation) {
    return explanation->problem == CAA_PROBLEM_FORBIDDEN ? "policy"
                                                         : caa_fault_code(explanation->fault);
}

const char *caa_stage_code(enum caa_stage stage) {
    switch (stage) {
    case CAA_STAGE_UNKNOWN: break;
#define CAA_STAGE(name, code, text)                                                            \
    case CAA_STAGE_##name:                                                                     \
        return code;
#include "problem/stage.def"
#undef CAA_STAGE
    }
    return "";
}

const char *caa_stage_text(enum caa_stage stage) {
    switch (stage) {
    case CAA_STAGE_UNKNOWN: break;
#define CAA_STAGE(name, code, text)                                                            \
    case CAA_STAGE_##name:                                                                     \
        return text;
#include "problem/stage.def"
#undef CAA_STAGE
    }
    return "";
}

const char *caa_sureness_code(enum caa_sureness sureness) {
    switch (sureness) {
    case CAA_SURENESS_NONE: break;
    case CAA_SURENESS_LIKELY: return "likely";
    case CAA_SURENESS_CERTAIN: return "certain";
    }
    return "none";
}

bool caa_explain_shield(const struct caa_explanation *explanation, struct caa_name *shield) {
    struct caa_name name, owner;
    bool found = false;
    if (!read_name(&name, explanation->name) || !read_name(&owner, explanation->owner))
        return false;
    for (; !caa_name_equal(&name, &owner) && caa_name_is_subdomain(&name, &owner);
         caa_name_parent(&name, &name)) {
        if (caa_suffix_who(&name) == CAA_FAULT_REGISTRY) continue;
        *shield = name;
        found = true;
    }
    return found;
}
