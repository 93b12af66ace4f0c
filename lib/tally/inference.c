#include "tally/inference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CROWDED_SIGMAS = 4 };

static struct caa_inference *add(struct caa_inferences *inferences,
                                 enum caa_inference_kind kind) {
    if (inferences->count == CAA_INFERENCES_MOST) return NULL;
    struct caa_inference *inference = &inferences->all[inferences->count++];
    *inference = (struct caa_inference){.kind = kind, .p = 1, .p_family = 1};
    return inference;
}

/* --- groups beside each other */

static void compare(struct caa_inferences *inferences, const struct caa_tally *tally,
                    enum caa_tally_by by, const struct caa_group *a,
                    const struct caa_group *b) {
    struct caa_inference *inference = add(inferences, CAA_INFERENCE_COMPARISON);
    if (inference == NULL) return;
    bool b_is_higher =
        (double)b->failures * (double)a->checks > (double)a->failures * (double)b->checks;
    inference->by = by;
    inference->a = b_is_higher ? b : a;
    inference->b = b_is_higher ? a : b;
    inference->rates = (struct caa_two_rates){inference->a->failures, inference->a->checks,
                                              inference->b->failures, inference->b->checks};
    inference->ratio = caa_rate_ratio(inference->a->failures, (double)inference->a->checks,
                                      inference->b->failures, (double)inference->b->checks,
                                      tally->setting.confidence);
    inference->testable =
        caa_comparison_least_p(&inference->rates) <= 1 - tally->setting.confidence;
    if (inference->testable) inference->p = caa_comparison_p(&inference->rates);
}

static int by_checks(const void *a, const void *b) {
    const struct caa_group *first = *(const struct caa_group *const *)a;
    const struct caa_group *second = *(const struct caa_group *const *)b;
    if (first->checks != second->checks) return first->checks < second->checks ? 1 : -1;
    return strcmp(first->key, second->key);
}

/* The groups with most checks, of those whose checks are known; their number. */
static size_t largest(const struct caa_tally *tally, const struct caa_tally_part *part,
                      enum caa_tally_by by, size_t most, const struct caa_group **found) {
    const struct caa_table *table = &part->by[by];
    const struct caa_group **all = calloc(table->count + 1, sizeof(struct caa_group *));
    bool own = caa_tally_is_complete(part) || tally->setting.total_count > 0;
    size_t count = 0;
    if (all == NULL) return 0;
    for (size_t i = 0; i < table->count && own; i++)
        if (caa_tally_group_total(tally, part, by, table->groups[i]) > 0 &&
            table->groups[i]->key[0] != '?')
            all[count++] = table->groups[i];
    if (count > 0) qsort(all, count, sizeof all[0], by_checks);
    if (count > most) count = most;
    for (size_t i = 0; i < count; i++) found[i] = all[i];
    free(all);
    return count;
}

static void compare_largest(struct caa_inferences *inferences, const struct caa_tally *tally,
                            const struct caa_tally_part *part, enum caa_tally_by by,
                            size_t most) {
    const struct caa_group *groups[CAA_COMPARED_TLDS_MOST] = {NULL};
    size_t count = largest(tally, part, by, most, groups);
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            compare(inferences, tally, by, groups[i], groups[k]);
}

/* --- along time */

/* Buckets of a series, as statistics wants them. */
struct course {
    size_t count;
    int64_t start_s, width_s;
    double exposure[CAA_SERIES_BUCKETS];
    uint32_t failures[CAA_SERIES_BUCKETS];
};

static double overlap(int64_t from_a, int64_t to_a, int64_t from_b, int64_t to_b) {
    int64_t from = from_a > from_b ? from_a : from_b, to = to_a < to_b ? to_a : to_b;
    return to > from ? (double)(to - from) : 0;
}

/* What worked is not known: time stands for it. Between the first and the last failure, unless
   both ends were given, the others fall anywhere, if the rate is one; the two do not count. */
static void fill_by_time(struct course *course, const struct caa_tally *tally,
                         const struct caa_tally_part *part) {
    const struct caa_tally_setting *setting = &tally->setting;
    bool ends =
        setting->since_us != CAA_TALLY_NO_TIME && setting->until_us != CAA_TALLY_NO_TIME;
    int64_t from_s = (ends ? setting->since_us : part->first_failure_us) / 1000000;
    int64_t to_s = (ends ? setting->until_us : part->last_failure_us) / 1000000;
    for (size_t i = 0; i < course->count; i++) {
        int64_t at_s = course->start_s + (int64_t)i * course->width_s;
        course->exposure[i] = overlap(at_s, at_s + course->width_s, from_s, to_s);
    }
    if (ends || course->count == 0) return;
    if (course->failures[0] > 0) course->failures[0]--;
    if (course->failures[course->count - 1] > 0) course->failures[course->count - 1]--;
}

static void fill(struct course *course, const struct caa_tally *tally,
                 const struct caa_tally_part *part, const struct caa_series *series) {
    int first;
    course->count = (size_t)caa_calendar_span(&part->calendar, &first);
    course->width_s = part->calendar.width_s;
    course->start_s = part->calendar.start_s + first * course->width_s;
    for (size_t i = 0; i < course->count; i++) {
        course->exposure[i] = series->checks[(size_t)first + i];
        course->failures[i] = series->failures[(size_t)first + i];
    }
    if (!caa_tally_is_complete(part)) fill_by_time(course, tally, part);
}

