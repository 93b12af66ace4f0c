#include "tally/plot.h"

#include "tally/prose.h"

enum {
    WIDTH = 860,
    HEIGHT = 210,
    LEFT = 46,
    TOP = 26,
    BOTTOM = 30,
    BARS_MOST = 120,
    INTERVAL_WIDTH = 170,
};

void caa_plot_text(FILE *out, const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
        }
    }
}

/* --- a chart of bars */

struct bars {
    int count;
    uint64_t values[BARS_MOST];
    uint64_t most;
};

static double x_of(double at, int count) {
    return LEFT + at * (WIDTH - LEFT) / count;
}

static double y_of(const struct bars *bars, double value) {
    return HEIGHT - BOTTOM - value * (HEIGHT - BOTTOM - TOP) / (double)bars->most;
}

static void set_most(struct bars *bars) {
    bars->most = 1;
    for (int i = 0; i < bars->count; i++)
        if (bars->values[i] > bars->most) bars->most = bars->values[i];
}

static void begin(FILE *out, const char *title) {
    fprintf(out, "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\"><title>", WIDTH,
            HEIGHT);
    caa_plot_text(out, title);
    fputs("</title>\n", out);
}

static void draw_scale(FILE *out, const struct bars *bars) {
    uint64_t step = 1;
    for (int k = 0; bars->most / step > 4; k++)
        step = k % 3 == 0 ? step * 2 : k % 3 == 1 ? step / 2 * 5 : step * 2;
    for (uint64_t value = 0; value <= bars->most; value += step)
        fprintf(
            out,
            "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text class=\"tick\" x=\"%d\" y=\"%.1f\" "
            "text-anchor=\"end\">%llu</text>\n",
            LEFT, y_of(bars, (double)value), WIDTH, LEFT - 7, y_of(bars, (double)value) + 4,
            (unsigned long long)value);
}

static void draw_bar(FILE *out, const struct bars *bars, int at) {
    double left = x_of(at, bars->count), right = x_of(at + 1, bars->count);
    double gap = right - left > 6 ? 1.5 : 0.25, top = y_of(bars, (double)bars->values[at]);
    if (bars->values[at] == 0) return;
    fprintf(
        out,
        "<rect class=\"bar\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%llu "
        "failures</title></rect>\n",
        left + gap, top, right - left - 2 * gap, HEIGHT - BOTTOM - top,
        (unsigned long long)bars->values[at]);
}

static void draw_label(FILE *out, double x, const char *anchor, const char *text) {
    fprintf(out, "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">", x,
            HEIGHT - BOTTOM + 18, anchor);
    caa_plot_text(out, text);
    fputs("</text>\n", out);
}

/* --- along time */

/* How buckets of the calendar are put together into bars. */
struct axis {
    int first, count, together;
    int64_t start_s, width_s; /* of a bar */
};

static struct axis axis_of(const struct caa_tally_part *part) {
    struct axis axis = {.together = 1};
    axis.count = caa_calendar_span(&part->calendar, &axis.first);
    while ((axis.count + axis.together - 1) / axis.together > BARS_MOST) axis.together++;
    axis.start_s = part->calendar.start_s + axis.first * part->calendar.width_s;
    axis.width_s = part->calendar.width_s * axis.together;
    return axis;
}

static double x_of_time(const struct axis *axis, int bars, int64_t at_s) {
    double at = (double)(at_s - axis->start_s) / (double)axis->width_s;
    return x_of(at < 0 ? 0 : at > bars ? bars : at, bars);
}

static void draw_change(FILE *out, const struct axis *axis, const struct bars *bars,
                        const struct caa_inference *change) {
    char text[64];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    double early = x_of_time(axis, bars->count, change->early_s);
    double late = x_of_time(axis, bars->count, change->late_s);
    double x = x_of_time(axis, bars->count, change->at_s);
    bool right = x > WIDTH * 3 / 4.0;
    fprintf(out, "<rect class=\"between\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>\n",
            early, TOP - 6, late - early, HEIGHT - BOTTOM - TOP + 6);
    fprintf(out, "<path class=\"change\" d=\"M%.1f %dV%d\"/>\n", x, TOP - 10, HEIGHT - BOTTOM);
    caa_prose_time(change->at_s, axis->width_s, &writer);
    fprintf(
        out,
        "<text class=\"mark\" x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">changed about %s</text>\n",
        right ? x - 5 : x + 5, TOP - 12, right ? "end" : "start", text);
}

static void draw_dates(FILE *out, const struct axis *axis, int bars) {
    enum { LABELS = 5 };
    for (int i = 0; i < LABELS; i++) {
        char text[64];
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        int64_t at_s = axis->start_s + axis->width_s * bars * i / (LABELS - 1);
        bool days = axis->width_s * bars > INT64_C(10) * 86400;
        caa_prose_time(at_s, days ? 86400 : 60, &writer);
        draw_label(out, x_of((double)bars * i / (LABELS - 1), bars),
                   i == 0            ? "start"
                   : i == LABELS - 1 ? "end"
                                     : "middle",
                   text);
    }
}

