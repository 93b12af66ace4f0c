#include "tally/json.h"

#include <math.h>
#include <stdlib.h>

#include "report/json_writer.h"
#include "tally/inference.h"
#include "tally/prose.h"
#include "tally/rows.h"

static const char *const by_keys[CAA_TALLY_BYS] = {
    [CAA_TALLY_BY_TLD] = "tlds",       [CAA_TALLY_BY_ZONE] = "zones",
    [CAA_TALLY_BY_SERVER] = "servers", [CAA_TALLY_BY_KIND] = "kinds",
    [CAA_TALLY_BY_CA] = "cas",
};

/* What JSON cannot say is null: a ratio to nothing has no bound. */
static void put_real(struct caa_json_writer *w, const char *key, double number) {
    caa_json_put_value(w, key, isfinite(number) ? json_real(number) : json_null());
}

static void put_count(struct caa_json_writer *w, const char *key, uint64_t count) {
    caa_json_put_integer(w, key, (int64_t)count);
}

static void put_instant(struct caa_json_writer *w, const char *key, int64_t at_us) {
    if (at_us == CAA_TALLY_NO_TIME)
        caa_json_put_null(w, key);
    else
        caa_json_put_time(w, key, at_us);
}

static void put_interval(struct caa_json_writer *w, uint64_t failures, uint64_t total,
                         double confidence) {
    if (total == 0) {
        caa_json_put_null(w, "of");
        caa_json_put_null(w, "rate");
        return;
    }
    struct caa_interval interval = caa_interval_wilson(failures, total, confidence);
    put_count(w, "of", total);
    caa_json_open(w, "rate", '{');
    put_real(w, "value", interval.rate);
    put_real(w, "low", interval.low);
    put_real(w, "high", interval.high);
    caa_json_close(w, '}');
}

static void put_given(struct caa_json_writer *w, const char *key, const struct caa_tally *tally,
                      uint64_t total) {
    if (total == 0) {
        caa_json_put_null(w, key);
        return;
    }
    caa_json_open(w, key, '{');
    put_count(w, "failures", tally->checks.failures);
    put_interval(w, tally->checks.failures, total, tally->setting.confidence);
    caa_json_close(w, '}');
}

static void put_groups(struct caa_json_writer *w, const struct caa_tally *tally,
                       const struct caa_tally_part *part, enum caa_tally_by by) {
    struct caa_row rows[CAA_ROWS_MOST];
    size_t count = caa_rows_of(tally, part, by, CAA_ROWS_MOST - 1, rows);
    caa_json_open(w, by_keys[by], '[');
    for (size_t i = 0; i < count; i++) {
        caa_json_open(w, NULL, '{');
        if (rows[i].label == NULL) {
            caa_json_put_null(w, "key");
            put_count(w, "others", rows[i].groups);
        } else {
            caa_json_put_text(w, "key", rows[i].label);
        }
        put_count(w, "failures", rows[i].failures);
        put_interval(w, rows[i].failures, rows[i].total, tally->setting.confidence);
        caa_json_close(w, '}');
    }
    caa_json_close(w, ']');
}

static void put_faults(struct caa_json_writer *w, const struct caa_tally *tally,
                       const struct caa_tally_part *part) {
    caa_json_open(w, "faults", '[');
    for (int i = 0; i < CAA_TALLY_FAULTS; i++) {
        caa_json_open(w, NULL, '{');
        caa_json_put_text(w, "fault", caa_tally_fault_code((enum caa_tally_fault)i));
        caa_json_put_boolean(w, "subscribers", caa_prose_is_users((enum caa_tally_fault)i));
        put_count(w, "failures", part->faults[i]);
        put_interval(w, part->faults[i], part->failures, tally->setting.confidence);
        caa_json_close(w, '}');
    }
    caa_json_close(w, ']');
}