static void find_change(struct caa_inferences *inferences, const struct caa_tally *tally,
                        const struct caa_tally_part *part, const struct caa_group *group,
                        struct course *course) {
    const struct caa_series *series = group == NULL ? part->series : group->series;
    if (series == NULL || part->first_us == CAA_TALLY_NO_TIME) return;
    struct caa_inference *inference = add(inferences, CAA_INFERENCE_CHANGE);
    if (inference == NULL) return;
    fill(course, tally, part, series);
    struct caa_stretches stretches = {course->count, course->exposure, course->failures,
                                      caa_tally_is_complete(part)};
    inference->by = CAA_TALLY_BY_TLD;
    inference->a = group;
    inference->testable =
        caa_change_find(&stretches, tally->setting.confidence, &inference->change);
    inference->p = inference->testable ? inference->change.p : 1;
    inference->at_s = course->start_s + (int64_t)inference->change.at * course->width_s;
    /* The bounds are on buckets' edges: the change itself may be anywhere between two. */
    inference->early_s =
        course->start_s + ((int64_t)inference->change.early - 1) * course->width_s;
    inference->late_s =
        course->start_s + ((int64_t)inference->change.late + 1) * course->width_s;
}

/* How failures crowd, beside the change that was found. */
static void find_crowding(struct caa_inferences *inferences, const struct course *course,
                          const struct caa_inference *change) {
    double *rate = calloc(course->count + 1, sizeof *rate), sigmas;
    const struct caa_change *c = &change->change;
    if (rate == NULL) return;
    for (size_t i = 0; i < course->count; i++)
        rate[i] = i < c->at ? (double)c->failures_before / c->exposure_before
                            : (double)c->failures_after / c->exposure_after;
    inferences->crowding =
        caa_crowding(course->count, course->exposure, course->failures, rate, &sigmas);
    inferences->crowded = sigmas > CROWDED_SIGMAS;
    free(rate);
}

static void find_changes(struct caa_inferences *inferences, const struct caa_tally *tally,
                         const struct caa_tally_part *part) {
    const struct caa_group *groups[CAA_COMPARED_TLDS_MOST] = {NULL};
    struct course *course = calloc(1, sizeof *course);
    if (course == NULL) return;
    size_t before = inferences->count;
    find_change(inferences, tally, part, NULL, course);
    const struct caa_inference *all = &inferences->all[before];
    if (inferences->count > before && all->testable) find_crowding(inferences, course, all);
    size_t count = 0;
    if (caa_tally_is_complete(part))
        count = largest(tally, part, CAA_TALLY_BY_TLD, CAA_COMPARED_TLDS_MOST, groups);
    for (size_t i = 0; i < count && count > 1; i++)
        find_change(inferences, tally, part, groups[i], course);
    free(course);
}

static void find_rhythm(struct caa_inferences *inferences, const struct caa_tally_part *part) {
    double exposure[CAA_HOURS];
    if (part->first_us == CAA_TALLY_NO_TIME) return;
    struct caa_inference *inference = add(inferences, CAA_INFERENCE_RHYTHM);
    if (inference == NULL) return;
    for (int hour = 0; hour < CAA_HOURS; hour++)
        exposure[hour] = caa_tally_is_complete(part) ? (double)part->hour_checks[hour] : 1;
    inference->testable = caa_rhythm_find(exposure, part->hour_failures, &inference->rhythm);
    if (inference->testable) inference->p = inference->rhythm.p;
}

/* --- all of them together */

static int by_weight(const void *a, const void *b) {
    const struct caa_inference *first = a, *second = b;
    if (first->testable != second->testable) return first->testable ? -1 : 1;
    if (first->p != second->p) return first->p < second->p ? -1 : 1;
    return 0;
}

/* A report on two kinds of things has two families of tests, and one level. */
static void adjust(struct caa_inferences *inferences, double level, int families) {
    double p[CAA_INFERENCES_MOST], adjusted[CAA_INFERENCES_MOST];
    for (size_t i = 0; i < inferences->count; i++) {
        if (!inferences->all[i].testable) continue;
        p[inferences->tested++] = inferences->all[i].p;
    }
    caa_holm_adjust(p, adjusted, inferences->tested);
    for (size_t i = 0; i < inferences->tested; i++) {
        adjusted[i] = fmin(adjusted[i] * families, 1);
        inferences->all[i].p_family = adjusted[i];
        inferences->all[i].significant = adjusted[i] <= level;
        inferences->significant += adjusted[i] <= level;
    }
}

void caa_inferences_make(struct caa_inferences *inferences, const struct caa_tally *tally,
                         const struct caa_tally_part *part) {
    *inferences = (struct caa_inferences){.crowding = 1};
    inferences->time_is_exposure = !caa_tally_is_complete(part);
    if (part->failures == 0) return;
    compare_largest(inferences, tally, part, CAA_TALLY_BY_TLD, CAA_COMPARED_TLDS_MOST);
    compare_largest(inferences, tally, part, CAA_TALLY_BY_CA, CAA_COMPARED_CAS_MOST);
    find_changes(inferences, tally, part);
    find_rhythm(inferences, part);
    qsort(inferences->all, inferences->count, sizeof inferences->all[0], by_weight);
    int families = (tally->checks.failures > 0) + (tally->lookups.failures > 0);
    adjust(inferences, 1 - tally->setting.confidence, families);
}

bool caa_inference_is_assumed(const struct caa_inferences *inferences,
                              const struct caa_inference *inference) {
    return inferences->time_is_exposure && inference->kind != CAA_INFERENCE_COMPARISON;
}
