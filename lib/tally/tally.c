#include "tally/tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "dns/suffix.h"

enum {
    SERIES_MOST = 512,     /* TLDs with a course of their own */
    SUFFIX_LABELS_MOST = 5 /* of a public suffix and the domain below it */
};

static const size_t most_groups[CAA_TALLY_BYS] = {
    [CAA_TALLY_BY_TLD] = 2048,    [CAA_TALLY_BY_ZONE] = CAA_TABLE_MOST,
    [CAA_TALLY_BY_SERVER] = 2048, [CAA_TALLY_BY_KIND] = 64,
    [CAA_TALLY_BY_CA] = 256,
};

static bool begin_part(struct caa_tally_part *part) {
    for (int by = 0; by < CAA_TALLY_BYS; by++) part->by[by] = caa_table_of(most_groups[by]);
    SLIST_INIT(&part->calendar.series);
    part->first_us = part->last_us = CAA_TALLY_NO_TIME;
    part->first_failure_us = part->last_failure_us = CAA_TALLY_NO_TIME;
    part->series = caa_series_new(&part->calendar);
    return part->series != NULL;
}

struct caa_tally *caa_tally_new(const struct caa_tally_setting *setting) {
    struct caa_tally *tally = calloc(1, sizeof *tally);
    if (tally == NULL) return NULL;
    tally->setting = *setting;
    if (begin_part(&tally->checks) && begin_part(&tally->lookups)) return tally;
    caa_tally_free(tally);
    return NULL;
}

static void clear_part(struct caa_tally_part *part) {
    for (int by = 0; by < CAA_TALLY_BYS; by++) caa_table_clear(&part->by[by]);
    caa_calendar_clear(&part->calendar);
    caa_retry_clear(&part->retry);
}

void caa_tally_free(struct caa_tally *tally) {
    if (tally == NULL) return;
    clear_part(&tally->checks);
    clear_part(&tally->lookups);
    free(tally);
}

/* --- names */

/* Where the last `labels` labels begin; false where there are not so many, or they are none. */
static bool last_labels(struct caa_slice name, size_t labels, struct caa_slice *found) {
    size_t at = name.len;
    while (labels > 0 && at > 0) {
        size_t end = at;
        while (at > 0 && name.ptr[at - 1] != '.') {
            char c = name.ptr[at - 1];
            if (!caa_ascii_is_alnum(c) && c != '-' && c != '_') return false;
            at--;
        }
        if (end == at || end - at > CAA_NAME_LABEL_MAX) return false;
        if (--labels > 0 && at > 0) at--;
    }
    *found = (struct caa_slice){name.ptr + at, name.len - at};
    return labels == 0;
}

static struct caa_slice without_dot(struct caa_slice name) {
    if (name.len > 1 && name.ptr[name.len - 1] == '.') name.len--;
    return name;
}

static bool is_customers(struct caa_slice domain) {
    struct caa_name name;
    return caa_name_from_text(&name, domain, NULL) != CAA_OK ||
           caa_suffix_who(&name) == CAA_FAULT_SUBSCRIBER;
}

/* --- counting */

static struct caa_group *group_of(struct caa_tally *tally, struct caa_tally_part *part,
                                  enum caa_tally_by by, struct caa_slice key, bool failing) {
    struct caa_group *group = caa_table_group(&part->by[by], key, failing);
    if (group == NULL) tally->err = CAA_ERR_NOMEM;
    return group;
}

static void add(struct caa_tally *tally, struct caa_tally_part *part, enum caa_tally_by by,
                struct caa_slice key, const struct caa_tally_event *event) {
    if (key.len == 0) return;
    struct caa_group *group = group_of(tally, part, by, key, event->failed);
    if (group == NULL) return;
    group->checks++;
    group->failures += event->failed;
}

static void add_in_time(struct caa_tally_part *part, struct caa_series *series,
                        const struct caa_tally_event *event) {
    int bucket = caa_calendar_bucket(&part->calendar, event->at_us / 1000000);
    series->checks[bucket]++;
    series->failures[bucket] += event->failed;
}

static void add_tld(struct caa_tally *tally, struct caa_tally_part *part,
                    const struct caa_tally_event *event, struct caa_slice tld) {
    struct caa_group *group = group_of(tally, part, CAA_TALLY_BY_TLD, tld, event->failed);
    if (group == NULL) return;
    group->checks++;
    group->failures += event->failed;
    bool new = group->checks == 1 && group != &part->by[CAA_TALLY_BY_TLD].other;
    if (new && part->by[CAA_TALLY_BY_TLD].count <= SERIES_MOST)
        group->series = caa_series_new(&part->calendar);
    if (group->series != NULL && event->at_us != CAA_TALLY_NO_TIME)
        add_in_time(part, group->series, event);
}

/* A check concerns the zones above its name: the public suffixes and the customer's domain. */
static void add_zones(struct caa_tally *tally, struct caa_tally_part *part,
                      struct caa_slice name) {
    struct caa_slice domain;
    for (size_t labels = 1; labels <= SUFFIX_LABELS_MOST; labels++) {
        if (!last_labels(name, labels, &domain)) return;
        struct caa_group *group = group_of(tally, part, CAA_TALLY_BY_ZONE, domain, false);
        if (group != NULL) group->checks++;
        if (labels > 1 && is_customers(domain)) return;
    }
}

static void add_failure(struct caa_tally *tally, struct caa_tally_part *part,
                        const struct caa_tally_event *event) {
    part->failures++;
    part->faults[event->fault]++;
    part->again[event->again]++;
    add(tally, part, CAA_TALLY_BY_KIND, event->kind, event);
    struct caa_slice zone = without_dot(event->zone);
    struct caa_group *group =
        zone.len == 0 ? NULL : group_of(tally, part, CAA_TALLY_BY_ZONE, zone, true);
    if (group != NULL) group->failures++;
    if (event->at_us == CAA_TALLY_NO_TIME) return;
    if (part->first_failure_us == CAA_TALLY_NO_TIME || event->at_us < part->first_failure_us)
        part->first_failure_us = event->at_us;
    if (event->at_us > part->last_failure_us) part->last_failure_us = event->at_us;
}

