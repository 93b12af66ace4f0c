#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tally/prose.h"

static void write_number(double number, struct caa_writer *out) {
    char text[64];
    if (isinf(number))
        (void)snprintf(text, sizeof text, "any number of");
    else
        (void)snprintf(text, sizeof text, number >= 10 ? "%.0f" : "%.1f", number);
    caa_writer_text(out, text);
}

/* How often chance alone would do as much, for who does not read p-values; and the p-value. */
static void write_chance(double p, struct caa_writer *out) {
    char text[96];
    if (p < 1e-4)
        (void)snprintf(text, sizeof text,
                       "chance alone does that in less than one report in 10,000");
    else if (p < 0.5)
        (void)snprintf(text, sizeof text,
                       "chance alone does that in one report in %.0f (p = %.2g)", 1 / p, p);
    else
        (void)snprintf(text, sizeof text, "chance alone does that (p = %.2g)", p);
    caa_writer_text(out, text);
}

static void write_confidence(double confidence, struct caa_writer *out) {
    char text[32];
    (void)snprintf(text, sizeof text, "%.4g %%", confidence * 100);
    caa_writer_text(out, text);
}

static const char *subject(const struct caa_inference *inference) {
    return inference->a == NULL ? "" : inference->a->key;
}

/* A TLD with its dot, so that nobody reads "is" as a verb. */
static void write_group(const struct caa_inference *inference, const struct caa_group *group,
                        struct caa_writer *out) {
    if (inference->by == CAA_TALLY_BY_TLD) caa_writer_char(out, '.');
    caa_writer_text(out, group->key);
}

static void write_comparison(const struct caa_inference *inference, struct caa_writer *out) {
    const struct caa_two_rates *rates = &inference->rates;
    write_group(inference, inference->a, out);
    caa_writer_text(out, inference->significant ? " fails more often than " : " and ");
    write_group(inference, inference->b, out);
    caa_writer_text(out, ": ");
    caa_prose_percent((double)rates->failures_a / (double)rates->total_a, out);
    caa_writer_text(out, inference->significant ? " against " : " and ");
    caa_prose_percent((double)rates->failures_b / (double)rates->total_b, out);
    if (!inference->testable) {
        caa_writer_text(out, "; too few failures to tell any difference.");
        return;
    }
    if (inference->significant) {
        caa_writer_text(out, ", ");
        write_number(inference->ratio.ratio, out);
        caa_writer_text(out, " times as often (");
        write_number(inference->ratio.low, out);
        caa_writer_text(out, " to ");
        write_number(inference->ratio.high, out);
        caa_writer_text(out, ")");
    }
    caa_writer_text(out, inference->significant ? "; " : ": no difference that is sure; ");
    write_chance(inference->p_family, out);
    caa_writer_char(out, '.');
}

static void write_pace(uint64_t failures, double exposure, bool of_time,
                       struct caa_writer *out) {
    char text[64];
    double rate = exposure <= 0 ? 0 : (double)failures / exposure;
    if (!of_time) {
        caa_prose_percent(rate, out);
        return;
    }
    (void)snprintf(text, sizeof text, "%.2g a day", rate * 86400);
    caa_writer_text(out, text);
}

static void write_change(const struct caa_tally *tally, const struct caa_tally_part *part,
                         const struct caa_inference *inference, struct caa_writer *out) {
    const struct caa_change *change = &inference->change;
    bool of_time = !caa_tally_is_complete(part);
    int64_t width_s = part->calendar.width_s;
    double before = (double)change->failures_before / change->exposure_before;
    double after = (double)change->failures_after / change->exposure_after;
    if (inference->a != NULL) write_group(inference, inference->a, out);
    caa_writer_text(out, subject(inference)[0] == '\0' ? "Failures come " : " fails ");
    caa_writer_text(out, after > before ? "more often since " : "less often since ");
    caa_prose_time(inference->at_s, width_s, out);
    caa_writer_text(out, " UTC (with ");
    write_confidence(tally->setting.confidence, out);
    caa_writer_text(out, " confidence between ");
    caa_prose_time(inference->early_s, width_s, out);
    caa_writer_text(out, " and ");
    caa_prose_time(inference->late_s, width_s, out);
    caa_writer_text(out, "): ");
    write_pace(change->failures_before, change->exposure_before, of_time, out);
    caa_writer_text(out, " before, ");
    write_pace(change->failures_after, change->exposure_after, of_time, out);
    caa_writer_text(out, " since; ");
    write_chance(inference->p_family, out);
    caa_writer_text(out, of_time ? ", if there were as many checks a day all along." : ".");
}

