/* CAA records and answers written as a zone file would have them, for tests of policy. */
#ifndef CAA_TESTS_UNIT_RRSET_H
#define CAA_TESTS_UNIT_RRSET_H

#include "show.h"

#include <string.h>

#include "dns/answer.h"
#include "record/record.h"

enum { RRSET_MAX = 24 };

/* An answer and all that it points to. */
struct rrset {
    struct caa_answer answer;
    size_t count;
    struct caa_slice rdata[RRSET_MAX];
    uint8_t wire[RRSET_MAX][512];
};

static inline void rrset_add(struct rrset *set, const char *text) {
    struct caa_malformed malformed = {0};
    size_t len = 0;
    assert_true(set->count < RRSET_MAX);
    uint8_t *wire = set->wire[set->count];
    enum caa_err err = caa_record_from_text(caa_slice_of(text), wire, 512, &len, &malformed);
    if (err != CAA_OK)
        fail_msg("%s at %zu: %s", text, malformed.position,
                 malformed.reason == NULL ? "" : malformed.reason);
    set->rdata[set->count++] = caa_slice_bytes(wire, len);
    set->answer.rdata_count = set->count;
}

/* The records of `lines`, one each, from an insecure zone. */
static inline const struct caa_answer *rrset_of(struct rrset *set, const char *lines) {
    set->count = 0;
    set->answer = (struct caa_answer){
        .type = CAA_TYPE_CAA,
        .outcome = CAA_OUTCOME_RECORDS,
        .security = CAA_SECURITY_INSECURE,
        .ede = -1,
        .rdata = set->rdata,
    };
    while (*lines != '\0') {
        char line[512];
        size_t n = strcspn(lines, "\n");
        assert_true(n < sizeof line);
        memcpy(line, lines, n);
        line[n] = '\0';
        rrset_add(set, line);
        lines += lines[n] == '\n' ? n + 1 : n;
    }
    return &set->answer;
}

/* An answer without records. */
static inline struct caa_answer answer_of(enum caa_outcome outcome,
                                          enum caa_security security) {
    return (struct caa_answer){
        .type = CAA_TYPE_CAA, .outcome = outcome, .security = security, .ede = -1};
}

#endif