void caa_plot_course(FILE *out, const struct caa_tally_part *part,
                     const struct caa_inference *change) {
    struct axis axis = axis_of(part);
    struct bars bars = {.count = (axis.count + axis.together - 1) / axis.together};
    if (axis.count == 0) return;
    for (int i = 0; i < axis.count; i++)
        bars.values[i / axis.together] += part->series->failures[axis.first + i];
    set_most(&bars);
    begin(out, "Failures along time");
    if (change != NULL) draw_change(out, &axis, &bars, change);
    draw_scale(out, &bars);
    for (int i = 0; i < bars.count; i++) draw_bar(out, &bars, i);
    draw_dates(out, &axis, bars.count);
    fputs("</svg>\n", out);
}

/* What each hour would have at one rate: more checks, more failures. */
static void draw_expected(FILE *out, const struct bars *bars,
                          const struct caa_tally_part *part) {
    double checks = 0, failures = 0;
    for (int i = 0; i < CAA_HOURS; i++) {
        checks += (double)part->hour_checks[i];
        failures += (double)part->hour_failures[i];
    }
    for (int i = 0; i < CAA_HOURS && checks > 0; i++)
        fprintf(out, "<path class=\"expected\" d=\"M%.1f %.1fH%.1f\"/>\n",
                x_of(i + 0.1, CAA_HOURS),
                y_of(bars, failures * (double)part->hour_checks[i] / checks),
                x_of(i + 0.9, CAA_HOURS));
    fprintf(out,
            "<text class=\"mark\" x=\"%d\" y=\"%d\" text-anchor=\"end\">"
            "\342\200\223 if the rate were the same at every hour</text>\n",
            WIDTH, TOP - 12);
}

void caa_plot_hours(FILE *out, const struct caa_tally_part *part) {
    struct bars bars = {.count = CAA_HOURS};
    for (int i = 0; i < CAA_HOURS; i++) bars.values[i] = part->hour_failures[i];
    set_most(&bars);
    if (caa_tally_is_complete(part))
        bars.most += bars.most / 4; /* room for what was expected */
    begin(out, "Failures by the hour of the day, UTC");
    draw_scale(out, &bars);
    for (int i = 0; i < CAA_HOURS; i++) {
        char text[8];
        (void)snprintf(text, sizeof text, "%02d", i);
        draw_bar(out, &bars, i);
        draw_label(out, x_of(i + 0.5, CAA_HOURS), "middle", text);
    }
    if (caa_tally_is_complete(part)) draw_expected(out, &bars, part);
    fputs("</svg>\n", out);
}

/* --- one rate, and shares */

void caa_plot_interval(FILE *out, const struct caa_interval *interval, double most) {
    double scale = most > 0 ? (INTERVAL_WIDTH - 10) / most : 0;
    double low = 5 + interval->low * scale, high = 5 + interval->high * scale;
    double at = 5 + interval->rate * scale;
    fprintf(
        out,
        "<svg class=\"whisker\" viewBox=\"0 0 %d 16\" width=\"%d\" height=\"16\" "
        "aria-hidden=\"true\"><path class=\"grid\" d=\"M5 8H%d\"/><path class=\"range\" "
        "d=\"M%.1f 8H%.1fM%.1f 4V12M%.1f 4V12\"/><circle class=\"point\" cx=\"%.1f\" cy=\"8\" "
        "r=\"4\"/></svg>",
        INTERVAL_WIDTH, INTERVAL_WIDTH, INTERVAL_WIDTH - 5, low, high, low, high, at);
}

void caa_plot_faults(FILE *out, const struct caa_tally_part *part) {
    double x = 0;
    fputs("<svg class=\"shares\" viewBox=\"0 0 1000 34\" preserveAspectRatio=\"none\" "
          "role=\"img\"><title>Shares of the failures by fault</title>\n",
          out);
    for (int i = 0; i < CAA_TALLY_FAULTS; i++) {
        double width =
            part->failures == 0 ? 0 : 1000 * (double)part->faults[i] / (double)part->failures;
        if (width > 0)
            fprintf(out,
                    "<rect class=\"fault-%s\" x=\"%.2f\" y=\"0\" width=\"%.2f\" "
                    "height=\"34\"><title>%s: %llu</title></rect>\n",
                    caa_tally_fault_code((enum caa_tally_fault)i), x,
                    width > 3 ? width - 2 : width,
                    caa_tally_fault_code((enum caa_tally_fault)i),
                    (unsigned long long)part->faults[i]);
        x += width;
    }
    fputs("</svg>\n", out);
}
