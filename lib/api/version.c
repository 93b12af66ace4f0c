#include <caa/caa.h>

#include "resolve/recursor.h"

const char *caa_version(void) {
    return CAA_VERSION;
}

const char *caa_resolver_version(void) {
    return caa_recursor_library_version();
}

bool caa_resolver_is_current(void) {
    return caa_recursor_library_is_current();
}
