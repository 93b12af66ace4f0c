/* What a client wants to know: the request of lib/policy, read from JSON (docs/openapi.json).
 */
#ifndef CAA_DAEMON_API_REQUEST_H
#define CAA_DAEMON_API_REQUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/identifier.h"
#include "policy/request.h"
#include "report/text.h"
#include "serve/refusal.h"

enum {
    CAAD_REQUEST_VALUES_MAX = 64, /* of issuers, of accounts, of methods */
    CAAD_REQUEST_DEADLINE_MS_MOST = 600000,
};

/* What counts where a request does not say. */
struct caad_request_defaults {
    const struct caa_slice *issuers; /* checked; a request has copies */
    size_t issuer_count;             /* 0: a request has to name its own */
    uint32_t deadline_ms;
    bool br_insecure_failure; /* policy; a request may do without, but not ask for it */
};

/* Counted by reference: a check may outlive the call that wanted it. */
struct caad_request {
    unsigned references;
    struct caa_identifier identifier;
    struct caa_request policy; /* its slices point into `json`, or to `text` */
    uint32_t deadline_ms;
    uint32_t patience_ms; /* after which the answer is "undecided", and the check goes on; 0:
                             the deadline is all there is */
    bool wants_report;    /* in words as well */
    struct caa_text_style style;
    json_t *json;
    char *text; /* of the default issuers, or NULL */
    struct caa_slice slices[];
};

/* Reads a request; one reference for the caller. CAA_ERR_SYNTAX with the member at fault;
   CAA_ERR_NOMEM. */
enum caa_err caad_request_read(struct caad_request **request, struct caa_slice text,
                               const struct caad_request_defaults *defaults,
                               struct caa_refusal *refusal);

/* One reference more, returned for convenience. */
struct caad_request *caad_request_retain(struct caad_request *request);

/* One reference less; the last one frees. NULL is fine. */
void caad_request_release(struct caad_request *request);

#endif
