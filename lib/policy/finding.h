/* Inside policy: what of a record is worth telling. */
#ifndef CAA_POLICY_FINDING_H
#define CAA_POLICY_FINDING_H

#include "policy/decide.h"
#include "policy/judge.h"
#include "record/malformed.h"
#include "record/record.h"

/* Where findings go: `decision` counts what does not fit. */
struct caa_finding_place {
    struct caa_decision *decision;
    int level;
    int record;
};

/* Notes where other looks at the same question said something else than the answer does, which
   decides all the same: `place` is without a record. */
void caa_finding_of_answer(const struct caa_finding_place *place,
                           const struct caa_answer *answer);

/* Notes that the RDATA cannot be read. */
void caa_finding_unreadable(const struct caa_finding_place *place,
                            const struct caa_malformed *malformed);

/* Notes that this issue counts for nothing: an issuewild in its set hides it. */
void caa_finding_issue_hidden(const struct caa_finding_place *place);

/* Notes whatever is odd in a readable record that was judged so. */
void caa_finding_of_record(const struct caa_finding_place *place,
                           const struct caa_record *record,
                           const struct caa_judgement *judgement);

#endif
