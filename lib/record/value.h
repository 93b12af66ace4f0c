/* The value of issue, issuewild and issuemail (RFC 8659 section 4.2):

   issue-value = *WSP [issuer-domain-name *WSP] [";" *WSP [parameters *WSP]]

   `ca;` is valid; `ca; a=b;`, `;;` and an empty parameter tag are malformed. */
#ifndef CAA_RECORD_VALUE_H
#define CAA_RECORD_VALUE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/slice.h"
#include "record/malformed.h"

/* Views of the value's octets. */
struct caa_issue_value {
    struct caa_slice issuer_domain_name; /* empty: nobody may issue */
    struct caa_slice parameters;         /* what follows ';' and white space, well-formed */
};

struct caa_parameter {
    struct caa_slice tag;
    struct caa_slice value; /* may be empty and may hold '=' */
};

/* Reads and checks the whole value, parameters included. CAA_ERR_SYNTAX with place and reason
   in `malformed` (may be NULL); `value` then says nothing. */
enum caa_err caa_issue_value_parse(struct caa_issue_value *value, struct caa_slice text,
                                   struct caa_malformed *malformed);

/* Takes the next parameter off the front of `rest`, which starts as value->parameters of a
   value that was parsed without error. False at the end, and then `parameter` says nothing. */
bool caa_parameter_next(struct caa_slice *rest, struct caa_parameter *parameter);

#endif
