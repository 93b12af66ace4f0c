#include "report/sentence.h"

#include "policy/rrset.h"
#include "report/blame.h"

static const struct caa_level *deciding_level(const struct caa_check_result *result) {
    int level = result->decision.level;
    return level == CAA_LEVEL_NONE ? NULL : &result->levels[level];
}

static void write_name(struct caa_writer *out, const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    caa_name_to_text(name, text);
    caa_writer_text(out, text);
}

/* ", " between items and `last` before the last one. */
static void write_separator(struct caa_writer *out, size_t index, size_t count,
                            const char *last) {
    if (index > 0) caa_writer_text(out, index + 1 == count ? last : ", ");
}

static void write_slices(struct caa_writer *out, const struct caa_slice *slices, size_t count,
                         const char *last) {
    for (size_t i = 0; i < count; i++) {
        write_separator(out, i, count, last);
        caa_writer_slice(out, slices[i]);
    }
}

static void write_issuers(struct caa_writer *out, const struct caa_request *request) {
    if (request->issuer_domain_name_count == 0)
        caa_writer_text(out, "a CA without an issuer domain name");
    write_slices(out, request->issuer_domain_names, request->issuer_domain_name_count, " or ");
}

static void write_levels(struct caa_writer *out, const struct caa_check_result *result,
                         size_t count, const char *last) {
    for (size_t i = 0; i < count; i++) {
        write_separator(out, i, count, last);
        write_name(out, result->levels[i].name);
    }
}

void caa_sentence_subject(const struct caa_request *request, struct caa_writer *out) {
    if (request->wildcard) caa_writer_text(out, "*.");
    write_name(out, &request->name);
}

void caa_sentence_level(const struct caa_level *level, struct caa_writer *out) {
    const struct caa_answer *answer = level->answer;
    if (answer == NULL) {
        caa_writer_text(out, "not needed");
        return;
    }
    switch (answer->outcome) {
    case CAA_OUTCOME_RECORDS:
        caa_writer_number(out, answer->rdata_count);
        caa_writer_text(out, answer->rdata_count == 1 ? " CAA record" : " CAA records");
        break;
    case CAA_OUTCOME_NODATA: caa_writer_text(out, "no CAA"); break;
    case CAA_OUTCOME_NXDOMAIN: caa_writer_text(out, "no such name"); break;
    case CAA_OUTCOME_RCODE:
        caa_writer_text(out, "response code ");
        caa_writer_number(out, answer->rcode);
        break;
    case CAA_OUTCOME_SERVFAIL:
    case CAA_OUTCOME_REFUSED:
    case CAA_OUTCOME_TIMEOUT:
    case CAA_OUTCOME_BOGUS:
    case CAA_OUTCOME_TRUNCATED:
    case CAA_OUTCOME_MALFORMED:
    case CAA_OUTCOME_NETWORK:
    case CAA_OUTCOME_COUNT: caa_writer_text(out, caa_outcome_text(answer->outcome)); break;
    }
}

/* The deciding record, read again from its RDATA; false where there is none. */
static bool read_deciding_record(const struct caa_check_result *result,
                                 struct caa_record *record) {
    const struct caa_level *level = deciding_level(result);
    int index = result->decision.record;
    return level != NULL && index != CAA_RECORD_NONE &&
           caa_record_from_wire(record, level->answer->rdata[index], NULL) == CAA_OK;
}

static void write_no_records(struct caa_writer *out, const struct caa_check_result *result) {
    caa_writer_text(out, "no CAA record at ");
    write_levels(out, result, result->level_count, " or ");
    caa_writer_text(out, ", so any CA may issue");
}

static void write_authorized(struct caa_writer *out, const struct caa_check_result *result) {
    struct caa_record record;
    caa_writer_text(out, "the CAA record of ");
    write_name(out, deciding_level(result)->name);
    if (read_deciding_record(result, &record)) {
        caa_writer_text(out, ", ");
        caa_record_to_text(&record, out);
    }
    caa_writer_text(out, ", authorizes ");
    write_issuers(out, &result->request);
}

static void write_not_authorized(struct caa_writer *out,
                                 const struct caa_check_result *result) {
    unsigned needs = result->decision.needs;
    caa_writer_text(out, needs == 0 ? "no CAA record of " : "the CAA records of ");
    write_name(out, deciding_level(result)->name);
    caa_writer_text(out, needs == 0 ? " authorizes " : " authorize ");
    write_issuers(out, &result->request);
    if (needs == 0) return;
    caa_writer_text(out, needs == CAA_NEEDS_ACCOUNT ? " only for an account that was not given"
                         : needs == CAA_NEEDS_METHOD
                             ? " only by a validation method that was not given"
                             : " only for an account and a validation method "
                               "that were not given");
}

