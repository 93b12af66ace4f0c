#include "diagnose/diagnosis.h"

#include "diagnose/failure.h"
#include "diagnose/findings.h"
#include "diagnose/weigh.h"

static void look_at_zones(struct caa_findings *findings) {
    const struct caa_survey_zone *zone = findings->survey->zones;
    for (; zone != NULL; zone = zone->next) {
        caa_findings_from_servers(findings, zone);
        caa_findings_from_delegation(findings, zone);
        caa_findings_from_glue(findings, zone);
        caa_findings_from_agreement(findings, zone);
        caa_findings_from_signatures(findings, zone);
    }
}

enum caa_err caa_diagnosis_make(struct caa_diagnosis *diagnosis, struct caa_arena *arena,
                                const struct caa_check_result *check,
                                const struct caa_survey *survey, int64_t now_us) {
    struct caa_findings findings = {
        .arena = arena, .survey = survey, .check = check, .now_us = now_us};
    *diagnosis = (struct caa_diagnosis){.check = check, .survey = survey};
    caa_diagnosis_find_failure(diagnosis);
    caa_findings_from_check(&findings, diagnosis);
    look_at_zones(&findings);
    caa_findings_weigh(&findings, diagnosis);
    caa_findings_sort(&findings);
    diagnosis->findings = findings.first;
    diagnosis->finding_count = findings.count;
    diagnosis->findings_dropped = findings.dropped;
    return findings.out_of_memory ? CAA_ERR_LIMIT : CAA_OK;
}

/* --- words */

struct row {
    const char *code;
    enum caa_diagnosis_severity severity;
    enum caa_diagnosis_effect effect;
    const char *rule, *remedy, *harmless;
};

static const struct row *row_of(enum caa_diagnosis_code code) {
    static const struct row rows[] = {
#define CAA_DIAGNOSIS(name, code, severity, effect, rule, remedy, harmless)                    \
    {code, CAA_DIAGNOSIS_##severity, CAA_DIAGNOSIS_##effect, rule, remedy, harmless},
#include "diagnose/diagnosis.def"
#undef CAA_DIAGNOSIS
    };
    return &rows[code];
}

const char *caa_diagnosis_code_text(enum caa_diagnosis_code code) {
    return row_of(code)->code;
}

enum caa_diagnosis_severity caa_diagnosis_severity(enum caa_diagnosis_code code) {
    return row_of(code)->severity;
}

enum caa_diagnosis_effect caa_diagnosis_effect(enum caa_diagnosis_code code) {
    return row_of(code)->effect;
}

const char *caa_diagnosis_rule(enum caa_diagnosis_code code) {
    return row_of(code)->rule;
}

const char *caa_diagnosis_remedy(enum caa_diagnosis_code code) {
    return row_of(code)->remedy;
}

const char *caa_diagnosis_harmless(enum caa_diagnosis_code code) {
    return row_of(code)->harmless;
}

const char *caa_diagnosis_severity_code(enum caa_diagnosis_severity severity) {
    static const char *const codes[] = {"error", "warning", "note"};
    return codes[severity];
}

const char *caa_diagnosis_bearing_code(enum caa_diagnosis_bearing bearing) {
    static const char *const codes[] = {"cause", "contributes", "not-the-cause", "advice"};
    return codes[bearing];
}

const char *caa_diagnosis_state_code(enum caa_diagnosis_state state) {
    static const char *const codes[] = {"healthy", "rescued", "forbidden", "fails"};
    return codes[state];
}

enum caa_failure caa_diagnosis_failure(enum caa_diagnosis_code code) {
    static const enum caa_failure failures[CAA_DIAGNOSIS_CODE_COUNT] = {
        [CAA_DIAGNOSIS_SILENT] = CAA_FAILURE_SILENT,
        [CAA_DIAGNOSIS_UNREACHABLE] = CAA_FAILURE_UNREACHABLE,
        [CAA_DIAGNOSIS_SERVFAIL] = CAA_FAILURE_SERVFAIL,
        [CAA_DIAGNOSIS_REFUSED] = CAA_FAILURE_REFUSED,
        [CAA_DIAGNOSIS_RCODE] = CAA_FAILURE_MALFORMED,
        [CAA_DIAGNOSIS_LAME] = CAA_FAILURE_LAME,
        [CAA_DIAGNOSIS_NOT_AUTHORITATIVE] = CAA_FAILURE_NOT_AUTHORITATIVE,
        [CAA_DIAGNOSIS_MALFORMED] = CAA_FAILURE_MALFORMED,
        [CAA_DIAGNOSIS_TRUNCATED] = CAA_FAILURE_TRUNCATED,
        [CAA_DIAGNOSIS_CAA_DROPPED] = CAA_FAILURE_SILENT,
        [CAA_DIAGNOSIS_NO_SOA] = CAA_FAILURE_MALFORMED,
        [CAA_DIAGNOSIS_NO_UDP] = CAA_FAILURE_SILENT,
        [CAA_DIAGNOSIS_EDNS_DROPPED] = CAA_FAILURE_SILENT,
    };
    return failures[code];
}
