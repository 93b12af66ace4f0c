/* Who runs a zone, by the public suffix list (libpsl). */
#ifndef CAA_DNS_SUFFIX_H
#define CAA_DNS_SUFFIX_H

#include <stdbool.h>

#include "dns/evidence.h"
#include "dns/name.h"

/* CAA_FAULT_REGISTRY for the root and what is in the list's ICANN section (its default rule "*"
   does not count), CAA_FAULT_PLATFORM for what is in its private section, else
   CAA_FAULT_SUBSCRIBER. May be called by any thread. */
enum caa_fault caa_suffix_who(const struct caa_name *zone);

/* The registered domain that `name` is, or is below: one label more than the nearest public
   suffix above it. A platform's suffix is itself below a registry's: it gives the domain that
   was registered there. False, and nothing done, for a registry's suffix and the root. */
bool caa_suffix_registered_domain(struct caa_name *domain, const struct caa_name *name);

#endif
