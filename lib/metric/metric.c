#include "metric/metric.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum kind { COUNTER, GAUGE, LAG, HISTOGRAM };

/* Upper ends of a histogram's buckets, as shown and in microseconds; the last one has none. */
static const struct bucket {
    const char *text;
    uint64_t most_us;
} buckets[] = {
    {"0.0005", 500},      {"0.001", 1000},  {"0.0025", 2500}, {"0.005", 5000},
    {"0.01", 10000},      {"0.025", 25000}, {"0.05", 50000},  {"0.1", 100000},
    {"0.25", 250000},     {"0.5", 500000},  {"1", 1000000},   {"2.5", 2500000},
    {"5", 5000000},       {"10", 10000000}, {"20", 20000000}, {"60", 60000000},
    {"+Inf", UINT64_MAX},
};

enum { BUCKETS = sizeof buckets / sizeof buckets[0], SHARD_ALIGNMENT = 128 };

static const struct row {
    const char *name;
    const char *help;
    enum kind kind;
    enum caa_label label;
} rows[] = {
#define CAA_METRIC(name, kind, text, label, help) {text, help, kind, CAA_LABEL_##label},
#include "metric/metric.def"
#undef CAA_METRIC
};

static const char *const label_keys[] = {
    "",
#define CAA_LABEL(name, key) key,
#include "metric/label.def"
};

static const struct {
    const char *text;
    enum caa_label label;
} values[] = {
    {"", CAA_LABEL_NONE},
#define CAA_LABEL_VALUE(label, value, text) {text, CAA_LABEL_##label},
#include "metric/label.def"
};

static const char *const kind_words[] = {"counter", "gauge", "gauge", "histogram"};

/* One cell for each value of the label, or for each bucket and the sum of a histogram. */
struct caa_metric_shard {
    const struct caa_metrics *metrics;
    _Atomic uint64_t cells[];
};

struct caa_metrics {
    size_t first_value[CAA_LABEL_COUNT];
    size_t value_count[CAA_LABEL_COUNT];
    size_t first_cell[CAA_METRIC_COUNT];
    size_t cell_count;
    size_t shard_octets;
    size_t shard_count;
    char *shards;
};

static size_t cells_of(const struct caa_metrics *metrics, const struct row *row) {
    return row->kind == HISTOGRAM ? BUCKETS + 1 : metrics->value_count[row->label];
}

static void lay_out(struct caa_metrics *metrics) {
    for (size_t value = CAA_VALUE_COUNT; value-- > 0;) {
        metrics->first_value[values[value].label] = value;
        metrics->value_count[values[value].label]++;
    }
    for (size_t i = 0; i < CAA_METRIC_COUNT; i++) {
        metrics->first_cell[i] = metrics->cell_count;
        metrics->cell_count += cells_of(metrics, &rows[i]);
    }
    size_t octets = sizeof(struct caa_metric_shard) + metrics->cell_count * sizeof(uint64_t);
    metrics->shard_octets = (octets / SHARD_ALIGNMENT + 1) * SHARD_ALIGNMENT;
}

struct caa_metrics *caa_metrics_new(size_t shard_count) {
    struct caa_metrics *metrics = calloc(1, sizeof *metrics);
    if (metrics == NULL) return NULL;
    lay_out(metrics);
    metrics->shard_count = shard_count;
    metrics->shards = aligned_alloc(SHARD_ALIGNMENT, shard_count * metrics->shard_octets);
    if (metrics->shards == NULL) {
        free(metrics);
        return NULL;
    }
    memset(metrics->shards, 0, shard_count * metrics->shard_octets);
    for (size_t i = 0; i < shard_count; i++) caa_metrics_shard(metrics, i)->metrics = metrics;
    return metrics;
}

struct caa_metric_shard *caa_metrics_shard(struct caa_metrics *metrics, size_t index) {
    return (void *)(metrics->shards + index * metrics->shard_octets);
}

void caa_metrics_free(struct caa_metrics *metrics) {
    if (metrics == NULL) return;
    free(metrics->shards);
    free(metrics);
}

static _Atomic uint64_t *cell_of(struct caa_metric_shard *shard, enum caa_metric metric,
                                 enum caa_label_value value) {
    const struct row *row = &rows[metric];
    if (value >= CAA_VALUE_COUNT || values[value].label != row->label) return NULL;
    return &shard->cells[shard->metrics->first_cell[metric] + value -
                         shard->metrics->first_value[row->label]];
}

void caa_metric_add(struct caa_metric_shard *shard, enum caa_metric metric,
                    enum caa_label_value value, uint64_t count) {
    _Atomic uint64_t *cell = cell_of(shard, metric, value);
    if (cell != NULL) atomic_fetch_add_explicit(cell, count, memory_order_relaxed);
}

