#include "metric/metric.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "dns/answer.h"
#include "dns/evidence.h"
#include "policy/decide.h"

static char *rendered(const struct caa_metrics *metrics) {
    size_t len;
    char *text = caa_metrics_render(metrics, &len);
    assert_non_null(text);
    assert_int_equal(len, strlen(text));
    return text;
}

static void assert_line(const char *text, const char *line) {
    char whole[256];
    snprintf(whole, sizeof whole, "\n%s\n", line);
    if (strstr(text, whole) == NULL) fail_msg("no line '%s' in:\n%s", line, text);
}

static void shards_are_added_up(void **state) {
    (void)state;
    struct caa_metrics *metrics = caa_metrics_new(2);
    caa_metric_add(caa_metrics_shard(metrics, 0), CAA_METRIC_CHECKS, CAA_VALUE_VERDICT_ALLOWED,
                   3);
    caa_metric_add(caa_metrics_shard(metrics, 1), CAA_METRIC_CHECKS, CAA_VALUE_VERDICT_ALLOWED,
                   4);
    caa_metric_set(caa_metrics_shard(metrics, 0), CAA_METRIC_CHECKS_IN_FLIGHT, CAA_VALUE_NONE,
                   5);
    caa_metric_set(caa_metrics_shard(metrics, 1), CAA_METRIC_CHECKS_IN_FLIGHT, CAA_VALUE_NONE,
                   6);
    char *text = rendered(metrics);
    assert_line(text, "caa_checks_total{verdict=\"allowed\"} 7");
    assert_line(text, "caa_checks_total{verdict=\"forbidden\"} 0");
    assert_line(text, "caa_checks_in_flight 11");
    assert_line(text, "# TYPE caa_checks_in_flight gauge");
    free(text);
    caa_metrics_free(metrics);
}

static void a_histogram_counts_up_to_each_bucket(void **state) {
    (void)state;
    struct caa_metrics *metrics = caa_metrics_new(1);
    struct caa_metric_shard *shard = caa_metrics_shard(metrics, 0);
    caa_metric_observe(shard, CAA_METRIC_CHECK_DURATION, 1000);
    caa_metric_observe(shard, CAA_METRIC_CHECK_DURATION, 1001);
    caa_metric_observe(shard, CAA_METRIC_CHECK_DURATION, 90000000);
    char *text = rendered(metrics);
    assert_line(text, "caa_check_duration_seconds_bucket{le=\"0.0005\"} 0");
    assert_line(text, "caa_check_duration_seconds_bucket{le=\"0.001\"} 1");
    assert_line(text, "caa_check_duration_seconds_bucket{le=\"0.0025\"} 2");
    assert_line(text, "caa_check_duration_seconds_bucket{le=\"60\"} 2");
    assert_line(text, "caa_check_duration_seconds_bucket{le=\"+Inf\"} 3");
    assert_line(text, "caa_check_duration_seconds_sum 90.002001");
    assert_line(text, "caa_check_duration_seconds_count 3");
    free(text);
    caa_metrics_free(metrics);
}

static void a_lag_is_shown_in_seconds(void **state) {
    (void)state;
    struct caa_metrics *metrics = caa_metrics_new(1);
    caa_metric_set(caa_metrics_shard(metrics, 0), CAA_METRIC_HISTORY_LAG, CAA_VALUE_NONE,
                   1500000);
    char *text = rendered(metrics);
    assert_line(text, "caa_history_lag_seconds 1.500000");
    free(text);
    caa_metrics_free(metrics);
}

static void a_value_of_another_label_is_not_counted(void **state) {
    (void)state;
    struct caa_metrics *metrics = caa_metrics_new(1);
    struct caa_metric_shard *shard = caa_metrics_shard(metrics, 0);
    char *before = rendered(metrics);
    caa_metric_add(shard, CAA_METRIC_CHECKS, CAA_VALUE_OUTCOME_RECORDS, 1);
    caa_metric_add(shard, CAA_METRIC_CHECKS, CAA_VALUE_NONE, 1);
    caa_metric_add(shard, CAA_METRIC_CHECKS_IN_FLIGHT, CAA_VALUE_VERDICT_ALLOWED, 1);
    caa_metric_add(shard, CAA_METRIC_CHECK_DURATION, CAA_VALUE_VERDICT_ALLOWED, 1);
    caa_metric_observe(shard, CAA_METRIC_CHECKS, 1);
    caa_metric_add(shard, CAA_METRIC_CHECKS, CAA_VALUE_COUNT, 1);
    char *after = rendered(metrics);
    assert_string_equal(before, after);
    free(before);
    free(after);
    caa_metrics_free(metrics);
}

static void values_follow_the_enums_they_stand_for(void **state) {
    (void)state;
    assert_int_equal(CAA_VALUE_VERDICT_ALLOWED + CAA_VERDICT_UNDECIDED,
                     CAA_VALUE_VERDICT_UNDECIDED);
    assert_int_equal(CAA_VALUE_VERDICT_ALLOWED + CAA_VERDICT_FORBIDDEN,
                     CAA_VALUE_VERDICT_FORBIDDEN);
    assert_int_equal(CAA_VALUE_OUTCOME_RECORDS + CAA_OUTCOME_NETWORK,
                     CAA_VALUE_OUTCOME_NETWORK);
    assert_int_equal(CAA_VALUE_FAULT_NONE + CAA_FAULT_UNKNOWN, CAA_VALUE_FAULT_UNKNOWN);
    assert_int_equal(caa_value_of_status(200), CAA_VALUE_STATUS_200);
    assert_int_equal(caa_value_of_status(429), CAA_VALUE_STATUS_429);
    assert_int_equal(caa_value_of_status(418), CAA_VALUE_STATUS_OTHER);
}

enum { THREADS = 4, ROUNDS = 20000 };

static void *count_up(void *shard) {
    for (int i = 0; i < ROUNDS; i++)
        caa_metric_add(shard, CAA_METRIC_CHECKS, CAA_VALUE_VERDICT_ALLOWED, 1);
    return NULL;
}

static void threads_that_share_a_shard_lose_nothing(void **state) {
    (void)state;
    struct caa_metrics *metrics = caa_metrics_new(1);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(
            pthread_create(&threads[i], NULL, count_up, caa_metrics_shard(metrics, 0)), 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    char *text = rendered(metrics);
    assert_line(text, "caa_checks_total{verdict=\"allowed\"} 80000");
    free(text);
    caa_metrics_free(metrics);
}

static void the_document_is_the_table(void **state) {
    (void)state;
    struct caa_slice text;
    char *document = caa_metrics_document();
    assert_non_null(document);
    assert_int_equal(caa_file_read(&text, CAA_DOCS "/metrics.md", 1 << 20, NULL), CAA_OK);
    char *kept = calloc(1, text.len + 1);
    memcpy(kept, text.ptr, text.len);
    if (strstr(kept, document) == NULL) fail_msg("docs/metrics.md has to hold:\n%s", document);
    free(kept);
    free(document);
    caa_file_free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shards_are_added_up),
        cmocka_unit_test(a_histogram_counts_up_to_each_bucket),
        cmocka_unit_test(a_lag_is_shown_in_seconds),
        cmocka_unit_test(a_value_of_another_label_is_not_counted),
        cmocka_unit_test(values_follow_the_enums_they_stand_for),
        cmocka_unit_test(threads_that_share_a_shard_lose_nothing),
        cmocka_unit_test(the_document_is_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
