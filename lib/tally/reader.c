#include "tally/reader.h"

#include <stdlib.h>
#include <string.h>

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
    bool skipping;             /* the rest of a line that is too long */
    size_t len;
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

struct caa_tally_reader *caa_tally_reader_new(struct caa_tally *tally,
                                              const struct caa_clock *clock) {
    struct caa_tally_reader *reader = calloc(1, sizeof *reader);
    if (reader == NULL) return NULL;
    reader->lines.tally = tally;
    reader->clock = clock;
    reader->last_us = CAA_TALLY_NO_TIME;
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

static void end_line(struct caa_tally_reader *reader) {
    if (reader->skipping) {
        reader->lines.tally->input.lines++;
        note_unread(reader->lines.tally);
    } else {
        read_line(reader, (struct caa_slice){reader->line, reader->len});
    }
    reader->skipping = false;
    reader->len = 0;
}

static void add_to_line(struct caa_tally_reader *reader, struct caa_slice part) {
    reader->skipping |= reader->len + part.len > sizeof reader->line;
    if (reader->skipping) return;
    memcpy(reader->line + reader->len, part.ptr, part.len);
    reader->len += part.len;
}

void caa_tally_reader_feed(struct caa_tally_reader *reader, struct caa_slice octets) {
    while (octets.len > 0) {
        const char *newline = memchr(octets.ptr, '\n', octets.len);
        size_t len = newline == NULL ? octets.len : (size_t)(newline - octets.ptr);
        add_to_line(reader, (struct caa_slice){octets.ptr, len});
        if (newline == NULL) return;
        end_line(reader);
        octets = (struct caa_slice){octets.ptr + len + 1, octets.len - len - 1};
    }
}

void caa_tally_reader_end(struct caa_tally_reader *reader) {
    if (reader->len > 0 || reader->skipping) end_line(reader);
    caa_explainer_end(reader->texts);
    caa_line_end_audit(&reader->lines);
    reader->lines.audit.state = CAA_AUDIT_HOLDING;
    reader->last_us = CAA_TALLY_NO_TIME;
}
