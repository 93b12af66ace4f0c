#include "probe/draft.h"

#include <string.h>

#include "probe/reply.h"

/* Memory for one thing more; that there is none is noted. */
static void *make(struct caa_draft *draft, size_t count, size_t size) {
    void *made = caa_arena_array(draft->arena, count, size);
    if (made == NULL) draft->path.limits |= CAA_PATH_LIMIT_MEMORY;
    return made;
}

struct caa_path_zone *caa_draft_zone(struct caa_draft *draft,
                                     const struct caa_path_zone *parent,
                                     const struct caa_name *name, bool *is_new) {
    size_t labels = caa_name_label_count(name);
    struct caa_path_zone **at = &draft->path.zones;
    *is_new = false;
    while (*at != NULL && caa_name_label_count(&(*at)->name) < labels) at = &(*at)->next;
    if (*at != NULL && caa_name_equal(&(*at)->name, name)) return *at;
    if (draft->path.zone_count >= draft->zones_most) {
        draft->path.limits |= CAA_PATH_LIMIT_ZONES;
        return NULL;
    }
    struct caa_path_zone *zone = make(draft, 1, sizeof *zone);
    if (zone == NULL) return NULL;
    zone->name = caa_reply_lower(name);
    zone->parent = parent;
    zone->next = *at;
    *at = zone;
    draft->path.zone_count++;
    *is_new = true;
    return zone;
}

struct caa_path_ns *caa_draft_ns(struct caa_draft *draft, struct caa_path_zone *zone,
                                 const struct caa_name *name) {
    struct caa_path_ns **at = &zone->ns;
    while (*at != NULL && !caa_name_equal(&(*at)->name, name)) at = &(*at)->next;
    if (*at != NULL) return *at;
    if (zone->ns_count >= draft->servers_most) {
        zone->ns_cut = true;
        draft->path.limits |= CAA_PATH_LIMIT_SERVERS;
        return NULL;
    }
    struct caa_path_ns *ns = make(draft, 1, sizeof *ns);
    if (ns == NULL) return NULL;
    ns->name = caa_reply_lower(name);
    ns->needs_glue = caa_name_is_subdomain(name, &zone->name);
    *at = ns;
    zone->ns_count++;
    return ns;
}

/* The recursor says that the name has this address; it may have others, and others may have it.
 */
static void note_resolved(struct caa_draft *draft, struct caa_path_server *server,
                          const struct caa_path_ns *ns) {
    const struct caa_path_resolved *at = server->resolved;
    while (at != NULL && at->ns != ns) at = at->next;
    struct caa_path_resolved *made = at == NULL ? make(draft, 1, sizeof *made) : NULL;
    if (made == NULL) return;
    *made = (struct caa_path_resolved){server->resolved, ns};
    server->resolved = made;
}

struct caa_path_server *caa_draft_server(struct caa_draft *draft, struct caa_path_zone *zone,
                                         const struct caa_path_ns *ns,
                                         const struct caa_address *address, unsigned origin) {
    struct caa_path_server **at = &zone->servers;
    if (!draft->any_address && !caa_address_is_askable(address)) return NULL;
    while (*at != NULL && !caa_address_equal(&(*at)->address, address)) at = &(*at)->next;
    if (*at == NULL) {
        zone->server_known_count++;
        if (zone->server_count >= draft->servers_most) {
            draft->path.limits |= CAA_PATH_LIMIT_SERVERS;
            return NULL;
        }
        struct caa_path_server *server = make(draft, 1, sizeof *server);
        if (server == NULL) return NULL;
        server->address = *address;
        *at = server;
        zone->server_count++;
    }
    if ((*at)->ns == NULL) (*at)->ns = ns;
    (*at)->origins |= origin;
    if (origin == CAA_ORIGIN_LOOKUP) note_resolved(draft, *at, ns);
    return *at;
}

static void add_item(struct caa_draft *draft, struct caa_path_zone *zone,
                     const struct caa_referral_item *item, unsigned origin) {
    struct caa_path_ns *ns = caa_draft_ns(draft, zone, &item->ns);
    if (ns == NULL) return;
    bool from_parent = origin == CAA_ORIGIN_GLUE;
    if (item->address.family == 0) {
        ns->in_parent |= from_parent;
        ns->in_child |= !from_parent;
        return;
    }
    ns->glue4 |= from_parent && item->address.family == 4;
    ns->glue6 |= from_parent && item->address.family == 6;
    caa_draft_server(draft, zone, ns, &item->address, origin);
}

void caa_draft_set(struct caa_draft *draft, struct caa_path_zone *zone,
                   const struct caa_referral *set, unsigned origin) {
    for (size_t i = 0; i < set->item_count; i++) add_item(draft, zone, &set->items[i], origin);
    zone->ns_cut |= set->cut;
    if (set->cut) draft->path.limits |= CAA_PATH_LIMIT_SERVERS;
    if (origin == CAA_ORIGIN_CHILD) {
        zone->child_ns_seen = true;
        return;
    }
    zone->ds_seen |= set->ds;
    zone->denial_seen |= set->denial;
}

const struct caa_exchange *caa_draft_exchange(struct caa_draft *draft,
                                              const struct caa_exchange *exchange) {
    struct caa_exchange *kept = make(draft, 1, sizeof *kept);
    if (kept == NULL) return NULL;
    *kept = *exchange;
    kept->packet = NULL;
    if (kept->packet_octets > draft->packet_octets_most)
        kept->packet_octets = draft->packet_octets_most;
    if (exchange->packet == NULL || kept->packet_octets == 0) return kept;
    kept->packet =
        (uint8_t *)caa_arena_copy(draft->arena, exchange->packet, kept->packet_octets);
    if (kept->packet != NULL) return kept;
    draft->path.limits |= CAA_PATH_LIMIT_MEMORY;
    kept->packet_octets = 0;
    return kept;
}

const struct caa_name *caa_draft_name(struct caa_draft *draft, const struct caa_name *name) {
    struct caa_name *kept = make(draft, 1, sizeof *kept);
    if (kept != NULL) *kept = *name;
    return kept;
}

const struct caa_referral *caa_draft_referral(struct caa_draft *draft,
                                              const struct caa_referral *referral) {
    struct caa_referral *kept = make(draft, 1, sizeof *kept);
    if (kept == NULL) return NULL;
    *kept = *referral;
    struct caa_referral_item *items =
        make(draft, referral->item_count, sizeof referral->items[0]);
    if (items == NULL) return NULL;
    if (referral->item_count > 0)
        memcpy(items, referral->items, referral->item_count * sizeof items[0]);
    kept->items = items;
    return kept;
}

static bool is_no_answer(enum caa_server_state state) {
    return state == CAA_SERVER_SILENT || state == CAA_SERVER_UNREACHABLE;
}

enum caa_server_state caa_draft_state(enum caa_server_state udp, enum caa_server_state tcp) {
    if (udp == CAA_SERVER_OK || tcp == CAA_SERVER_OK) return CAA_SERVER_OK;
    if (udp == CAA_SERVER_PENDING || tcp == CAA_SERVER_PENDING) return CAA_SERVER_PENDING;
    if (tcp == CAA_SERVER_UNASKED) return udp;
    /* What is heard last says more than silence does, and less than what came whole before. */
    bool udp_says_little = is_no_answer(udp) || udp == CAA_SERVER_UNASKED ||
                           udp == CAA_SERVER_TRUNCATED || udp == CAA_SERVER_MALFORMED;
    return udp_says_little && !is_no_answer(tcp) ? tcp : udp;
}