static void add_time(struct caa_tally_part *part, const struct caa_tally_event *event) {
    if (event->at_us == CAA_TALLY_NO_TIME) {
        part->without_time++;
        return;
    }
    int64_t hour = event->at_us / INT64_C(3600000000) % CAA_HOURS;
    part->hour_checks[hour]++;
    part->hour_failures[hour] += event->failed;
    if (part->first_us == CAA_TALLY_NO_TIME || event->at_us < part->first_us)
        part->first_us = event->at_us;
    if (event->at_us > part->last_us) part->last_us = event->at_us;
    add_in_time(part, part->series, event);
}

static bool is_wanted(const struct caa_tally_setting *setting, int64_t at_us) {
    bool limited =
        setting->since_us != CAA_TALLY_NO_TIME || setting->until_us != CAA_TALLY_NO_TIME;
    if (at_us == CAA_TALLY_NO_TIME) return !limited;
    return at_us >= setting->since_us &&
           (setting->until_us == CAA_TALLY_NO_TIME || at_us < setting->until_us);
}

void caa_tally_take(struct caa_tally *tally, const struct caa_tally_event *event) {
    bool of_resolver = event->source == CAA_TALLY_RESOLVER;
    struct caa_tally_part *part = of_resolver ? &tally->lookups : &tally->checks;
    struct caa_slice tld, name = without_dot(event->name);
    if (!is_wanted(&tally->setting, event->at_us)) {
        tally->input.outside++;
        return;
    }
    tally->input.events[event->source]++;
    part->checks++;
    part->rescued += event->rescued;
    part->alone += event->source == CAA_TALLY_ERRORS || of_resolver;
    add_time(part, event);
    if (name.len > 0 && !last_labels(name, 1, &tld)) tld = caa_slice_of("?");
    if (name.len > 0) add_tld(tally, part, event, tld);
    add_zones(tally, part, name);
    add(tally, part, CAA_TALLY_BY_CA, event->ca, event);
    add(tally, part, CAA_TALLY_BY_SERVER, event->server, event);
    if (event->failed) add_failure(tally, part, event);
    if (!caa_retry_note(&part->retry, name, event->failed, event->at_us))
        tally->err = CAA_ERR_NOMEM;
}

void caa_tally_take_server(struct caa_tally *tally, struct caa_slice server, uint64_t exchanges,
                           uint64_t failures) {
    struct caa_group *group =
        group_of(tally, &tally->checks, CAA_TALLY_BY_SERVER, server, failures > 0);
    if (group == NULL) return;
    group->asked = true;
    group->checks += exchanges;
    group->failures += failures;
}

/* --- what it comes to */

static void set_total(struct caa_tally *tally, enum caa_tally_by by,
                      const struct caa_tally_total *total) {
    struct caa_tally_part *part = &tally->checks;
    struct caa_group *group = group_of(tally, part, by, caa_slice_of(total->tld), true);
    if (group == NULL || group == &part->by[by].other) return;
    group->checks = total->orders < group->failures ? group->failures : total->orders;
}

static void set_totals(struct caa_tally *tally) {
    const struct caa_tally_setting *setting = &tally->setting;
    for (size_t i = 0; i < setting->total_count && !caa_tally_is_complete(&tally->checks);
         i++) {
        set_total(tally, CAA_TALLY_BY_TLD, &setting->totals[i]);
        set_total(tally, CAA_TALLY_BY_ZONE, &setting->totals[i]);
    }
}

void caa_tally_finish(struct caa_tally *tally) {
    set_totals(tally);
    for (int by = 0; by < CAA_TALLY_BYS; by++) {
        caa_table_sort(&tally->checks.by[by]);
        caa_table_sort(&tally->lookups.by[by]);
    }
}

bool caa_tally_is_complete(const struct caa_tally_part *part) {
    return part->alone == 0 && part->checks > part->failures;
}

uint64_t caa_tally_total(const struct caa_tally *tally, const struct caa_tally_part *part) {
    const struct caa_tally_setting *setting = &tally->setting;
    if (caa_tally_is_complete(part)) return part->checks;
    if (part != &tally->checks) return 0;
    uint64_t total = setting->orders != 0 ? setting->orders : setting->certificates, sum = 0;
    for (size_t i = 0; i < setting->total_count; i++) sum += setting->totals[i].orders;
    if (setting->orders == 0 && sum > 0) total = sum;
    return total == 0 || total >= part->failures ? total : part->failures;
}

static bool has_given_total(const struct caa_tally *tally, const char *tld) {
    for (size_t i = 0; i < tally->setting.total_count; i++)
        if (strcmp(tally->setting.totals[i].tld, tld) == 0) return true;
    return false;
}

uint64_t caa_tally_group_total(const struct caa_tally *tally, const struct caa_tally_part *part,
                               enum caa_tally_by by, const struct caa_group *group) {
    bool complete = caa_tally_is_complete(part);
    if (by == CAA_TALLY_BY_KIND) return caa_tally_total(tally, part);
    if (by == CAA_TALLY_BY_SERVER) return group->asked && !group->partial ? group->checks : 0;
    bool own = complete || (by != CAA_TALLY_BY_CA && has_given_total(tally, group->key));
    if (own) return group->partial || group->checks < group->failures ? 0 : group->checks;
    return tally->setting.total_count > 0 ? 0 : caa_tally_total(tally, part);
}
