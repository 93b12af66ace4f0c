/* Counters that somebody else keeps, when metrics are read. */
#ifndef CAA_METRIC_COLLECT_H
#define CAA_METRIC_COLLECT_H

#include "engine/engine.h"
#include "history/history.h"
#include "metric/metric.h"

/* What the engine's rescues came to. */
void caa_metric_collect_rescues(struct caa_metric_shard *shard,
                                const struct caa_engine *engine);

/* What became of the history's records, and how far it lags; NULL: there is none, and nothing
   is set. */
void caa_metric_collect_history(struct caa_metric_shard *shard, struct caa_history *history);

#endif
