/* The few libunbound options that configuration may set: cache sizes, ports, interfaces,
   timers. libunbound would accept any, also `local-data` and `domain-insecure`, which forge
   permissions. */
#ifndef CAA_RESOLVE_OPTION_H
#define CAA_RESOLVE_OPTION_H

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

enum { CAA_OPTION_TEXT_MAX = 128 };

struct caa_resolver_option {
    char name[CAA_OPTION_TEXT_MAX]; /* "outgoing-range" */
    char value[CAA_OPTION_TEXT_MAX];
};

/* Reads `name: value` or `name=value`. CAA_ERR_OPTION with the reason where the option is not
   on the list or the value does not fit it. */
enum caa_err caa_resolver_option_parse(struct caa_resolver_option *option,
                                       struct caa_slice text, struct caa_diag *diag);

#endif
