#include "tally/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tally/inference.h"
#include "tally/prose.h"
#include "tally/rows.h"

enum { LABEL_WIDTH = 30, ROWS = 10, INFERENCES_SHOWN = 12, BAR_WIDTH = 24 };

struct page {
    FILE *out;
    const struct caa_tally *tally;
    const struct caa_text_style *style;
};

static void heading(const struct page *page, const char *text) {
    fprintf(page->out, "\n%s%s%s\n", caa_text_code(page->style, CAA_TEXT_BOLD), text,
            caa_text_code(page->style, CAA_TEXT_PLAIN));
}

/* --- tables */

/* Cut where it is too long; marks of UTF-8 that go on a character take no room. */
static void label(const struct page *page, int indent, const char *text) {
    int shown = 0;
    fprintf(page->out, "%*s", indent, "");
    for (const char *c = text; *c != '\0'; c++) {
        bool begins = ((unsigned char)*c & 0xc0) != 0x80;
        if (begins && shown == LABEL_WIDTH - 1 && strlen(c) > 1) break;
        shown += begins;
        fputc(*c, page->out);
    }
    bool cut = shown == LABEL_WIDTH - 1 && strlen(text) > LABEL_WIDTH;
    if (cut) fputs(page->style->unicode ? "…" : "~", page->out);
    fprintf(page->out, "%*s", LABEL_WIDTH + 1 - shown - cut, "");
}

static void number(const struct page *page, uint64_t count, int width) {
    char text[32];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_count(count, &writer);
    fprintf(page->out, "%*s", width, text);
}

static void percent(const struct page *page, double rate) {
    char text[32];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_percent(rate, &writer);
    fprintf(page->out, "%11s", text);
}

static void rate(const struct page *page, const struct caa_interval *interval) {
    percent(page, interval->rate);
    percent(page, interval->low);
    fputs("  to", page->out);
    percent(page, interval->high);
    fputc('\n', page->out);
}

static void head(const struct page *page, const char *by, const char *of) {
    char title[128], interval[32];
    (void)snprintf(title, sizeof title, "By %s", by);
    (void)snprintf(interval, sizeof interval, "%.4g %% interval",
                   page->tally->setting.confidence * 100);
    heading(page, title);
    fprintf(page->out, "  %-*s %10s %14s %10s %25s\n", LABEL_WIDTH, "", "failures", of, "rate",
            interval);
}

static void table(const struct page *page, const struct caa_tally_part *part,
                  enum caa_tally_by by) {
    struct caa_row rows[CAA_ROWS_MOST];
    size_t count = caa_rows_of(page->tally, part, by, ROWS, rows);
    char others[64], of[64];
    if (count == 0) return;
    (void)snprintf(of, sizeof of, "of %s",
                   by == CAA_TALLY_BY_SERVER ? "exchanges" : caa_prose_of(page->tally, part));
    head(page, caa_prose_by(by), of);
    for (size_t i = 0; i < count; i++) {
        (void)snprintf(others, sizeof others, "(%zu others)", rows[i].groups);
        if (rows[i].label == NULL && rows[i].groups == 0)
            (void)snprintf(others, sizeof others, "(others)");
        label(page, 2, rows[i].label == NULL ? others : rows[i].label);
        number(page, rows[i].failures, 10);
        if (rows[i].total == 0) {
            fprintf(page->out, " %14s\n", "not known");
            continue;
        }
        number(page, rows[i].total, 15);
        rate(page, &rows[i].rate);
    }
}

/* --- whose fault */

static void share(const struct page *page, int indent, const char *text, uint64_t failures,
                  uint64_t all) {
    struct caa_interval interval =
        caa_interval_wilson(failures, all, page->tally->setting.confidence);
    label(page, indent, text);
    number(page, failures, 10 - (indent - 2));
    fprintf(page->out, "%15s", "");
    rate(page, &interval);
}

static void faults(const struct page *page, const struct caa_tally_part *part) {
    uint64_t users = part->faults[CAA_TALLY_SUBSCRIBER] + part->faults[CAA_TALLY_POLICY];
    uint64_t unknown = part->faults[CAA_TALLY_UNKNOWN];
    char interval[32];
    (void)snprintf(interval, sizeof interval, "%.4g %% interval",
                   page->tally->setting.confidence * 100);
    heading(page, "Whose fault: shares of the failures");
    fprintf(page->out, "  %-*s %10s %14s %10s %25s\n", LABEL_WIDTH, "", "failures", "", "share",
            interval);
    share(page, 2, "not in the subscriber's hands", part->failures - users - unknown,
          part->failures);
    for (int i = 0; i < CAA_TALLY_UNKNOWN; i++) {
        if (i == CAA_TALLY_SUBSCRIBER)
            share(page, 2, "in the subscriber's hands", users, part->failures);
        share(page, 4, caa_tally_fault_code((enum caa_tally_fault)i), part->faults[i],
              part->failures);
    }
    if (unknown > 0) share(page, 2, "not known", unknown, part->failures);
}

/* --- by the hour */

