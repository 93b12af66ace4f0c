#include "rescue/rescue_state.h"

#include <stdlib.h>

#include "dns/suffix.h"
#include "rescue/room.h"

enum { ALONE_MS = 1000 }; /* pause where there is no room for an investigation of one's own */

bool caa_rescue_fails_wholly(const struct known_investigation *known,
                             const struct caa_name *name) {
    const struct caa_path *path = caa_investigation_evidence(known->investigation);
    bool is_known = path->done && caa_investigation_is_fresh(known->investigation);
    const struct caa_path_zone *zone = is_known ? caa_path_failing_zone(path) : NULL;
    return zone != NULL && caa_name_is_subdomain(name, &zone->name) &&
           caa_path_count_servers(path, zone).usable == 0;
}

struct known_investigation *caa_rescue_find_investigation(struct rescue *rescue,
                                                          const struct caa_name *name) {
    struct known_investigation *known, *nearest = NULL;
    LIST_FOREACH(known, &rescue->investigations, link) {
        const struct caa_name *at = caa_investigation_name(known->investigation);
        if (!caa_name_is_subdomain(name, at)) continue;
        if (nearest == NULL || at->len > caa_investigation_name(nearest->investigation)->len)
            nearest = known;
    }
    if (nearest != NULL) return nearest;
    LIST_FOREACH(known, &rescue->investigations, link)
    if (caa_rescue_fails_wholly(known, name)) return known;
    return NULL;
}

static struct caa_name top_level_of(const struct caa_name *name) {
    struct caa_name top = *name;
    while (caa_name_label_count(&top) > 1) caa_name_parent(&top, &top);
    return top;
}

/* One that has not come down yet: it asks the servers of `shared`, which is above both names,
   for both. So that these are not asked once for each name below that fails. */
static struct known_investigation *find_pathfinder(struct rescue *rescue,
                                                   const struct caa_name *shared) {
    struct known_investigation *known;
    LIST_FOREACH(known, &rescue->investigations, link)
    if (!caa_investigation_evidence(known->investigation)->done &&
        caa_name_is_subdomain(caa_investigation_name(known->investigation), shared))
        return known;
    return NULL;
}

void caa_rescue_forget_investigation(struct known_investigation *known) {
    struct rescue *rescue = known->rescue;
    LIST_REMOVE(known, link);
    rescue->investigation_count--;
    rescue->subscriber_count -= known->of_subscriber;
    free(known);
}

static void on_investigation_end(void *context, struct caa_investigation *investigation) {
    (void)investigation;
    caa_rescue_forget_investigation(context);
}

/* The domain that somebody registered, or the name itself where nobody did. */
static struct caa_name domain_of(const struct caa_name *name) {
    struct caa_name domain;
    return caa_suffix_registered_domain(&domain, name) ? domain : *name;
}

static bool has_room(const struct caa_lookup_ticket *ticket) {
    const struct rescue *rescue = ticket->rescue;
    struct caa_room room = {.taken = rescue->investigation_count,
                            .of_subscribers = rescue->subscriber_count};
    struct caa_name domain = domain_of(&ticket->question.name);
    uint64_t client = ticket->question.client;
    const struct known_investigation *known;
    LIST_FOREACH(known, &rescue->investigations, link) {
        if (!known->of_subscriber) continue;
        room.of_client += client != 0 && known->client == client;
        room.of_domain +=
            caa_name_is_subdomain(caa_investigation_name(known->investigation), &domain);
    }
    return caa_room_is_left(&room, ticket->of_subscriber);
}

static enum caa_err open_investigation(struct caa_lookup_ticket *ticket,
                                       struct known_investigation **opened) {
    struct rescue *rescue = ticket->rescue;
    bool of_subscriber = ticket->of_subscriber;
    if (!has_room(ticket)) return CAA_ERR_LIMIT;
    struct known_investigation *known = calloc(1, sizeof *known);
    if (known == NULL) return CAA_ERR_NOMEM;
    enum caa_err err =
        caa_investigation_start(&known->investigation, &rescue->investigation_setting,
                                &ticket->question, on_investigation_end, known);
    if (err != CAA_OK) {
        free(known);
        return err;
    }
    known->rescue = rescue;
    known->of_subscriber = of_subscriber;
    known->client = ticket->question.client;
    known->again_most = 1;
    caa_rescue_put_off_cold_look(known);
    LIST_INSERT_HEAD(&rescue->investigations, known, link);
    rescue->investigation_count++;
    rescue->subscriber_count += of_subscriber;
    rescue->counts.investigations++;
    *opened = known;
    return CAA_OK;
}

static void attend(struct caa_lookup_ticket *ticket, struct known_investigation *known) {
    ticket->known = known;
    caa_investigation_attend(known->investigation, &ticket->attendant);
}

void caa_rescue_investigate(struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = ticket->rescue;
    ticket->stage = RESCUE;
    rescue->late_count -= ticket->is_late;
    ticket->is_late = false;
    if (ticket->known != NULL) return;
    evtimer_del(ticket->clock);
    if (ticket->attempt == NULL)
        ticket->of_subscriber = caa_suffix_who(&ticket->question.name) == CAA_FAULT_SUBSCRIBER;
    caa_rescue_control(ticket, CAA_RESCUE_LATELY_S);
    struct known_investigation *known =
        caa_rescue_find_investigation(rescue, &ticket->question.name);
    struct caa_name top = top_level_of(&ticket->question.name);
    if (known == NULL) known = find_pathfinder(rescue, &top);
    if (known != NULL || open_investigation(ticket, &known) == CAA_OK)
        attend(ticket, known);
    else
        caa_rescue_set_timer(ticket->clock, CAA_RESCUE_BUSY_MS);
}

/* The ancestor's investigation did not help: this name has troubles of its own. */
void caa_rescue_investigate_alone(struct caa_lookup_ticket *ticket) {
    struct known_investigation *known;
    caa_rescue_leave(ticket);
    if (open_investigation(ticket, &known) == CAA_OK)
        attend(ticket, known);
    else
        caa_rescue_set_timer(ticket->clock, ALONE_MS);
}

/* The one attended was of somebody else's zone. Names below one registered domain mostly fail
   for one reason, and then share one investigation once more. */
void caa_rescue_investigate_below(struct caa_lookup_ticket *ticket) {
    struct rescue *rescue = ticket->rescue;
    const struct caa_name *name = &ticket->question.name;
    struct caa_name domain = domain_of(name);
    caa_rescue_leave(ticket);
    struct known_investigation *known = caa_rescue_find_investigation(rescue, name);
    if (known == NULL) known = find_pathfinder(rescue, &domain);
    if (known != NULL)
        attend(ticket, known);
    else
        caa_rescue_investigate_alone(ticket);
}

bool caa_rescue_is_concerned(const struct caa_lookup_ticket *ticket) {
    const struct caa_investigation *attended = ticket->known->investigation;
    const struct caa_name *name = &ticket->question.name;
    struct caa_legs legs = caa_investigation_legs_before(attended);
    const struct caa_path_zone *zone = caa_path_failing_zone(legs.legs[0].path);
    return caa_name_is_subdomain(name, caa_investigation_name(attended)) ||
           (zone != NULL && caa_name_is_subdomain(name, &zone->name));
}

bool caa_rescue_is_own_investigation(const struct caa_lookup_ticket *ticket) {
    return caa_name_equal(caa_investigation_name(ticket->known->investigation),
                          &ticket->question.name);
}
