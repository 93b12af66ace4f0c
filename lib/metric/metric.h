/* What the program counts, for Prometheus (text format 0.0.4). metric.def is the one list of
   metrics, label.def of their labels and values: no series comes into being at run time.

   Each thread counts in a shard of its own, without locks; whoever shows the metrics adds the
   shards up. */
#ifndef CAA_METRIC_METRIC_H
#define CAA_METRIC_METRIC_H

#include <stddef.h>
#include <stdint.h>

enum caa_metric {
#define CAA_METRIC(name, kind, text, label, help) CAA_METRIC_##name,
#include "metric/metric.def"
#undef CAA_METRIC
    CAA_METRIC_COUNT
};

enum caa_label {
    CAA_LABEL_NONE,
#define CAA_LABEL(name, key) CAA_LABEL_##name,
#include "metric/label.def"
    CAA_LABEL_COUNT
};

/* CAA_VALUE_VERDICT_ALLOWED, and so on through all labels; those of one follow each other, so
   that CAA_VALUE_VERDICT_ALLOWED + verdict is a verdict's. */
enum caa_label_value {
    CAA_VALUE_NONE, /* of a metric without a label */
#define CAA_LABEL_VALUE(label, value, text) CAA_VALUE_##label##_##value,
#include "metric/label.def"
    CAA_VALUE_COUNT
};

struct caa_metrics;
struct caa_metric_shard;

/* Metrics that are all 0, in `shard_count` shards. NULL when out of memory. */
struct caa_metrics *caa_metrics_new(size_t shard_count);

/* Shard number `index` of them; lives as long. */
struct caa_metric_shard *caa_metrics_shard(struct caa_metrics *metrics, size_t index);

/* NULL is fine. */
void caa_metrics_free(struct caa_metrics *metrics);

/* Adds to a counter. What is no value of the metric's label is not counted, here and below. */
void caa_metric_add(struct caa_metric_shard *shard, enum caa_metric metric,
                    enum caa_label_value value, uint64_t count);

/* Sets what this shard has of a gauge (`amount`), or of a lag (microseconds); what is shown is
   the sum of all shards. A counter that somebody else keeps is set likewise. */
void caa_metric_set(struct caa_metric_shard *shard, enum caa_metric metric,
                    enum caa_label_value value, uint64_t amount);

/* Puts a duration into a histogram. */
void caa_metric_observe(struct caa_metric_shard *shard, enum caa_metric metric,
                        uint64_t duration_us);

/* The value for an HTTP status; CAA_VALUE_STATUS_OTHER where it has none of its own. */
enum caa_label_value caa_value_of_status(unsigned status);

/* Everything in text format, freed by free(), `*len` octets before the NUL. NULL when out of
   memory. */
char *caa_metrics_render(const struct caa_metrics *metrics, size_t *len);

/* The table of metrics in Markdown, as docs/metrics.md keeps it; freed by free(). NULL when out
   of memory. */
char *caa_metrics_document(void);

#endif
