#include "report/lint_text.h"

#include <stdint.h>

#include "base/utf8.h"
#include "base/writer.h"
#include "report/lint_prose.h"

enum {
    COLUMNS = 100,     /* of a record that are shown at a time */
    COLUMNS_LEFT = 60, /* of them before a caret */
    ISSUERS_SHOWN = 10,
};

/* The record as it is shown, gone through octet by octet: once to find the caret's column, once
   to print the columns around it. */
struct strip {
    FILE *out;                             /* NULL: only measure */
    size_t from, to;                       /* columns to print */
    size_t column;                         /* where we are; in the end, the width */
    const struct caa_lint_finding *wanted; /* or NULL */
    size_t caret;                          /* its column, SIZE_MAX before it was met */
};

/* One column, `character` is its UTF-8. */
static void put(struct strip *strip, struct caa_slice character) {
    if (strip->out != NULL && strip->column >= strip->from && strip->column < strip->to)
        fwrite(character.ptr, 1, character.len, strip->out);
    strip->column++;
}

static void put_text(struct strip *strip, const char *ascii) {
    for (; *ascii != '\0'; ascii++) put(strip, caa_slice_bytes(ascii, 1));
}

/* Notes that octet `position` of `part` comes next. */
static void at(struct strip *strip, enum caa_lint_part part, size_t position) {
    if (strip->wanted != NULL && strip->wanted->part == part &&
        position <= strip->wanted->position)
        strip->caret = strip->column;
}

static void put_octets(struct strip *strip, enum caa_lint_part part, struct caa_slice octets,
                       bool in_label) {
    for (size_t i = 0; i < octets.len; i++) {
        char text[8];
        struct caa_writer writer = caa_writer_into(text, sizeof text);
        caa_writer_escaped(&writer, caa_slice_bytes(octets.ptr + i, 1), in_label);
        at(strip, part, i);
        put_text(strip, text);
    }
    at(strip, part, octets.len);
}

static void put_record(struct strip *strip, const struct caa_record *record) {
    char flags[8];
    struct caa_writer writer = caa_writer_into(flags, sizeof flags);
    caa_writer_number(&writer, record->flags);
    at(strip, CAA_LINT_FLAGS, 0);
    put_text(strip, flags);
    put_text(strip, " ");
    put_octets(strip, CAA_LINT_TAG, record->tag, true);
    put_text(strip, " \"");
    put_octets(strip, CAA_LINT_VALUE, record->value, false);
    put_text(strip, "\"");
}

/* RFC 3597 section 5, for what has no other presentation. */
static void put_generic(struct strip *strip, struct caa_slice rdata) {
    char text[32];
    snprintf(text, sizeof text, "\\# %zu ", rdata.len);
    put_text(strip, text);
    for (size_t i = 0; i < rdata.len; i++) {
        snprintf(text, sizeof text, "%02x", (unsigned char)rdata.ptr[i]);
        at(strip, CAA_LINT_RDATA, i);
        put_text(strip, text);
    }
    at(strip, CAA_LINT_RDATA, rdata.len);
}

static void put_typed(struct strip *strip, struct caa_slice text) {
    for (size_t i = 0; i < text.len;) {
        struct caa_slice rest = caa_slice_bytes(text.ptr + i, text.len - i);
        size_t octets = caa_utf8_printable(rest);
        at(strip, CAA_LINT_TEXT, i);
        put(strip, octets == 0 ? caa_slice_of(text.ptr[i] == '\t' ? " " : "?")
                               : caa_slice_bytes(rest.ptr, octets));
        i += octets == 0 ? 1 : octets;
    }
    at(strip, CAA_LINT_TEXT, text.len);
}

static void put_lint(struct strip *strip, const struct caa_lint *lint) {
    strip->column = 0;
    if (lint->readable)
        put_record(strip, &lint->record);
    else if (lint->rdata.ptr != NULL)
        put_generic(strip, lint->rdata);
    else
        put_typed(strip, lint->text);
}

/* The record in one line, cut to the columns around `finding` (or NULL), and the caret under
   it. */
static void write_source(FILE *out, const struct caa_lint *lint,
                         const struct caa_lint_finding *finding,
                         const struct caa_text_style *style) {
    struct strip strip = {.wanted = finding, .caret = SIZE_MAX};
    const char *dots = style->unicode ? "…" : "~";
    put_lint(&strip, lint);
    size_t caret = strip.caret, width = strip.column;
    if (caret != SIZE_MAX && caret > COLUMNS_LEFT && width > COLUMNS)
        strip.from = caret - COLUMNS_LEFT;
    strip.to = strip.from + COLUMNS;
    strip.out = out;
    fprintf(out, "  %s%s", caa_text_code(style, CAA_TEXT_BOLD), strip.from > 0 ? dots : "");
    put_lint(&strip, lint);
    fprintf(out, "%s%s\n", strip.to < width ? dots : "", caa_text_code(style, CAA_TEXT_PLAIN));
    if (caret == SIZE_MAX) return;
    fprintf(out, "%*s%s^%s\n", (int)(caret - strip.from + (strip.from > 0) + 2), "",
            caa_text_code(style, CAA_TEXT_BOLD CAA_TEXT_GREEN),
            caa_text_code(style, CAA_TEXT_PLAIN));
}

