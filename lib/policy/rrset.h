/* What a CAA RRset says to a request (RFC 8659 sections 4.1 to 4.3). */
#ifndef CAA_POLICY_RRSET_H
#define CAA_POLICY_RRSET_H

#include "dns/answer.h"
#include "policy/decide.h"
#include "policy/judge.h"
#include "policy/request.h"
#include "record/record.h"

/* Decides by the records of `answer`, at least one, which is the relevant RRset and was found
   at `level`: sets rule, record, needs and findings of `decision`. */
void caa_rrset_decide(struct caa_decision *decision, const struct caa_request *request,
                      const struct caa_answer *answer, int level);

/* The property that restricts the request in this set: for a wildcard issuewild where the set
   has any, also a malformed one (RFC 8659 section 4.3). */
enum caa_property caa_rrset_property(const struct caa_request *request,
                                     const struct caa_answer *answer);

/* As caa_record_judge, for a record of a set in which `restricting` (caa_rrset_property)
   restricts: an issue that is hidden by an issuewild has CAA_STANDING_HIDDEN. */
void caa_rrset_judge(struct caa_judgement *judgement, const struct caa_request *request,
                     enum caa_property restricting, const struct caa_record *record);

#endif
