#include "metric/check.h"

static void count_levels(struct caa_metric_shard *shard,
                         const struct caa_check_result *result) {
    for (size_t i = 0; i < result->level_count; i++) {
        const struct caa_level *level = &result->levels[i];
        if (level->answer == NULL) continue;
        caa_metric_add(shard, CAA_METRIC_LOOKUPS,
                       CAA_VALUE_OUTCOME_RECORDS + level->answer->outcome, 1);
        caa_metric_observe(shard, CAA_METRIC_LOOKUP_DURATION, (uint64_t)level->elapsed_us);
    }
}

void caa_metric_count_check(struct caa_metric_shard *shard,
                            const struct caa_check_result *result) {
    const struct caa_decision *decision = &result->decision;
    caa_metric_observe(shard, CAA_METRIC_CHECK_DURATION, (uint64_t)result->elapsed_us);
    count_levels(shard, result);
    if (decision->verdict != CAA_VERDICT_UNDECIDED) return;
    const struct caa_evidence *evidence =
        decision->cause == CAA_LEVEL_NONE ? NULL
                                          : result->levels[decision->cause].answer->evidence;
    unsigned fault = evidence == NULL ? CAA_FAULT_NONE : evidence->fault;
    caa_metric_add(shard, CAA_METRIC_FAULTS, CAA_VALUE_FAULT_NONE + fault, 1);
}