static void write_critical(struct caa_writer *out, const struct caa_check_result *result) {
    struct caa_record record;
    write_name(out, deciding_level(result)->name);
    caa_writer_text(out, " has a critical CAA record that is not understood");
    if (!read_deciding_record(result, &record)) return;
    caa_writer_text(out, ", ");
    caa_record_to_text(&record, out);
}

static void write_failed_lookup(struct caa_writer *out, const struct caa_level *level) {
    caa_writer_text(out, "looking up CAA for ");
    write_name(out, level->name);
    caa_writer_text(out, " failed: ");
    caa_sentence_level(level, out);
    if (level->answer->reason[0] == '\0') return;
    caa_writer_text(out, " (");
    caa_writer_printable(out, caa_slice_of(level->answer->reason));
    caa_writer_text(out, ")");
}

/* The cause first: what failed nearer failed because of it. */
static void write_failure(struct caa_writer *out, const struct caa_check_result *result) {
    const struct caa_level *cause = &result->levels[result->decision.cause];
    write_failed_lookup(out, cause);
    if (result->decision.cause != result->decision.level) {
        caa_writer_text(out, ", and with it the lookup for ");
        write_name(out, deciding_level(result)->name);
    }
    caa_writer_text(out, "; a failure is not permission");
}

static void write_excused(struct caa_writer *out, const struct caa_check_result *result) {
    char zone[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&deciding_level(result)->answer->evidence->zone, zone);
    write_failed_lookup(out, deciding_level(result));
    caa_writer_text(out, "; but it was tried again, ");
    caa_writer_text(out, zone);
    caa_writer_text(out,
                    " is proved to be unsigned, and the policy br-insecure-failure lets that "
                    "pass (BR 3.2.2.8)");
}

static void write_unreadable(struct caa_writer *out, const struct caa_check_result *result) {
    caa_writer_text(out, "a CAA record of ");
    write_name(out, deciding_level(result)->name);
    caa_writer_text(out, " cannot be read, so its set cannot be obeyed");
}

void caa_sentence_verdict(const struct caa_check_result *result, struct caa_writer *out) {
    switch (result->decision.rule) {
    case CAA_RULE_NO_RECORDS: write_no_records(out, result); break;
    case CAA_RULE_UNRESTRICTED:
        caa_writer_text(out, "the CAA records of ");
        write_name(out, deciding_level(result)->name);
        caa_writer_text(out, " do not restrict this kind of certificate");
        break;
    case CAA_RULE_AUTHORIZED: write_authorized(out, result); break;
    case CAA_RULE_INSECURE_FAILURE: write_excused(out, result); break;
    case CAA_RULE_NOT_AUTHORIZED: write_not_authorized(out, result); break;
    case CAA_RULE_CRITICAL_UNKNOWN: write_critical(out, result); break;
    case CAA_RULE_LOOKUP_FAILED: write_failure(out, result); break;
    case CAA_RULE_NO_SUCH_TLD:
        caa_writer_text(out, "the top-level domain ");
        write_name(out, deciding_level(result)->name);
        caa_writer_text(out, " does not exist");
        break;
    case CAA_RULE_UNREADABLE: write_unreadable(out, result); break;
    }
}

/* The records that would authorize this issuer, had the request said who and how. */
static void write_who_would_be_allowed(struct caa_writer *out,
                                       const struct caa_request *request,
                                       const struct caa_record *record) {
    struct caa_judgement judgement;
    caa_record_judge(&judgement, request, record);
    bool account = judgement.standing == CAA_STANDING_NEEDS_ACCOUNT;
    bool method = judgement.standing == CAA_STANDING_NEEDS_METHOD;
    if (judgement.standing == CAA_STANDING_NEEDS_BOTH) account = method = true;
    if (!account && !method) return;
    caa_writer_text(out, "It would be allowed ");
    if (account) {
        caa_writer_text(out, "for account ");
        caa_writer_slice(out, judgement.bindings.accounturi.value);
    }
    if (method) {
        caa_writer_text(out, account ? " by " : "by ");
        caa_writer_slice(out, judgement.bindings.validationmethods.value);
    }
    caa_writer_text(out, account && method ? " (--account, --method).\n"
                         : account         ? " (--account).\n"
                                           : " (--method).\n");
}

