/* What is counted of a check. */
#ifndef CAA_METRIC_CHECK_H
#define CAA_METRIC_CHECK_H

#include "check/check.h"
#include "metric/metric.h"

/* Counts a check that is done, but for its verdict, which may still fail to be recorded: how
   long it took, its lookups, and whose fault it is if undecided. */
void caa_metric_count_check(struct caa_metric_shard *shard,
                            const struct caa_check_result *result);

#endif
