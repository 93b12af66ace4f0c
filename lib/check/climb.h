/* The ancestors that a check asks for (RFC 8659 section 3): the name itself, then each parent
   up to the top-level domain. The root is not asked. */
#ifndef CAA_CHECK_CLIMB_H
#define CAA_CHECK_CLIMB_H

#include <stddef.h>

#include "dns/name.h"

/* Writes the levels, nearest first, to `levels`, which has room for caa_name_label_count(name);
   returns their number, 0 for the root. */
size_t caa_climb(const struct caa_name *name, struct caa_name *levels);

#endif
