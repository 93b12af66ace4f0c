#include "policy/rrset.h"

#include "policy/finding.h"

/* What the records seen so far come to: the first record of each kind that can decide. */
struct tally {
    enum caa_property property; /* the one that restricts this request in this set */
    bool issue_hidden;
    int unreadable;
    int critical_unknown;
    int restricting;
    int naming_issuer; /* a restricting one that names this issuer and yet does not suffice */
    int authorizing;
    unsigned needs;
};

static void keep_first(int *first, int record) {
    if (*first == CAA_RECORD_NONE) *first = record;
}

static bool has_issuewild(const struct caa_answer *answer) {
    struct caa_record record;
    for (size_t i = 0; i < answer->rdata_count; i++)
        if (caa_record_from_wire(&record, answer->rdata[i], NULL) == CAA_OK &&
            record.property == CAA_PROPERTY_ISSUEWILD)
            return true;
    return false;
}

enum caa_property caa_rrset_property(const struct caa_request *request,
                                     const struct caa_answer *answer) {
    return caa_request_property(request, has_issuewild(answer));
}

static void begin(struct tally *tally, enum caa_property property) {
    *tally = (struct tally){
        .property = property,
        .unreadable = CAA_RECORD_NONE,
        .critical_unknown = CAA_RECORD_NONE,
        .restricting = CAA_RECORD_NONE,
        .naming_issuer = CAA_RECORD_NONE,
        .authorizing = CAA_RECORD_NONE,
    };
    tally->issue_hidden = tally->property == CAA_PROPERTY_ISSUEWILD;
}

static unsigned needs_of(enum caa_standing standing) {
    if (standing == CAA_STANDING_NEEDS_ACCOUNT) return CAA_NEEDS_ACCOUNT;
    if (standing == CAA_STANDING_NEEDS_METHOD) return CAA_NEEDS_METHOD;
    return standing == CAA_STANDING_NEEDS_BOTH ? CAA_NEEDS_ACCOUNT | CAA_NEEDS_METHOD : 0;
}

static void count_restricting(struct tally *tally, const struct caa_request *request,
                              const struct caa_judgement *judgement, int index) {
    keep_first(&tally->restricting, index);
    if (judgement->standing == CAA_STANDING_AUTHORIZES)
        keep_first(&tally->authorizing, index);
    else if (caa_request_is_from_issuer(request, judgement->issuer_domain_name))
        keep_first(&tally->naming_issuer, index);
    tally->needs |= needs_of(judgement->standing);
}

static void count_record(struct tally *tally, const struct caa_request *request,
                         struct caa_slice rdata, const struct caa_finding_place *place) {
    struct caa_record record;
    struct caa_malformed malformed;
    struct caa_judgement judgement;
    if (caa_record_from_wire(&record, rdata, &malformed) != CAA_OK) {
        keep_first(&tally->unreadable, place->record);
        caa_finding_unreadable(place, &malformed);
        return;
    }
    caa_record_judge(&judgement, request, &record);
    caa_finding_of_record(place, &record, &judgement);
    if (judgement.standing == CAA_STANDING_CRITICAL_UNKNOWN)
        keep_first(&tally->critical_unknown, place->record);
    if (record.property == tally->property)
        count_restricting(tally, request, &judgement, place->record);
    else if (record.property == CAA_PROPERTY_ISSUE && tally->issue_hidden)
        caa_finding_issue_hidden(place);
}

/* What cannot be read might have been critical, and what is critical denies whatever else the
   set permits (RFC 8659 section 4.1). `*record` is the one that decides. */
static enum caa_rule rule_of(const struct tally *tally, int *record) {
    if ((*record = tally->unreadable) != CAA_RECORD_NONE) return CAA_RULE_UNREADABLE;
    if ((*record = tally->critical_unknown) != CAA_RECORD_NONE)
        return CAA_RULE_CRITICAL_UNKNOWN;
    if (tally->restricting == CAA_RECORD_NONE) return CAA_RULE_UNRESTRICTED;
    if ((*record = tally->authorizing) != CAA_RECORD_NONE) return CAA_RULE_AUTHORIZED;
    bool named = tally->naming_issuer != CAA_RECORD_NONE;
    *record = named ? tally->naming_issuer : tally->restricting;
    return CAA_RULE_NOT_AUTHORIZED;
}

void caa_rrset_decide(struct caa_decision *decision, const struct caa_request *request,
                      const struct caa_answer *answer, int level) {
    struct tally tally;
    begin(&tally, caa_rrset_property(request, answer));
    for (size_t i = 0; i < answer->rdata_count; i++) {
        struct caa_finding_place place = {decision, level, (int)i};
        count_record(&tally, request, answer->rdata[i], &place);
    }
    decision->rule = rule_of(&tally, &decision->record);
    if (decision->rule == CAA_RULE_NOT_AUTHORIZED) decision->needs = tally.needs;
}

void caa_rrset_judge(struct caa_judgement *judgement, const struct caa_request *request,
                     enum caa_property restricting, const struct caa_record *record) {
    caa_record_judge(judgement, request, record);
    if (record->property == CAA_PROPERTY_ISSUE && restricting == CAA_PROPERTY_ISSUEWILD)
        judgement->standing = CAA_STANDING_HIDDEN;
}
