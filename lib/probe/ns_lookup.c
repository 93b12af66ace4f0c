#include "probe/ns_lookup.h"

#include "dns/lookup.h"

enum { TYPE_A = 1, TYPE_AAAA = 28 };

/* One question in flight. */
struct caa_ns_lookup {
    struct caa_ns_lookup *next, **link;
    struct caa_ns_lookups *all;
    struct caa_path_zone *zone;
    struct caa_path_ns *ns;
    struct caa_lookup_ticket *ticket;
};

static void unlink_lookup(struct caa_ns_lookup *lookup) {
    *lookup->link = lookup->next;
    if (lookup->next != NULL) lookup->next->link = lookup->link;
    lookup->all->in_flight--;
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct caa_ns_lookup *lookup = context;
    struct caa_ns_lookups *all = lookup->all;
    unlink_lookup(lookup);
    if (answer->outcome != CAA_OUTCOME_RECORDS && answer->outcome != CAA_OUTCOME_NODATA &&
        answer->outcome != CAA_OUTCOME_NXDOMAIN)
        lookup->ns->lookup_failed = true;
    for (size_t i = 0; i < answer->rdata_count; i++) {
        struct caa_address address;
        if (caa_address_from_rdata(&address, answer->rdata[i], all->port))
            caa_draft_server(all->draft, lookup->zone, lookup->ns, &address, CAA_ORIGIN_LOOKUP);
    }
    all->heard(all->context, lookup->zone);
}

static void ask(struct caa_ns_lookups *all, struct caa_path_zone *zone, struct caa_path_ns *ns,
                uint16_t type) {
    struct caa_question question = {.name = ns->name, .type = type};
    struct caa_ns_lookup *lookup = caa_arena_alloc(all->draft->arena, sizeof *lookup);
    if (lookup == NULL) {
        all->draft->path.limits |= CAA_PATH_LIMIT_MEMORY;
        return;
    }
    *lookup = (struct caa_ns_lookup){.all = all, .zone = zone, .ns = ns};
    if (caa_lookup_start(all->lookup, &question, on_answer, lookup, &lookup->ticket) !=
        CAA_OK) {
        ns->lookup_failed = true;
        return;
    }
    lookup->next = all->first;
    lookup->link = &all->first;
    if (all->first != NULL) all->first->link = &lookup->next;
    all->first = lookup;
    all->in_flight++;
    all->draft->path.lookup_count++;
}

/* False where it is not to be done, or a limit forbids. */
static bool take_on(struct caa_ns_lookups *all, struct caa_path_zone *zone) {
    if (all->lookup == NULL || all->name_count >= all->names_most) {
        zone->unresolved_left = true;
        if (all->lookup != NULL) all->draft->path.limits |= CAA_PATH_LIMIT_LOOKUPS;
        return false;
    }
    all->name_count++;
    return true;
}

static bool has_address(const struct caa_path_zone *zone, const struct caa_path_ns *ns,
                        uint8_t family) {
    for (const struct caa_path_server *at = zone->servers; at != NULL; at = at->next)
        if (at->ns == ns && at->address.family == family) return true;
    return false;
}

/* Names without any address come before those that lack one family. */
static void start_some(struct caa_ns_lookups *all, struct caa_path_zone *zone, bool partial) {
    for (struct caa_path_ns *ns = zone->ns; ns != NULL; ns = ns->next) {
        bool has4 = ns->glue4 || has_address(zone, ns, 4);
        bool has6 = ns->glue6 || has_address(zone, ns, 6);
        bool lacks_some = has4 != has6;
        bool wanted = partial ? lacks_some : !has4 && !has6 && !ns->needs_glue;
        if (ns->looked_up || !wanted || !take_on(all, zone)) continue;
        ns->looked_up = true;
        if (!has4) ask(all, zone, ns, TYPE_A);
        if (!has6) ask(all, zone, ns, TYPE_AAAA);
    }
}

void caa_ns_lookups_start(struct caa_ns_lookups *lookups, struct caa_path_zone *zone) {
    start_some(lookups, zone, false);
    if (lookups->complete_glue) start_some(lookups, zone, true);
}

void caa_ns_lookups_cancel(struct caa_ns_lookups *lookups) {
    while (lookups->first != NULL) {
        struct caa_ns_lookup *lookup = lookups->first;
        caa_lookup_cancel(lookups->lookup, lookup->ticket);
        unlink_lookup(lookup);
    }
}
