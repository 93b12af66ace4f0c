#include "tally/rows.h"

static bool says_something(const struct caa_tally *tally, const struct caa_tally_part *part,
                           enum caa_tally_by by, const struct caa_group *group) {
    if (group->failures > 0) return true;
    bool compared = by == CAA_TALLY_BY_TLD || by == CAA_TALLY_BY_CA;
    return compared && caa_tally_group_total(tally, part, by, group) > 0;
}

static void add_to_others(struct caa_row *others, const struct caa_group *group, bool known,
                          uint64_t total) {
    others->groups += known;
    others->failures += group->failures;
    others->total += total;
}

size_t caa_rows_of(const struct caa_tally *tally, const struct caa_tally_part *part,
                   enum caa_tally_by by, size_t most, struct caa_row rows[CAA_ROWS_MOST]) {
    const struct caa_table *table = &part->by[by];
    struct caa_row others = {.label = NULL};
    bool own =
        caa_tally_is_complete(part) && by != CAA_TALLY_BY_ZONE && by != CAA_TALLY_BY_SERVER;
    size_t count = 0;
    if (most > CAA_ROWS_MOST - 1) most = CAA_ROWS_MOST - 1;
    for (size_t i = 0; i < table->count; i++) {
        const struct caa_group *group = table->groups[i];
        if (!says_something(tally, part, by, group)) continue;
        uint64_t total = caa_tally_group_total(tally, part, by, group);
        if (count == most) {
            add_to_others(&others, group, true, own ? group->checks : 0);
            continue;
        }
        rows[count++] = (struct caa_row){
            .label = group->key,
            .failures = group->failures,
            .total = total,
            .rate = caa_interval_wilson(group->failures, total, tally->setting.confidence)};
    }
    add_to_others(&others, &table->other, false, own ? table->other.checks : 0);
    others.rate = caa_interval_wilson(others.failures, others.total, tally->setting.confidence);
    if (others.failures > 0 || others.total > 0) rows[count++] = others;
    return count;
}
