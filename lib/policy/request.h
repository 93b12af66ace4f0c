/* Who asks for what: everything about a certificate that CAA can depend on. */
#ifndef CAA_POLICY_REQUEST_H
#define CAA_POLICY_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "dns/name.h"

enum caa_purpose {
    CAA_PURPOSE_TLS,   /* issue and issuewild, RFC 8659 */
    CAA_PURPOSE_SMIME, /* issuemail, RFC 9495 */
};

/* The slices and arrays belong to the caller and must outlive the use of the request. */
struct caa_request {
    struct caa_name name; /* where the climb starts: X for `*.X` */
    bool wildcard;
    enum caa_purpose purpose;
    const struct caa_slice *issuer_domain_names; /* of the CA; any of them matches */
    size_t issuer_domain_name_count;
    const struct caa_slice
        *account_uris;        /* of the account and its aliases; any of them matches */
    size_t account_uri_count; /* 0: no account is known */
    const struct caa_slice *method_labels; /* of the validation method; any of them matches */
    size_t method_label_count;             /* 0: the method is not known */
    bool br_insecure_failure; /* policy, off by default: a lookup that failed for good is no
                                 obstacle where the failing zone is proved to be unsigned, the
                                 lookup was retried, and the fault is not ours (BR 3.2.2.8) */
};

/* Whether texts are what a request may hold: a domain name in A-labels that is no wildcard
   and has no final dot (RFC 8659 section 4.2); an absolute URI in visible ASCII (nearly RFC
   3986 section 3); a method's label, 1*(ALPHA / DIGIT / "-") (RFC 8657 section 4). */
bool caa_request_may_have_issuer(struct caa_slice text);
bool caa_request_may_have_account(struct caa_slice text);
bool caa_request_may_have_method(struct caa_slice text);

#endif