static void hours(const struct page *page, const struct caa_tally_part *part) {
    uint64_t most = 1;
    bool complete = caa_tally_is_complete(part);
    if (part->first_us == CAA_TALLY_NO_TIME) return;
    for (int i = 0; i < CAA_HOURS; i++)
        if (part->hour_failures[i] > most) most = part->hour_failures[i];
    heading(page, "By hour of the day (UTC)");
    for (int i = 0; i < CAA_HOURS; i++) {
        struct caa_interval interval = caa_interval_wilson(
            part->hour_failures[i], part->hour_checks[i], page->tally->setting.confidence);
        uint64_t length = (part->hour_failures[i] * BAR_WIDTH + most - 1) / most;
        fprintf(page->out, "  %02d ", i);
        for (uint64_t k = 0; k < BAR_WIDTH; k++)
            fputs(k >= length ? " " : page->style->unicode ? "█" : "#", page->out);
        fputs("    ", page->out);
        number(page, part->hour_failures[i], 10);
        if (complete && part->hour_checks[i] > 0) {
            number(page, part->hour_checks[i], 15);
            rate(page, &interval);
        } else {
            fputc('\n', page->out);
        }
    }
}

/* --- words */

static void lines(const struct page *page, const char *text) {
    for (const char *end; *text != '\0'; text = end + 1) {
        end = strchrnul(text, '\n');
        fprintf(page->out, "  %.*s\n", (int)(end - text), text);
        if (*end == '\0') break;
    }
}

static void findings(const struct page *page, const struct caa_tally_part *part,
                     const struct caa_inferences *inferences) {
    char text[CAA_TALLY_PROSE_MAX];
    size_t shown = inferences->count;
    if (inferences->count == 0) return;
    heading(page, "What differs, and what does not");
    if (shown > INFERENCES_SHOWN)
        shown = inferences->significant > INFERENCES_SHOWN ? inferences->significant
                                                           : INFERENCES_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        const struct caa_inference *inference = &inferences->all[i];
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        caa_prose_inference(page->tally, part, inference, &writer);
        bool assumed = caa_inference_is_assumed(inferences, inference);
        fprintf(page->out, "  %-9s %s\n",
                inference->significant ? assumed ? "if even:" : "sure:"
                : inference->testable  ? "not sure:"
                                       : "too few:",
                text);
    }
    if (shown < inferences->count)
        fprintf(page->out, "  and %zu more that are not sure (--json has all)\n",
                inferences->count - shown);
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_tests(page->tally, inferences, &writer);
    lines(page, text);
}

static void how_often(const struct page *page) {
    const struct caa_tally_setting *setting = &page->tally->setting;
    const struct caa_tally_part *part = &page->tally->checks;
    const struct {
        const char *of;
        uint64_t total;
    } given[] = {{"of the orders", setting->orders},
                 {"of the certificates", setting->certificates}};
    if (setting->orders + setting->certificates == 0) return;
    char interval[32];
    (void)snprintf(interval, sizeof interval, "%.4g %% interval", setting->confidence * 100);
    heading(page, "How often");
    fprintf(page->out, "  %-*s %10s %14s %10s %25s\n", LABEL_WIDTH, "", "failures", "of",
            "rate", interval);
    for (size_t i = 0; i < 2; i++) {
        if (given[i].total == 0) continue;
        struct caa_interval found =
            caa_interval_wilson(part->failures, given[i].total, setting->confidence);
        label(page, 2, given[i].of);
        number(page, part->failures, 10);
        number(page, given[i].total, 15);
        rate(page, &found);
    }
}

static enum caa_err part_text(const struct page *page, const struct caa_tally_part *part) {
    char text[CAA_TALLY_PROSE_MAX];
    struct caa_inferences *inferences = calloc(1, sizeof *inferences);
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    if (inferences == NULL) return CAA_ERR_NOMEM;
    caa_inferences_make(inferences, page->tally, part);
    caa_prose_summary(page->tally, part, &writer);
    fprintf(page->out, "%s%s%s\n", caa_text_code(page->style, CAA_TEXT_BOLD), text,
            caa_text_code(page->style, CAA_TEXT_PLAIN));
    if (part == &page->tally->checks) how_often(page);
    if (part->failures > 0) {
        faults(page, part);
        for (int by = 0; by < CAA_TALLY_BYS; by++) table(page, part, (enum caa_tally_by)by);
        hours(page, part);
        findings(page, part, inferences);
        writer = caa_writer_into(text, sizeof text);
        caa_prose_retry(page->tally, part, &writer);
        heading(page, "Trying again");
        lines(page, text);
    }
    free(inferences);
    return CAA_OK;
}

enum caa_err caa_tally_text(FILE *out, const struct caa_tally *tally,
                            const struct caa_text_style *style) {
    const struct page page = {out, tally, style};
    char text[CAA_TALLY_PROSE_MAX];
    enum caa_err err = CAA_OK;
    if (tally->checks.checks > 0 || tally->lookups.checks == 0)
        err = part_text(&page, &tally->checks);
    if (err == CAA_OK && tally->lookups.checks > 0) {
        if (tally->checks.checks > 0) fputs("\nBesides, what a resolver logged:\n", out);
        err = part_text(&page, &tally->lookups);
    }
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_prose_input(tally, &writer);
    heading(&page, "What was read");
    lines(&page, text);
    return err;
}
