#include "tally/page.h"

#include <stdlib.h>
#include <string.h>

#include "tally/inference.h"
#include "tally/page_style.h"
#include "tally/plot.h"
#include "tally/prose.h"
#include "tally/rows.h"

enum { ROWS = 15, INFERENCES_SHOWN = 16 };

struct page {
    FILE *out;
    const struct caa_tally *tally;
};

static void percent(const struct page *page, double rate) {
    char text[64];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_percent(rate, &writer);
    fputs(text, page->out);
}

static void count(const struct page *page, uint64_t number) {
    char text[64];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_count(number, &writer);
    fputs(text, page->out);
}

static void paragraphs(const struct page *page, const char *text, const char *class) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        char line[CAA_TALLY_PROSE_MAX];
        (void)snprintf(line, sizeof line, "%.*s", (int)len, text);
        fprintf(page->out, "<p class=\"%s\">", class);
        caa_plot_text(page->out, line);
        fputs("</p>\n", page->out);
        text += len;
        if (*text == '\n') text++;
    }
}

/* --- cards: the figures that everybody wants first */

static void begin_card(const struct page *page, const char *title) {
    fprintf(page->out, "<div class=\"card\"><div class=\"name\">%s</div><div class=\"figure\">",
            title);
}

static void end_card(const struct page *page, const struct caa_interval *interval) {
    fputs("</div><div class=\"note\">", page->out);
    if (interval != NULL) {
        percent(page, interval->low);
        fputs(" to ", page->out);
        percent(page, interval->high);
    }
    fputs("</div></div>\n", page->out);
}

static void rate_card(const struct page *page, const char *title, uint64_t failures,
                      uint64_t total) {
    struct caa_interval interval =
        caa_interval_wilson(failures, total, page->tally->setting.confidence);
    if (total == 0) return;
    begin_card(page, title);
    percent(page, interval.rate);
    end_card(page, &interval);
}

static void cards(const struct page *page, const struct caa_tally_part *part) {
    const struct caa_tally_setting *setting = &page->tally->setting;
    uint64_t users = part->faults[CAA_TALLY_SUBSCRIBER] + part->faults[CAA_TALLY_POLICY];
    uint64_t others = part->failures - users - part->faults[CAA_TALLY_UNKNOWN];
    bool checks = part == &page->tally->checks;
    fputs("<div class=\"cards\">\n", page->out);
    begin_card(page, "failures");
    count(page, part->failures);
    end_card(page, NULL);
    if (caa_tally_is_complete(part))
        rate_card(page, "of all checks", part->failures, part->checks);
    if (checks) {
        rate_card(page, "of the orders", part->failures, setting->orders);
        rate_card(page, "of the certificates", part->failures, setting->certificates);
    }
    rate_card(page, "not in the subscriber&#8217;s hands", others, part->failures);
    rate_card(page, "worth trying again", part->again[CAA_AGAIN_YES], part->failures);
    fputs("</div>\n", page->out);
}

/* --- tables */

static double highest(const struct caa_row *rows, size_t row_count) {
    double most = 0;
    for (size_t i = 0; i < row_count; i++)
        if (rows[i].total > 0 && rows[i].rate.high > most) most = rows[i].rate.high;
    return most;
}

static void row(const struct page *page, const struct caa_row *row, double most) {
    fputs("<tr><th scope=\"row\">", page->out);
    if (row->label != NULL)
        caa_plot_text(page->out, row->label);
    else if (row->groups > 0)
        fprintf(page->out, "<i>%zu others</i>", row->groups);
    else
        fputs("<i>others</i>", page->out);
    fputs("</th><td>", page->out);
    count(page, row->failures);
    fputs("</td><td>", page->out);
    if (row->total == 0) {
        fputs("not known</td><td></td><td></td><td></td></tr>\n", page->out);
        return;
    }
    count(page, row->total);
    fputs("</td><td>", page->out);
    percent(page, row->rate.rate);
    fputs("</td><td class=\"faint\">", page->out);
    percent(page, row->rate.low);
    fputs(" – ", page->out);
    percent(page, row->rate.high);
    fputs("</td><td class=\"drawn\">", page->out);
    caa_plot_interval(page->out, &row->rate, most);
    fputs("</td></tr>\n", page->out);
}

static void table(const struct page *page, const struct caa_tally_part *part,
                  enum caa_tally_by by) {
    struct caa_row rows[CAA_ROWS_MOST];
    size_t row_count = caa_rows_of(page->tally, part, by, ROWS, rows);
    double most = highest(rows, row_count);
    if (row_count == 0) return;
    fprintf(page->out,
            "<section><h2>By %s</h2><div "
            "class=\"wide\"><table><thead><tr><th></th><th>failures</th>"
            "<th>of %s</th><th>rate</th><th>%.4g&#8239;%% "
            "interval</th><th></th></tr></thead><tbody>\n",
            caa_prose_by(by),
            by == CAA_TALLY_BY_SERVER ? "exchanges" : caa_prose_of(page->tally, part),
            page->tally->setting.confidence * 100);
    for (size_t i = 0; i < row_count; i++) row(page, &rows[i], most);
    fputs("</tbody></table></div></section>\n", page->out);
}

