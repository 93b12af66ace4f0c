#include "policy/finding.h"

static void note(const struct caa_finding_place *place, enum caa_finding_kind kind,
                 size_t position, const char *reason) {
    struct caa_decision *decision = place->decision;
    if (decision->finding_count == CAA_FINDINGS_MAX) {
        decision->findings_dropped++;
        return;
    }
    decision->findings[decision->finding_count++] =
        (struct caa_finding){kind, place->level, place->record, position, reason};
}

void caa_finding_of_answer(const struct caa_finding_place *place,
                           const struct caa_answer *answer) {
    if (answer->other.kind == CAA_LOOK_EARLIER)
        note(place, CAA_FINDING_ANSWER_CHANGED, 0, NULL);
    if (answer->other.kind == CAA_LOOK_BESIDE) note(place, CAA_FINDING_LOOKS_DIFFER, 0, NULL);
    if (answer->evidence != NULL && answer->evidence->variant_count > 1)
        note(place, CAA_FINDING_SERVERS_DIFFER, 0, NULL);
}

void caa_finding_unreadable(const struct caa_finding_place *place,
                            const struct caa_malformed *malformed) {
    note(place, CAA_FINDING_UNREADABLE_RDATA, malformed->position, malformed->reason);
}

void caa_finding_issue_hidden(const struct caa_finding_place *place) {
    note(place, CAA_FINDING_ISSUE_HIDDEN, 0, NULL);
}

static void note_unknown_tag(const struct caa_finding_place *place,
                             const struct caa_record *record) {
    bool critical = (record->flags & CAA_FLAG_CRITICAL) != 0;
    if (caa_property_tag_is_reserved(record->tag))
        note(place, CAA_FINDING_RESERVED_TAG, 0, NULL);
    else if (!critical)
        note(place, CAA_FINDING_UNKNOWN_TAG, 0, NULL);
    if (critical) note(place, CAA_FINDING_CRITICAL_UNKNOWN, 0, NULL);
}

/* 0x01 changes what some CAs do with an unknown tag, and with nothing else. */
static void note_flags(const struct caa_finding_place *place, const struct caa_record *record) {
    unsigned undefined = record->flags & ~(unsigned)CAA_FLAG_CRITICAL;
    bool alias = record->property == CAA_PROPERTY_UNKNOWN &&
                 (record->flags & CAA_FLAG_CRITICAL) == 0 &&
                 (record->flags & CAA_FLAG_CRITICAL_ALIAS) != 0;
    if (alias) {
        note(place, CAA_FINDING_CRITICAL_ALIAS, 0, NULL);
        undefined &= ~(unsigned)CAA_FLAG_CRITICAL_ALIAS;
    }
    if (undefined != 0) note(place, CAA_FINDING_UNDEFINED_FLAGS, 0, NULL);
}

static void note_binding(const struct caa_finding_place *place, enum caa_finding_kind kind,
                         const struct caa_binding *binding) {
    if (binding->state == CAA_BINDING_MALFORMED)
        note(place, kind, binding->malformed.position, binding->malformed.reason);
}

static void note_parameters(const struct caa_finding_place *place,
                            const struct caa_record *record,
                            const struct caa_bindings *bindings) {
    note_binding(place, CAA_FINDING_MALFORMED_ACCOUNTURI, &bindings->accounturi);
    note_binding(place, CAA_FINDING_MALFORMED_VALIDATIONMETHODS, &bindings->validationmethods);
    if (bindings->unknown_count > 0)
        note(place, CAA_FINDING_UNKNOWN_PARAMETER,
             (size_t)(bindings->first_unknown_tag.ptr - record->value.ptr), NULL);
}

static bool is_malformed_binding(const struct caa_bindings *bindings) {
    return bindings->accounturi.state == CAA_BINDING_MALFORMED ||
           bindings->validationmethods.state == CAA_BINDING_MALFORMED;
}

void caa_finding_of_record(const struct caa_finding_place *place,
                           const struct caa_record *record,
                           const struct caa_judgement *judgement) {
    const struct caa_malformed *malformed = &judgement->malformed;
    if (record->property == CAA_PROPERTY_UNKNOWN) note_unknown_tag(place, record);
    if (malformed->reason != NULL && !is_malformed_binding(&judgement->bindings))
        note(place, CAA_FINDING_MALFORMED_VALUE, malformed->position, malformed->reason);
    note_parameters(place, record, &judgement->bindings);
    note_flags(place, record);
}

const char *caa_finding_code(enum caa_finding_kind kind) {
    switch (kind) {
#define CAA_FINDING(name, code, text)                                                          \
    case CAA_FINDING_##name:                                                                   \
        return code;
#include "policy/finding.def"
#undef CAA_FINDING
    }
    return "?";
}

const char *caa_finding_text(enum caa_finding_kind kind) {
    switch (kind) {
#define CAA_FINDING(name, code, text)                                                          \
    case CAA_FINDING_##name:                                                                   \
        return text;
#include "policy/finding.def"
#undef CAA_FINDING
    }
    return "?";
}