static void put_hours(struct caa_json_writer *w, const struct caa_tally *tally,
                      const struct caa_tally_part *part) {
    bool complete = caa_tally_is_complete(part);
    caa_json_open(w, "hours", '[');
    for (int i = 0; i < CAA_HOURS && part->first_us != CAA_TALLY_NO_TIME; i++) {
        caa_json_open(w, NULL, '{');
        caa_json_put_integer(w, "hour", i);
        put_count(w, "failures", part->hour_failures[i]);
        put_interval(w, part->hour_failures[i], complete ? part->hour_checks[i] : 0,
                     tally->setting.confidence);
        caa_json_close(w, '}');
    }
    caa_json_close(w, ']');
}

static void put_course(struct caa_json_writer *w, const struct caa_tally_part *part) {
    int first, count = caa_calendar_span(&part->calendar, &first);
    caa_json_open(w, "course", '{');
    put_instant(w, "from",
                count == 0 ? CAA_TALLY_NO_TIME
                           : (part->calendar.start_s + first * part->calendar.width_s) *
                                 INT64_C(1000000));
    caa_json_put_integer(w, "width_s", part->calendar.width_s);
    caa_json_open(w, "failures", '[');
    for (int i = 0; i < count; i++)
        caa_json_put_integer(w, NULL, part->series->failures[first + i]);
    caa_json_close(w, ']');
    caa_json_open(w, "checks", '[');
    for (int i = 0; i < count && caa_tally_is_complete(part); i++)
        caa_json_put_integer(w, NULL, part->series->checks[first + i]);
    caa_json_close(w, ']');
    caa_json_close(w, '}');
}

static void put_group(struct caa_json_writer *w, const char *key,
                      const struct caa_group *group) {
    if (group == NULL)
        caa_json_put_null(w, key);
    else
        caa_json_put_text(w, key, group->key);
}

static void put_change(struct caa_json_writer *w, const struct caa_inference *inference) {
    bool told = inference->kind == CAA_INFERENCE_CHANGE && inference->testable;
    if (!told) {
        caa_json_put_null(w, "change");
        return;
    }
    const struct caa_change *change = &inference->change;
    caa_json_open(w, "change", '{');
    put_instant(w, "at", inference->at_s * 1000000);
    put_instant(w, "early", inference->early_s * 1000000);
    put_instant(w, "late", inference->late_s * 1000000);
    put_count(w, "failures_before", change->failures_before);
    put_count(w, "failures_after", change->failures_after);
    put_real(w, "rate_before", (double)change->failures_before / change->exposure_before);
    put_real(w, "rate_after", (double)change->failures_after / change->exposure_after);
    caa_json_close(w, '}');
}

static void put_ratio(struct caa_json_writer *w, const struct caa_inference *inference) {
    if (inference->kind != CAA_INFERENCE_COMPARISON) {
        caa_json_put_null(w, "ratio");
        return;
    }
    caa_json_open(w, "ratio", '{');
    put_real(w, "value", inference->ratio.ratio);
    put_real(w, "low", inference->ratio.low);
    put_real(w, "high", inference->ratio.high);
    caa_json_close(w, '}');
}

