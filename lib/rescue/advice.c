#include "rescue/advice.h"

#include <string.h>

enum caa_fault caa_advice_fault(enum caa_fault who, enum caa_failure failure, bool heard,
                                enum caa_control control) {
    bool fails_too = control == CAA_CONTROL_FAILS || control == CAA_CONTROL_BOGUS;
    if (fails_too && !heard) return CAA_FAULT_RESOLVER;
    if (control == CAA_CONTROL_BOGUS && failure == CAA_FAILURE_BOGUS) return CAA_FAULT_RESOLVER;
    if (who == CAA_FAULT_NONE) return CAA_FAULT_UNKNOWN;
    bool may_be_us = control == CAA_CONTROL_OPEN && !heard && who != CAA_FAULT_RESOLVER;
    if (may_be_us) return CAA_FAULT_UNKNOWN;
    if (who == CAA_FAULT_REGISTRY && control != CAA_CONTROL_WORKS) return CAA_FAULT_UNKNOWN;
    return who;
}

bool caa_advice_is_ours(const struct caa_name *zone, enum caa_control control) {
    return caa_name_is_root(zone) && control != CAA_CONTROL_WORKS;
}

bool caa_advice_is_lasting(enum caa_fault who, enum caa_failure failure) {
    switch (failure) {
    case CAA_FAILURE_LAME:
    case CAA_FAILURE_NOT_AUTHORITATIVE: return who != CAA_FAULT_REGISTRY;
    case CAA_FAILURE_BOGUS:
    case CAA_FAILURE_MALFORMED:
    case CAA_FAILURE_ALIAS_LOOP:
    case CAA_FAILURE_NO_SUCH_TLD: return true;
    case CAA_FAILURE_NONE:
    case CAA_FAILURE_SILENT:
    case CAA_FAILURE_SERVFAIL:
    case CAA_FAILURE_REFUSED:
    case CAA_FAILURE_NO_ADDRESS: /* it was looked for elsewhere, where something may be wrong */
    case CAA_FAILURE_TRUNCATED:
    case CAA_FAILURE_NO_UDP:
    case CAA_FAILURE_UNREACHABLE:
    case CAA_FAILURE_RECURSOR: break;
    }
    return false;
}

bool caa_advice_is_bogus(const struct caa_answer *answer) {
    /* Where a response had none, libunbound names the server: "No DNSKEY record from …". */
    static const char *const not_fetched[] = {"no DNSKEY rrset for trust anchor",
                                              "No DNSKEY record for key", "SERVFAIL no DS"};
    if (answer->outcome != CAA_OUTCOME_BOGUS) return false;
    for (size_t i = 0; i < sizeof not_fetched / sizeof not_fetched[0]; i++)
        if (strstr(answer->reason, not_fetched[i]) != NULL) return false;
    return true;
}

static struct caa_retry_advice base_advice(enum caa_fault fault, enum caa_failure failure) {
    bool is_ours = fault == CAA_FAULT_RESOLVER;
    if (is_ours && failure == CAA_FAILURE_BOGUS)
        return (struct caa_retry_advice){
            false, 0, "our own trust anchor, clock or network has to be mended first"};
    if (is_ours)
        return (struct caa_retry_advice){true, 30, "our own network is expected to recover"};
    if (failure == CAA_FAILURE_BOGUS)
        return (struct caa_retry_advice){false, 0, "its signatures have to be mended first"};
    if (caa_advice_is_lasting(fault, failure))
        return (struct caa_retry_advice){false, 0, "the zone has to be mended first"};
    switch (fault) {
    case CAA_FAULT_REGISTRY:
        return (struct caa_retry_advice){true, 60,
                                         "registries recover by themselves, mostly soon"};
    case CAA_FAULT_PLATFORM:
        return (struct caa_retry_advice){true, 60,
                                         "platforms recover by themselves, mostly soon"};
    case CAA_FAULT_SUBSCRIBER:
        return (struct caa_retry_advice){true, 300,
                                         "it may pass, but look at the domain's name servers"};
    case CAA_FAULT_RESOLVER:
    case CAA_FAULT_NONE:
    case CAA_FAULT_UNKNOWN: break;
    }
    return (struct caa_retry_advice){true, 60, "the failure may pass by itself"};
}

struct caa_retry_advice caa_advice_retry(enum caa_fault fault, enum caa_failure failure,
                                         uint32_t random) {
    struct caa_retry_advice advice = base_advice(fault, failure);
    uint32_t quarter = advice.after_s / 4;
    if (quarter > 0) advice.after_s += random % (2 * quarter + 1) - quarter;
    return advice;
}