static void write_needs(struct caa_writer *out, const struct caa_check_result *result) {
    const struct caa_answer *answer = deciding_level(result)->answer;
    enum caa_property property = caa_rrset_property(&result->request, answer);
    for (size_t i = 0; i < answer->rdata_count; i++) {
        struct caa_record record;
        if (caa_record_from_wire(&record, answer->rdata[i], NULL) == CAA_OK &&
            record.property == property)
            write_who_would_be_allowed(out, &result->request, &record);
    }
}

static void write_forbidden_advice(struct caa_writer *out,
                                   const struct caa_check_result *result) {
    if (result->decision.needs != 0) {
        write_needs(out, result);
        return;
    }
    const struct caa_answer *answer = deciding_level(result)->answer;
    enum caa_property property = caa_rrset_property(&result->request, answer);
    caa_writer_text(out, "To allow it, whoever runs ");
    /* An alias has no records of its own (RFC 1034 section 3.6.2): its target does. */
    write_name(out, answer->alias_count > 0 ? &answer->aliases[answer->alias_count - 1]
                                            : deciding_level(result)->name);
    if (result->decision.rule == CAA_RULE_CRITICAL_UNKNOWN) {
        caa_writer_text(
            out, " has to take the critical flag off that record, or the record away.\n");
        return;
    }
    caa_writer_text(
        out, property == CAA_PROPERTY_ISSUEWILD   ? " has to publish an issuewild record for "
             : property == CAA_PROPERTY_ISSUEMAIL ? " has to publish an issuemail record for "
                                                  : " has to publish an issue record for ");
    write_issuers(out, &result->request);
    caa_writer_text(out, ".\n");
}

/* A failure at `net` is not the doing of those who run the names below it, whichever of these
   could not be looked up. */
static void write_innocent(struct caa_writer *out, const struct caa_check_result *result) {
    size_t cause = (size_t)result->decision.cause, innocents = cause;
    const struct caa_name *blamed = caa_blame_zone(result->levels[cause].answer);
    while (innocents < result->level_count &&
           !caa_name_equal(result->levels[innocents].name, blamed))
        innocents++;
    if (innocents == 0) return;
    caa_writer_text(out, "The name servers of ");
    write_levels(out, result, innocents, " and ");
    caa_writer_text(out, " are not the cause: ");
    write_name(out, blamed);
    caa_writer_text(out, " does not depend on them.\n");
}

static void write_failure_advice(struct caa_writer *out,
                                 const struct caa_check_result *result) {
    const struct caa_level *cause = &result->levels[result->decision.cause];
    if (cause->answer->outcome == CAA_OUTCOME_NETWORK) {
        caa_writer_text(out,
                        "The network of this machine is the cause, not the domain: mend it and "
                        "try again.\n");
        return;
    }
    write_innocent(out, result);
    if (cause->answer->evidence != NULL) {
        caa_sentence_blame(cause->answer->evidence, out);
        return;
    }
    if (result->decision.retry_helps) {
        caa_writer_text(out, "Try again later: the failure of the servers that answer for ");
        write_name(out, cause->name);
        caa_writer_text(out,
                        ", of those above them, or of the way to them may pass by itself.\n");
        return;
    }
    caa_writer_text(out, "Trying again will not help until the zone that answers for ");
    write_name(out, cause->name);
    caa_writer_text(out, " is mended.\n");
    if (cause->answer->outcome == CAA_OUTCOME_BOGUS &&
        (size_t)result->decision.cause + 1 == result->level_count)
        caa_writer_text(out,
                        "If other top-level domains are bogus too, it is the trust anchor that "
                        "is wrong or old.\n");
}

static void write_undecided_advice(struct caa_writer *out,
                                   const struct caa_check_result *result) {
    const struct caa_level *level = deciding_level(result);
    if (result->decision.cause != CAA_LEVEL_NONE) {
        write_failure_advice(out, result);
    } else if (result->decision.rule == CAA_RULE_NO_SUCH_TLD) {
        caa_writer_text(out,
                        "No certificate can be issued under a top-level domain that does not "
                        "exist: look at the spelling.\n");
    } else {
        caa_writer_text(out, "Trying again will not help until the records of ");
        write_name(out, level->name);
        caa_writer_text(out, " are mended.\n");
    }
}

void caa_sentence_advice(const struct caa_check_result *result, struct caa_writer *out) {
    switch (result->decision.verdict) {
    case CAA_VERDICT_ALLOWED: break;
    case CAA_VERDICT_FORBIDDEN: write_forbidden_advice(out, result); break;
    case CAA_VERDICT_UNDECIDED: write_undecided_advice(out, result); break;
    }
}
