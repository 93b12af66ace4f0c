/* The addresses of name servers that a referral has no glue for, asked of the recursor. */
#ifndef CAA_PROBE_NS_LOOKUP_H
#define CAA_PROBE_NS_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/draft.h"

/* Called when a question has been answered, with what addresses there were in the path. */
typedef void caa_ns_lookups_heard(void *context, struct caa_path_zone *zone);

struct caa_ns_lookups {
    struct caa_draft *draft;
    struct caa_lookup *lookup; /* NULL: there is nobody to ask */
    uint32_t names_most, name_count;
    uint16_t port;
    bool complete_glue; /* also the family that is missing where the other is there */
    size_t in_flight;
    struct caa_ns_lookup *first;
    caa_ns_lookups_heard *heard;
    void *context;
};

/* Asks for the addresses of the zone's NS names that need it and were not asked for before.
   Names at or below the zone are not worth it: without glue nobody finds them. */
void caa_ns_lookups_start(struct caa_ns_lookups *lookups, struct caa_path_zone *zone);

/* Drops all that are in flight. */
void caa_ns_lookups_cancel(struct caa_ns_lookups *lookups);

#endif