static const char *severity_colour(enum caa_lint_severity severity) {
    switch (severity) {
    case CAA_LINT_ERROR: return CAA_TEXT_BOLD CAA_TEXT_RED;
    case CAA_LINT_WARNING: return CAA_TEXT_BOLD CAA_TEXT_YELLOW;
    case CAA_LINT_NOTE: break;
    }
    return CAA_TEXT_BOLD;
}

static void write_finding(FILE *out, const struct caa_lint_finding *finding,
                          const struct caa_text_style *style) {
    fprintf(out, "  %s%s:%s %s", caa_text_code(style, severity_colour(finding->severity)),
            caa_lint_severity_code(finding->severity), caa_text_code(style, CAA_TEXT_PLAIN),
            finding->text);
    if (finding->reason != NULL)
        fprintf(out, ": %s (%s, octet %zu)", finding->reason, caa_lint_part_code(finding->part),
                finding->position + 1);
    fputc('\n', out);
}

static void write_origin(FILE *out, const struct caa_lint_origin *origin,
                         const struct caa_text_style *style) {
    char owner[CAA_NAME_TEXT_MAX] = "";
    if (origin->owner != NULL) caa_name_to_text(origin->owner, owner);
    if (origin->file == NULL && origin->owner == NULL) return;
    fputs(caa_text_code(style, CAA_TEXT_FAINT), out);
    if (origin->file != NULL) fprintf(out, "%s:%lu:", origin->file, origin->line);
    fprintf(out, "%s%s%s\n", caa_text_code(style, CAA_TEXT_PLAIN), owner[0] != '\0' ? " " : "",
            owner);
}

/* Every line of `prose` with an indentation. */
static void write_prose(FILE *out, const struct caa_writer *prose, const char *dots) {
    const char *at = prose->text;
    for (; *at != '\0'; at++) {
        if (at == prose->text || at[-1] == '\n') fputs("  ", out);
        fputc(*at, out);
    }
    if (prose->overflow) fprintf(out, "%s\n", dots);
}

void caa_lint_text_record(FILE *out, const struct caa_lint *lint,
                          const struct caa_lint_origin *origin,
                          const struct caa_text_style *style) {
    char text[CAA_LINT_PROSE_MAX];
    struct caa_writer prose = caa_writer_into(text, sizeof text);
    caa_lint_prose_record(lint, &prose);
    write_origin(out, origin, style);
    if (lint->finding_count == 0) write_source(out, lint, NULL, style);
    for (size_t i = 0; i < lint->finding_count; i++) {
        write_source(out, lint, &lint->findings[i], style);
        write_finding(out, &lint->findings[i], style);
    }
    write_prose(out, &prose, style->unicode ? "…" : "...");
}

static void write_listed(FILE *out, const struct caa_lint_set *set, enum caa_lint_use use) {
    size_t listed = 0;
    struct caa_lint lint;
    for (size_t i = 0; i < set->count; i++) {
        char text[CAA_LINT_PROSE_MAX];
        struct caa_writer prose = caa_writer_into(text, sizeof text);
        if (!caa_lint_set_permits(set, use, i, &lint) || listed++ >= ISSUERS_SHOWN) continue;
        caa_lint_prose_permission(&lint, &prose);
        fprintf(out, "%s%s", listed > 1 ? "; " : "", text);
    }
    if (listed > ISSUERS_SHOWN) fprintf(out, "; and %zu more", listed - ISSUERS_SHOWN);
}

static void write_use(FILE *out, const struct caa_lint_set *set, enum caa_lint_use use) {
    static const char *const uses[] = {"TLS certificates", "wildcards", "S/MIME certificates"};
    fprintf(out, "  %-20s ", uses[use]);
    switch (caa_lint_set_who(set, use)) {
    case CAA_LINT_ANYBODY: fputs("any CA", out); break;
    case CAA_LINT_LISTED: write_listed(out, set, use); break;
    case CAA_LINT_NOBODY: fputs("nobody", out); break;
    case CAA_LINT_UNDECIDED: fputs("nobody, since every check fails", out); break;
    }
    fputc('\n', out);
}

void caa_lint_text_set(FILE *out, const struct caa_lint_set *set,
                       const struct caa_text_style *style) {
    char text[CAA_LINT_PROSE_MAX], owner[CAA_NAME_TEXT_MAX];
    struct caa_writer prose = caa_writer_into(text, sizeof text);
    caa_lint_prose_set(set, &prose);
    caa_name_to_text(&set->owner, owner);
    fprintf(out, "%s%s as a whole%s (%zu record%s), who may issue:\n",
            caa_text_code(style, CAA_TEXT_BOLD), owner, caa_text_code(style, CAA_TEXT_PLAIN),
            set->count, set->count == 1 ? "" : "s");
    for (int use = 0; use < CAA_LINT_USES; use++) write_use(out, set, (enum caa_lint_use)use);
    write_prose(out, &prose, "");
}