static void put_inference(struct caa_json_writer *w, const struct caa_tally *tally,
                          const struct caa_tally_part *part,
                          const struct caa_inference *inference) {
    static const char *const kinds[] = {"comparison", "change", "rhythm"};
    char text[CAA_TALLY_PROSE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_inference(tally, part, inference, &writer);
    caa_json_open(w, NULL, '{');
    caa_json_put_text(w, "kind", kinds[inference->kind]);
    caa_json_put_text(w, "by", by_keys[inference->by]);
    put_group(w, "a", inference->a);
    put_group(w, "b", inference->b);
    caa_json_put_boolean(w, "testable", inference->testable);
    caa_json_put_boolean(w, "significant", inference->significant);
    if (inference->testable) {
        put_real(w, "p", inference->p);
        put_real(w, "p_family", inference->p_family);
    } else {
        caa_json_put_null(w, "p");
        caa_json_put_null(w, "p_family");
    }
    put_ratio(w, inference);
    put_change(w, inference);
    caa_json_put_text(w, "text", text);
    caa_json_close(w, '}');
}

static bool put_inferences(struct caa_json_writer *w, const struct caa_tally *tally,
                           const struct caa_tally_part *part) {
    struct caa_inferences *inferences = calloc(1, sizeof *inferences);
    if (inferences == NULL) return false;
    caa_inferences_make(inferences, tally, part);
    caa_json_open(w, "tests", '[');
    for (size_t i = 0; i < inferences->count; i++)
        put_inference(w, tally, part, &inferences->all[i]);
    caa_json_close(w, ']');
    put_real(w, "crowding", inferences->crowding);
    caa_json_put_boolean(w, "crowded", inferences->crowded);
    free(inferences);
    return true;
}

static void put_retry(struct caa_json_writer *w, const struct caa_tally_part *part) {
    caa_json_open(w, "retry", '{');
    put_count(w, "advised", part->again[CAA_AGAIN_YES]);
    put_count(w, "not_advised", part->again[CAA_AGAIN_NO]);
    put_count(w, "unknown", part->again[CAA_AGAIN_UNKNOWN]);
    put_count(w, "worked", part->retry.worked);
    put_count(w, "worked_1h", part->retry.worked_1h);
    put_count(w, "failed_again", part->retry.failed_again);
    put_count(w, "not_followed", part->retry.not_followed);
    put_count(w, "rescued", part->rescued);
    caa_json_close(w, '}');
}

static bool put_part(struct caa_json_writer *w, const char *key, const struct caa_tally *tally,
                     const struct caa_tally_part *part) {
    char text[CAA_TALLY_PROSE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_summary(tally, part, &writer);
    caa_json_open(w, key, '{');
    caa_json_put_text(w, "text", text);
    put_count(w, "failures", part->failures);
    put_interval(w, part->failures, caa_tally_total(tally, part), tally->setting.confidence);
    caa_json_put_text(w, "of_what", caa_prose_of(tally, part));
    caa_json_put_boolean(w, "complete", caa_tally_is_complete(part));
    put_instant(w, "first", part->first_us);
    put_instant(w, "last", part->last_us);
    put_count(w, "without_time", part->without_time);
    put_faults(w, tally, part);
    for (int by = 0; by < CAA_TALLY_BYS; by++)
        put_groups(w, tally, part, (enum caa_tally_by)by);
    put_hours(w, tally, part);
    put_course(w, part);
    put_retry(w, part);
    bool complete = put_inferences(w, tally, part);
    caa_json_close(w, '}');
    return complete;
}

static void put_input(struct caa_json_writer *w, const struct caa_tally_input *input) {
    caa_json_open(w, "input", '{');
    put_count(w, "lines", input->lines);
    put_count(w, "error_texts", input->events[CAA_TALLY_ERRORS]);
    put_count(w, "orders", input->orders);
    put_count(w, "order_names", input->events[CAA_TALLY_ORDERS]);
    put_count(w, "audit_checks", input->events[CAA_TALLY_AUDIT]);
    put_count(w, "history_checks", input->events[CAA_TALLY_HISTORY]);
    put_count(w, "resolver_lookups", input->events[CAA_TALLY_RESOLVER]);
    put_count(w, "unread", input->unread);
    put_count(w, "not_caa", input->not_caa);
    put_count(w, "unfinished", input->unfinished);
    put_count(w, "repeated", input->repeated);
    put_count(w, "outside", input->outside);
    caa_json_close(w, '}');
}

char *caa_tally_json(const struct caa_tally *tally) {
    struct caa_json_writer w = {0};
    caa_json_open(&w, NULL, '{');
    put_real(&w, "confidence", tally->setting.confidence);
    put_given(&w, "orders", tally, tally->setting.orders);
    put_given(&w, "certificates", tally, tally->setting.certificates);
    bool complete = put_part(&w, "checks", tally, &tally->checks);
    if (tally->lookups.checks > 0)
        complete &= put_part(&w, "lookups", tally, &tally->lookups);
    else
        caa_json_put_null(&w, "lookups");
    put_input(&w, &tally->input);
    caa_json_close(&w, '}');
    w.failed |= !complete;
    return caa_json_writer_end(&w);
}
