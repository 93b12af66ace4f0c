/* Inside the api: what a query holds. */
#ifndef CAA_API_QUERY_H
#define CAA_API_QUERY_H

#include <caa/caa.h>

#include "api/complaint.h"
#include "api/text_list.h"
#include "dns/identifier.h"

struct caa_query {
    struct caa_complaint complaint; /* a refused value, which stays, or else the refused name */
    bool refused;                   /* a value other than the name was refused */
    bool has_name;
    struct caa_identifier identifier;
    enum caa_query_purpose purpose;
    struct caa_text_list issuers;
    struct caa_text_list accounts;
    struct caa_text_list methods;
};

/* Whether the query can be checked; if not, why. */
enum caa_error caa_query_is_complete(const struct caa_query *query,
                                     struct caa_complaint *complaint);

#endif
