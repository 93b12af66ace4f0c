/* What a CAA RRset says to a request (RFC 8659 sections 4.1 to 4.3). */
#ifndef CAA_POLICY_RRSET_H
#define CAA_POLICY_RRSET_H

#include "dns/answer.h"
#include "policy/decide.h"
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

#endif
