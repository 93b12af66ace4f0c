/* A path while it grows: everything is added once, in one arena, up to limits that are noted
   where they are reached. */
#ifndef CAA_PROBE_DRAFT_H
#define CAA_PROBE_DRAFT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "probe/path.h"

struct caa_draft {
    struct caa_arena *arena;
    struct caa_path path;
    uint32_t zones_most, servers_most;
    size_t packet_octets_most;
    bool any_address; /* also those that caa_address_is_askable refuses */
};

/* The zone of that name: found, or made below `parent` (NULL for the first one) and put in its
   place; `*is_new` tells which. NULL where a limit is reached. */
struct caa_path_zone *caa_draft_zone(struct caa_draft *draft,
                                     const struct caa_path_zone *parent,
                                     const struct caa_name *name, bool *is_new);

/* The NS name of a zone, found or made. NULL where a limit is reached. */
struct caa_path_ns *caa_draft_ns(struct caa_draft *draft, struct caa_path_zone *zone,
                                 const struct caa_name *name);

/* Adds an address of `ns` (NULL: nobody knows its name), or another origin to one that is
   there. NULL where it may not be asked or a limit is reached. */
struct caa_path_server *caa_draft_server(struct caa_draft *draft, struct caa_path_zone *zone,
                                         const struct caa_path_ns *ns,
                                         const struct caa_address *address, unsigned origin);

/* Adds the names and addresses of a referral to `zone` (CAA_ORIGIN_GLUE) or of its own NS set
   (CAA_ORIGIN_CHILD). */
void caa_draft_set(struct caa_draft *draft, struct caa_path_zone *zone,
                   const struct caa_referral *set, unsigned origin);

/* Copies that live as long as the arena; NULL where a limit is reached. Of the packet,
   `packet_octets_most` are kept. */
const struct caa_exchange *caa_draft_exchange(struct caa_draft *draft,
                                              const struct caa_exchange *exchange);
const struct caa_name *caa_draft_name(struct caa_draft *draft, const struct caa_name *name);
const struct caa_referral *caa_draft_referral(struct caa_draft *draft,
                                              const struct caa_referral *referral);

/* The state of a server from what it did over UDP and over TCP. */
enum caa_server_state caa_draft_state(enum caa_server_state udp, enum caa_server_state tcp);

#endif