static void write_no_change(const struct caa_inference *inference, struct caa_writer *out) {
    caa_writer_text(out, "Over time");
    if (inference->a != NULL) {
        caa_writer_text(out, ", ");
        write_group(inference, inference->a, out);
    }
    if (!inference->testable) {
        caa_writer_text(out, ": too few failures, or too short a time, to tell a change.");
        return;
    }
    caa_writer_text(out, ": no change of the rate that is sure; ");
    write_chance(inference->p_family, out);
    caa_writer_char(out, '.');
}

static void write_rhythm(const struct caa_inference *inference, struct caa_writer *out) {
    char text[64];
    if (!inference->testable) {
        caa_writer_text(out, "By the hour of the day: too few failures to tell.");
        return;
    }
    if (inference->significant) {
        (void)snprintf(text, sizeof text, "%02d:%02d", (int)inference->rhythm.peak_hour,
                       (int)(fmod(inference->rhythm.peak_hour, 1) * 60));
        caa_writer_text(out, "By the hour of the day failures lean to about ");
        caa_writer_text(out, text);
        caa_writer_text(out, " UTC; ");
    } else {
        caa_writer_text(out, "By the hour of the day: no rhythm that is sure; ");
    }
    write_chance(inference->p_family, out);
    caa_writer_char(out, '.');
}

void caa_prose_inference(const struct caa_tally *tally, const struct caa_tally_part *part,
                         const struct caa_inference *inference, struct caa_writer *out) {
    switch (inference->kind) {
    case CAA_INFERENCE_COMPARISON: write_comparison(inference, out); break;
    case CAA_INFERENCE_CHANGE:
        if (inference->significant)
            write_change(tally, part, inference, out);
        else
            write_no_change(inference, out);
        break;
    case CAA_INFERENCE_RHYTHM: write_rhythm(inference, out); break;
    }
}

void caa_prose_tests(const struct caa_tally *tally, const struct caa_inferences *inferences,
                     struct caa_writer *out) {
    caa_prose_count(inferences->tested, out);
    caa_writer_text(out, inferences->tested == 1 ? " test was made" : " tests were made");
    caa_writer_text(out, "; what is called sure here is false, in any of them, in at most ");
    write_confidence(1 - tally->setting.confidence, out);
    caa_writer_text(out, " of reports where nothing differs (Holm).\n");
    if (inferences->time_is_exposure)
        caa_writer_text(out, "The log does not tell how many checks worked, so tests over time "
                             "take it that there were as many at every hour of every day. If "
                             "orders grew, so did failures, and a change means nothing.\n");
    if (inferences->crowded)
        caa_writer_text(out, "Failures come in bursts, and the tests take each as one by "
                             "itself: what they call sure is less so than they say.\n");
}

/* --- what was read */

static void write_count_of(uint64_t count, const char *text, struct caa_writer *out) {
    if (count == 0) return;
    caa_writer_text(out, ", ");
    caa_prose_count(count, out);
    caa_writer_char(out, ' ');
    caa_writer_text(out, text);
}

static void write_left_out(const struct caa_tally_input *input, struct caa_writer *out) {
    if (input->unread > 0) {
        caa_prose_count(input->unread, out);
        caa_writer_text(out, input->unread == 1 ? " line was" : " lines were");
        caa_writer_text(out, " not readable (too long, or broken JSON), first line ");
        caa_prose_count(input->first_unread, out);
        caa_writer_text(out, ".\n");
    }
    static const char *const texts[] = {
        " errors are not about CAA and are not counted.\n",
        " orders had not ended and are not counted.\n",
        " audit lines tell again what others told and are not counted twice.\n",
        " events are outside the time that was asked for, or without a time.\n",
    };
    const uint64_t counts[] = {input->not_caa, input->unfinished, input->repeated,
                               input->outside};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (counts[i] == 0) continue;
        caa_prose_count(counts[i], out);
        caa_writer_text(out, texts[i]);
    }
}

void caa_prose_input(const struct caa_tally *tally, struct caa_writer *out) {
    const struct caa_tally_input *input = &tally->input;
    caa_writer_text(out, "Read: ");
    caa_prose_count(input->lines, out);
    caa_writer_text(out, input->lines == 1 ? " line" : " lines");
    write_count_of(input->events[CAA_TALLY_ERRORS], "error texts", out);
    write_count_of(input->orders, "orders", out);
    write_count_of(input->events[CAA_TALLY_ORDERS], "names of orders", out);
    write_count_of(input->events[CAA_TALLY_AUDIT], "checks of audit logs", out);
    write_count_of(input->events[CAA_TALLY_HISTORY], "checks of a history", out);
    write_count_of(input->events[CAA_TALLY_RESOLVER], "failed lookups of a resolver", out);
    caa_writer_text(out, ".\n");
    write_left_out(input, out);
    if (tally->checks.without_time + tally->lookups.without_time > 0) {
        caa_prose_count(tally->checks.without_time + tally->lookups.without_time, out);
        caa_writer_text(out, " have no time: they are in no hour and no course.\n");
    }
}
