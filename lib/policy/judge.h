/* What one record says to one request: the building block of decide, report and lint. Pure. */
#ifndef CAA_POLICY_JUDGE_H
#define CAA_POLICY_JUDGE_H

#include "policy/request.h"
#include "record/malformed.h"
#include "record/parameter.h"
#include "record/record.h"

/* CAA_STANDING(NAME, "json-code", "sentence fragment for a person") in standing.def. */
enum caa_standing {
#define CAA_STANDING(name, code, text) CAA_STANDING_##name,
#include "policy/standing.def"
#undef CAA_STANDING
};

struct caa_judgement {
    enum caa_standing standing;
    struct caa_slice issuer_domain_name; /* of a well-formed issue value; may be empty */
    struct caa_bindings bindings;        /* of a well-formed issue value */
    struct caa_malformed malformed; /* of an issue value that is not well-formed, also where it
                                       does not restrict; its reason is NULL otherwise */
};

/* Judges one readable record by itself, whatever else its set holds: an issue is judged for a
   wildcard too, though an issuewild beside it would hide it. */
void caa_record_judge(struct caa_judgement *judgement, const struct caa_request *request,
                      const struct caa_record *record);

/* The property that restricts this request in a set where `has_issuewild` tells whether any
   record is an issuewild: issue, issuewild or issuemail. */
enum caa_property caa_request_property(const struct caa_request *request, bool has_issuewild);

/* `issuer` is one of the request's issuer domain names, without regard to case; the empty one
   never is. */
bool caa_request_is_from_issuer(const struct caa_request *request, struct caa_slice issuer);

/* "authorizes": the code used in JSON. Static. */
const char *caa_standing_code(enum caa_standing standing);

/* "authorizes this request": for people. Static. */
const char *caa_standing_text(enum caa_standing standing);

#endif
