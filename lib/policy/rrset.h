/* Inside policy: what the relevant RRset says (RFC 8659 sections 4.1 to 4.3). */
#ifndef CAA_POLICY_RRSET_H
#define CAA_POLICY_RRSET_H

#include "dns/answer.h"
#include "policy/decide.h"
#include "policy/request.h"

/* Decides by the records of `answer`, at least one, which is the relevant RRset and was found
   at `level`: sets rule, record, needs and findings of `decision`. */
void caa_rrset_decide(struct caa_decision *decision, const struct caa_request *request,
                      const struct caa_answer *answer, int level);

#endif