void caa_metric_set(struct caa_metric_shard *shard, enum caa_metric metric,
                    enum caa_label_value value, uint64_t amount) {
    _Atomic uint64_t *cell = cell_of(shard, metric, value);
    if (cell != NULL) atomic_store_explicit(cell, amount, memory_order_relaxed);
}

void caa_metric_observe(struct caa_metric_shard *shard, enum caa_metric metric,
                        uint64_t duration_us) {
    if (rows[metric].kind != HISTOGRAM) return;
    _Atomic uint64_t *cells = &shard->cells[shard->metrics->first_cell[metric]];
    size_t bucket = 0;
    while (duration_us > buckets[bucket].most_us) bucket++;
    atomic_fetch_add_explicit(&cells[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[BUCKETS], duration_us, memory_order_relaxed);
}

enum caa_label_value caa_value_of_status(unsigned status) {
    char text[16];
    snprintf(text, sizeof text, "%u", status);
    for (unsigned value = CAA_VALUE_STATUS_200; value < CAA_VALUE_STATUS_OTHER; value++)
        if (strcmp(values[value].text, text) == 0) return (enum caa_label_value)value;
    return CAA_VALUE_STATUS_OTHER;
}

static uint64_t sum_of(const struct caa_metrics *metrics, size_t cell) {
    uint64_t sum = 0;
    for (size_t i = 0; i < metrics->shard_count; i++) {
        const struct caa_metric_shard *shard =
            (const void *)(metrics->shards + i * metrics->shard_octets);
        sum += atomic_load_explicit(&shard->cells[cell], memory_order_relaxed);
    }
    return sum;
}

static void render_seconds(FILE *out, uint64_t us) {
    fprintf(out, " %" PRIu64 ".%06" PRIu64 "\n", us / 1000000, us % 1000000);
}

static void render_histogram(FILE *out, const struct caa_metrics *metrics, size_t metric) {
    const char *name = rows[metric].name;
    size_t cell = metrics->first_cell[metric];
    uint64_t count = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        count += sum_of(metrics, cell + i);
        fprintf(out, "%s_bucket{le=\"%s\"} %" PRIu64 "\n", name, buckets[i].text, count);
    }
    fprintf(out, "%s_sum", name);
    render_seconds(out, sum_of(metrics, cell + BUCKETS));
    fprintf(out, "%s_count %" PRIu64 "\n", name, count);
}

static void render_values(FILE *out, const struct caa_metrics *metrics, size_t metric) {
    const struct row *row = &rows[metric];
    for (size_t i = 0; i < metrics->value_count[row->label]; i++) {
        fputs(row->name, out);
        if (row->label != CAA_LABEL_NONE)
            fprintf(out, "{%s=\"%s\"}", label_keys[row->label],
                    values[metrics->first_value[row->label] + i].text);
        uint64_t sum = sum_of(metrics, metrics->first_cell[metric] + i);
        if (row->kind == LAG)
            render_seconds(out, sum);
        else
            fprintf(out, " %" PRIu64 "\n", sum);
    }
}

/* The text of a stream from open_memstream, or NULL where not all could be written. */
static char *close_text(FILE *out, char **text) {
    bool failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    if (!failed) return *text;
    free(*text);
    return NULL;
}

char *caa_metrics_render(const struct caa_metrics *metrics, size_t *len) {
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (out == NULL) return NULL;
    for (size_t i = 0; i < CAA_METRIC_COUNT; i++) {
        fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
                kind_words[rows[i].kind]);
        if (rows[i].kind == HISTOGRAM)
            render_histogram(out, metrics, i);
        else
            render_values(out, metrics, i);
    }
    return close_text(out, &text);
}

static void document_values(FILE *out, enum caa_label label) {
    const char *between = "";
    if (label == CAA_LABEL_NONE) return;
    fprintf(out, "`%s`: ", label_keys[label]);
    for (size_t i = 0; i < CAA_VALUE_COUNT; i++) {
        if (values[i].label != label) continue;
        fprintf(out, "%s`%s`", between, values[i].text);
        between = ", ";
    }
}

char *caa_metrics_document(void) {
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) return NULL;
    fputs("| metric | type | label and its values | what it counts |\n|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < CAA_METRIC_COUNT; i++) {
        fprintf(out, "| `%s` | %s | ", rows[i].name, kind_words[rows[i].kind]);
        document_values(out, rows[i].label);
        fprintf(out, " | %s |\n", rows[i].help);
    }
    return close_text(out, &text);
}
