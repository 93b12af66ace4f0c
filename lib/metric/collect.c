#include "metric/collect.h"

#include "rescue/rescue.h"

void caa_metric_collect_rescues(struct caa_metric_shard *shard,
                                const struct caa_engine *engine) {
    struct caa_rescue_counts counts;
    caa_engine_rescue_counts(engine, &counts);
    caa_metric_set(shard, CAA_METRIC_RESCUES, CAA_VALUE_RESCUE_RESCUED, counts.rescued);
    caa_metric_set(shard, CAA_METRIC_RESCUES, CAA_VALUE_RESCUE_FAILED, counts.lost);
}

void caa_metric_collect_history(struct caa_metric_shard *shard, struct caa_history *history) {
    struct caa_history_counters counters;
    if (history == NULL) return;
    caa_history_counters(history, &counters);
    caa_metric_set(shard, CAA_METRIC_HISTORY_RECORDS, CAA_VALUE_RECORD_WRITTEN,
                   counters.written);
    caa_metric_set(shard, CAA_METRIC_HISTORY_RECORDS, CAA_VALUE_RECORD_FAILED, counters.failed);
    caa_metric_set(shard, CAA_METRIC_HISTORY_RECORDS, CAA_VALUE_RECORD_LOST, counters.dropped);
    caa_metric_set(shard, CAA_METRIC_HISTORY_LAG, CAA_VALUE_NONE, (uint64_t)counters.lag_us);
}
