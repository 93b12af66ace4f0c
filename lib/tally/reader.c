#include "tally/reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "tally/line.h"
#include "tally/time_text.h"

/* An error is told some lines after its own: a document may have 2000. */
enum { TIMES_KEPT = 4096 };

struct caa_tally_reader {
    struct caa_line_reader lines;
    struct caa_explainer *texts; /* of the lines that are of no other kind */
    const struct caa_clock *clock;
    int64_t last_us;           /* the last time in this file */
    int64_t times[TIMES_KEPT]; /* of the explainer's lines, by number */
    struct caa_lines split;    /* put together in `line` */
    char line[CAA_TALLY_LINE_MAX];
};

static void note_unread(struct caa_tally *tally) {
    if (tally->input.unread++ == 0) tally->input.first_unread = tally->input.lines;
}

static void take_text(void *context, const struct caa_explanation *explanation) {
    struct caa_tally_reader *reader = context;
    struct caa_tally *tally = reader->lines.tally;
    if (explanation->problem == CAA_PROBLEM_TOO_LARGE) {
        note_unread(tally);
    } else if (!caa_error_is_about_caa(explanation)) {
        tally->input.not_caa++;
    } else {
        struct caa_tally_event event = caa_tally_event_of(explanation);
        event.source = CAA_TALLY_ERRORS;
        event.at_us = reader->times[explanation->line % TIMES_KEPT];
        caa_tally_take(tally, &event);
    }
}

static void read_text(struct caa_tally_reader *reader, struct caa_slice line) {
    unsigned long number = caa_explainer_line_count(reader->texts) + 1;
    reader->times[number % TIMES_KEPT] = reader->last_us;
    caa_explainer_feed(reader->texts, line);
    caa_explainer_feed(reader->texts, caa_slice_of("\n"));
}

static bool has(struct caa_slice line, const char *words) {
    return memmem(line.ptr, line.len, words, strlen(words)) != NULL;
}

static enum caa_line read_kinds(struct caa_tally_reader *reader, struct caa_slice line) {
    struct caa_line_reader *lines = &reader->lines;
    if (line.len > 0 && line.ptr[0] == '{') return caa_line_read_order(lines, line);
    if (has(line, "CAA check result") || has(line, "Checked CAA records"))
        return caa_line_read_audit(lines, line, reader->last_us);
    if (has(line, "SERVFAIL <") || has(line, "validation failure <"))
        return caa_line_read_resolver(lines, line, reader->last_us);
    return CAA_LINE_NOT_MINE;
}

/* A broken line may still hold words of an error: the explainer looks, and it is told. */
static void read_line(struct caa_tally_reader *reader, struct caa_slice line) {
    int64_t now_us = caa_clock_wall_us(reader->clock), at_us;
    struct caa_slice whole = line;
    reader->lines.tally->input.lines++;
    line = caa_slice_trim(line);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    if (line.len > 0 && line.ptr[0] != '{' && caa_time_find(line, now_us, &at_us))
        reader->last_us = at_us;
    enum caa_line came_to = read_kinds(reader, line);
    if (came_to == CAA_LINE_TAKEN) return;
    if (came_to == CAA_LINE_BROKEN) note_unread(reader->lines.tally);
    if (line.len > 0 && line.ptr[0] == '{' && caa_time_find(line, now_us, &at_us))
        reader->last_us = at_us;
    read_text(reader, whole);
}

static void take_line(void *context, struct caa_slice line, bool is_too_long) {
    struct caa_tally_reader *reader = context;
    if (!is_too_long) {
        read_line(reader, line);
        return;
    }
    reader->lines.tally->input.lines++;
    note_unread(reader->lines.tally);
}

struct caa_tally_reader *caa_tally_reader_new(struct caa_tally *tally,
                                              const struct caa_clock *clock) {
    struct caa_tally_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->lines.tally = tally;
    reader->clock = clock;
    reader->last_us = CAA_TALLY_NO_TIME;
    reader->split = (struct caa_lines){.octets = reader->line,
                                       .octets_most = sizeof reader->line,
                                       .take = take_line,
                                       .context = reader};
    reader->texts = caa_explainer_new(take_text, reader);
    if (reader->texts != NULL && caa_error_text_begin(&reader->lines.errors)) return reader;
    caa_tally_reader_free(reader);
    return NULL;
}

void caa_tally_reader_free(struct caa_tally_reader *reader) {
    if (reader == NULL) return;
    caa_explainer_free(reader->texts);
    caa_error_text_clear(&reader->lines.errors);
    free(reader);
}

void caa_tally_reader_feed(struct caa_tally_reader *reader, struct caa_slice octets) {
    caa_lines_feed(&reader->split, octets);
}

void caa_tally_reader_end(struct caa_tally_reader *reader) {
    caa_lines_end(&reader->split);
    caa_explainer_end(reader->texts);
    caa_line_end_audit(&reader->lines);
    reader->lines.audit.state = CAA_AUDIT_HOLDING;
    reader->last_us = CAA_TALLY_NO_TIME;
}