static void faults(const struct page *page, const struct caa_tally_part *part) {
    fputs("<section><h2>Whose fault</h2>\n", page->out);
    caa_plot_faults(page->out, part);
    fputs("<div class=\"wide\"><table class=\"faults\"><tbody>\n", page->out);
    for (int i = 0; i < CAA_TALLY_FAULTS; i++) {
        enum caa_tally_fault fault = (enum caa_tally_fault)i;
        struct caa_interval share = caa_interval_wilson(part->faults[i], part->failures,
                                                        page->tally->setting.confidence);
        if (part->faults[i] == 0 && fault == CAA_TALLY_UNKNOWN) continue;
        fprintf(
            page->out,
            "<tr><th scope=\"row\"><svg class=\"key\" viewBox=\"0 0 10 10\"><rect "
            "class=\"fault-%s\" "
            "width=\"10\" height=\"10\" rx=\"2\"/></svg>%s</th><td class=\"words\">%s</td><td "
            "class=\"words faint\">%s</td><td>",
            caa_tally_fault_code(fault), caa_tally_fault_code(fault), caa_prose_fault(fault),
            caa_prose_is_users(fault)    ? "in the subscriber&#8217;s hands"
            : fault == CAA_TALLY_UNKNOWN ? ""
                                         : "not in the subscriber&#8217;s hands");
        count(page, part->faults[i]);
        fputs("</td><td>", page->out);
        percent(page, share.rate);
        fputs("</td><td class=\"faint\">", page->out);
        percent(page, share.low);
        fputs(" – ", page->out);
        percent(page, share.high);
        fputs("</td></tr>\n", page->out);
    }
    fputs("</tbody></table></div></section>\n", page->out);
}

/* --- findings and plots */

static void badge(const struct page *page, const struct caa_inference *inference,
                  bool assumed) {
    bool sure = inference->significant;
    const char *class = sure ? assumed ? "assumed" : "sure" : "open";
    const char *text = sure                  ? assumed ? "if even" : "sure"
                       : inference->testable ? "not sure"
                                             : "too few";
    fprintf(page->out, "<span class=\"badge %s\">%s</span>", class, text);
}

static void findings(const struct page *page, const struct caa_tally_part *part,
                     const struct caa_inferences *inferences) {
    char text[CAA_TALLY_PROSE_MAX];
    if (inferences->count == 0) return;
    fputs("<section><h2>What differs, and what does not</h2><ul class=\"findings\">\n",
          page->out);
    for (size_t i = 0; i < inferences->count; i++) {
        const struct caa_inference *inference = &inferences->all[i];
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        if (i >= INFERENCES_SHOWN && !inference->significant) break;
        caa_prose_inference(page->tally, part, inference, &writer);
        fputs("<li>", page->out);
        badge(page, inference, caa_inference_is_assumed(inferences, inference));
        fputs("<span>", page->out);
        caa_plot_text(page->out, text);
        fputs("</span></li>\n", page->out);
    }
    fputs("</ul>\n", page->out);
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_tests(page->tally, inferences, &writer);
    paragraphs(page, text, "faint");
    fputs("</section>\n", page->out);
}

static const struct caa_inference *overall_change(const struct caa_inferences *inferences) {
    for (size_t i = 0; i < inferences->count; i++) {
        const struct caa_inference *inference = &inferences->all[i];
        if (inference->kind == CAA_INFERENCE_CHANGE && inference->a == NULL)
            return inference->significant ? inference : NULL;
    }
    return NULL;
}

static void plots(const struct page *page, const struct caa_tally_part *part,
                  const struct caa_inferences *inferences) {
    if (part->first_us == CAA_TALLY_NO_TIME) return;
    fputs("<section><h2>Along time</h2>\n", page->out);
    caa_plot_course(page->out, part, overall_change(inferences));
    fputs("</section>\n<section><h2>By the hour of the day (UTC)</h2>\n", page->out);
    caa_plot_hours(page->out, part);
    fputs("</section>\n", page->out);
}

static enum caa_err part_page(const struct page *page, const struct caa_tally_part *part) {
    char text[CAA_TALLY_PROSE_MAX];
    struct caa_inferences *inferences = calloc(1, sizeof *inferences);
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    if (inferences == NULL) return CAA_ERR_NOMEM;
    caa_inferences_make(inferences, page->tally, part);
    caa_prose_summary(page->tally, part, &writer);
    paragraphs(page, text, "lead");
    if (part->failures > 0) {
        cards(page, part);
        findings(page, part, inferences);
        faults(page, part);
        plots(page, part, inferences);
        for (int by = 0; by < CAA_TALLY_BYS; by++) table(page, part, (enum caa_tally_by)by);
        writer = caa_writer_into(text, sizeof text);
        caa_prose_retry(page->tally, part, &writer);
        fputs("<section><h2>Trying again</h2>\n", page->out);
        paragraphs(page, text, "");
        fputs("</section>\n", page->out);
    }
    free(inferences);
    return CAA_OK;
}

enum caa_err caa_tally_page(FILE *out, const struct caa_tally *tally, const char *title) {
    const struct page page = {out, tally};
    char text[CAA_TALLY_PROSE_MAX];
    enum caa_err err = CAA_OK;
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_writer_printable(&writer,
                         caa_slice_of(title == NULL ? "Failures of CAA checks" : title));
    fprintf(out, "%s<title>", caa_page_head);
    caa_plot_text(out, text);
    fprintf(out, "</title>\n<style>%s</style></head><body><main>\n<h1>", caa_page_style);
    caa_plot_text(out, text);
    fputs("</h1>\n", out);
    if (tally->checks.checks > 0 || tally->lookups.checks == 0)
        err = part_page(&page, &tally->checks);
    if (err == CAA_OK && tally->lookups.checks > 0) {
        if (tally->checks.checks > 0) fputs("<h1>What a resolver logged</h1>\n", out);
        err = part_page(&page, &tally->lookups);
    }
    writer = caa_writer_into(text, sizeof text);
    caa_prose_input(tally, &writer);
    fputs("<footer>\n", out);
    paragraphs(&page, text, "");
    fputs("<p>Intervals are Wilson&#8217;s; made by <b>caa "
          "report</b>.</p></footer></main></body></html>\n",
          out);
    return err;
}
