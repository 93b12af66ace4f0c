#include "tally/event.h"

#include <string.h>

#include "base/ascii.h"

static const char *const codes[CAA_TALLY_FAULTS] = {
    [CAA_TALLY_REGISTRY] = "registry",       [CAA_TALLY_PLATFORM] = "platform",
    [CAA_TALLY_RESOLVER_OR_CA] = "resolver", [CAA_TALLY_SUBSCRIBER] = "subscriber",
    [CAA_TALLY_POLICY] = "policy",           [CAA_TALLY_UNKNOWN] = "unknown",
};

const char *caa_tally_fault_code(enum caa_tally_fault fault) {
    return codes[fault];
}

enum caa_tally_fault caa_tally_fault_of_code(struct caa_slice code) {
    for (int i = 0; i < CAA_TALLY_FAULTS; i++)
        if (caa_slice_equal(code, caa_slice_of(codes[i]))) return (enum caa_tally_fault)i;
    return CAA_TALLY_UNKNOWN;
}

/* " from 192.0.2.1": the server that an extra text or a log of Unbound names last. */
static struct caa_slice server_in(const char *extra) {
    const char *from = strstr(extra, " from ");
    if (from == NULL) return (struct caa_slice){"", 0};
    const char *start = from + strlen(" from ");
    size_t len = 0;
    while (caa_ascii_hex_value(start[len]) >= 0 || start[len] == '.' || start[len] == ':')
        len++;
    return (struct caa_slice){start, len};
}

struct caa_tally_event caa_tally_event_of(const struct caa_explanation *explanation) {
    bool forbidden = explanation->problem == CAA_PROBLEM_FORBIDDEN;
    const char *zone = explanation->zone[0] != '\0' ? explanation->zone : explanation->owner;
    return (struct caa_tally_event){
        .at_us = CAA_TALLY_NO_TIME,
        .failed = true,
        .name = caa_slice_of(explanation->name),
        .zone = caa_slice_of(forbidden ? "" : zone),
        .kind = caa_slice_of(caa_problem_code(explanation->problem)),
        .server = server_in(explanation->extra),
        .ca = caa_slice_of(explanation->ca),
        .fault = caa_tally_fault_of_code(caa_slice_of(caa_explain_fault(explanation))),
        .again = explanation->again,
    };
}
