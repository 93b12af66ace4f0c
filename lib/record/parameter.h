/* The parameters of RFC 8657: accounturi (section 3) and validationmethods (section 4). */
#ifndef CAA_RECORD_PARAMETER_H
#define CAA_RECORD_PARAMETER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "record/malformed.h"
#include "record/value.h"

enum caa_binding_state {
    CAA_BINDING_ABSENT,    /* no restriction */
    CAA_BINDING_PRESENT,   /* `value` restricts */
    CAA_BINDING_MALFORMED, /* twice, or against its grammar: authorizes nobody */
};

/* One parameter's standing in a value. */
struct caa_binding {
    enum caa_binding_state state;
    struct caa_slice value; /* where PRESENT; an empty one permits nobody */
    struct caa_malformed
        malformed; /* where MALFORMED; position counted in the whole issue-value */
};

/* What RFC 8657 says of one value. */
struct caa_bindings {
    struct caa_binding accounturi;
    struct caa_binding validationmethods;
    size_t unknown_count; /* parameters that are neither; RFC 8659 section 4.2 says ignore */
    struct caa_slice first_unknown_tag;
};

/* Reads the bindings of a value parsed from `text`. Tags compare without case: ignoring
   `AccountURI=` would drop a restriction. Total: what is wrong is in the states. */
void caa_bindings_of_value(struct caa_bindings *bindings, const struct caa_issue_value *value,
                           struct caa_slice text);

/* The comma-separated `list` of a well-formed validationmethods holds one of the `count`
   labels, without regard to case. */
bool caa_validationmethods_permit(struct caa_slice list, const struct caa_slice *labels,
                                  size_t count);

#endif
