#include "problem/explainer.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/lines.h"
#include "problem/message_json.h"

enum {
    AROUND_LINES = 8,      /* for how many lines "Domain: a.example" holds */
    JOINED_LINES_MOST = 4, /* that a wrapped sentence goes over */
    BLOCK_LINES_MOST = 2000,
    SEEN_MOST = 64,
};

struct caa_explainer {
    caa_explanation_take *take;
    void *context;
    unsigned long line_count;
    unsigned long taken_count;
    struct caa_explanation around; /* what the lines before have told */
    unsigned around_left;          /* lines for which that holds */
    bool hint;                     /* `hinted` waits for a better explanation */
    struct caa_explanation hinted;
    size_t joined;      /* lines in `text` that wait for the next: a wrapped sentence */
    size_t block;       /* lines in `text` that wait for a document's end */
    size_t block_start; /* where in `text` the document begins */
    struct caa_message_scan scan; /* of that document */
    size_t seen_count;            /* in this line or document */
    uint64_t seen[SEEN_MOST];
    struct caa_lines lines; /* put together in `line` */
    size_t len;
    char text[CAA_EXPLAINER_LINE_MAX];
    char line[CAA_EXPLAINER_LINE_MAX];
};

static uint64_t fingerprint(const struct caa_explanation *explanation) {
    const char *const texts[] = {explanation->owner, explanation->type, explanation->name};
    uint64_t hash = 14695981039346656037U ^ (uint64_t)explanation->problem; /* FNV-1a */
    for (size_t i = 0; i < 3; i++)
        for (const char *c = texts[i];; c++) {
            hash = (hash ^ (unsigned char)*c) * 1099511628211U;
            if (*c == '\0') break;
        }
    return hash;
}

static bool is_seen(struct caa_explainer *explainer,
                    const struct caa_explanation *explanation) {
    uint64_t mark = fingerprint(explanation);
    for (size_t i = 0; i < explainer->seen_count; i++)
        if (explainer->seen[i] == mark) return true;
    if (explainer->seen_count < SEEN_MOST) explainer->seen[explainer->seen_count++] = mark;
    return false;
}

static void hand_out(void *context, const struct caa_explanation *explanation) {
    struct caa_explainer *explainer = context;
    if (is_seen(explainer, explanation)) return;
    struct caa_explanation numbered = *explanation;
    numbered.line = explainer->line_count;
    explainer->taken_count++;
    explainer->take(explainer->context, &numbered);
}

static void hand_out_hint(struct caa_explainer *explainer) {
    if (!explainer->hint) return;
    explainer->hint = false;
    explainer->taken_count++;
    explainer->take(explainer->context, &explainer->hinted);
}

static void report_too_large(struct caa_explainer *explainer) {
    struct caa_explanation explanation = caa_explain_nothing();
    explanation.problem = CAA_PROBLEM_TOO_LARGE;
    caa_explain_judge(&explanation);
    hand_out(explainer, &explanation);
}

/* What a line or document tells beside its errors. */
static void keep_rest(struct caa_explainer *explainer, const struct caa_message_rest *rest) {
    if (rest->taken > 0) explainer->hint = false;
    if (rest->taken > 0 || !rest->hint) return;
    /* A type, and then a summary of the same type: one error. */
    if (strcmp(explainer->hinted.acme_type, rest->hinted.acme_type) != 0)
        hand_out_hint(explainer);
    explainer->hint = false;
    if (!rest->more) {
        hand_out(explainer, &rest->hinted);
        return;
    }
    explainer->hint = true;
    explainer->hinted = rest->hinted;
    explainer->hinted.line = explainer->line_count;
    caa_explain_copy(explainer->around.acme_type, sizeof explainer->around.acme_type,
                     caa_slice_of(rest->hinted.acme_type));
    explainer->around_left = AROUND_LINES;
}

/* A document that only names somebody: a piece of a larger one. */
static void keep_name(struct caa_explainer *explainer, const struct caa_message_rest *rest) {
    if (rest->taken > 0 || rest->context.name[0] == '\0') return;
    explainer->around = rest->context;
    explainer->around_left = AROUND_LINES;
}

/* --- lines that tell what the next ones are about */

static bool take_key(struct caa_slice line, const char *key, struct caa_slice *value) {
    size_t len = strlen(key);
    if (line.len < len || memcmp(line.ptr, key, len) != 0) return false;
    *value = caa_slice_trim((struct caa_slice){line.ptr + len, line.len - len});
    return true;
}

static bool ends_with(struct caa_slice text, const char *end) {
    size_t len = strlen(end);
    return text.len >= len && memcmp(text.ptr + text.len - len, end, len) == 0;
}

/* cert-manager, wrapped: "… authorization error for a.example:", and what it is below. */
static bool take_authorization(struct caa_slice line, struct caa_slice *name) {
    static const char words[] = "authorization error for ";
    const char *found = memmem(line.ptr, line.len, words, sizeof words - 1);
    if (found == NULL || !ends_with(line, ":")) return false;
    const char *start = found + sizeof words - 1;
    *name = (struct caa_slice){start, (size_t)(line.ptr + line.len - 1 - start)};
    return memchr(name->ptr, ' ', name->len) == NULL;
}

/* certbot: "Domain: a.example", "Type:   dns", then "Detail: …". */
static bool read_key_line(struct caa_explainer *explainer, struct caa_slice line) {
    struct caa_explanation *around = &explainer->around;
    struct caa_slice value;
    if (take_key(line, "Domain:", &value) || take_key(line, "Identifier:", &value) ||
        take_authorization(line, &value)) {
        hand_out_hint(explainer);
        *around = caa_explain_nothing();
        caa_explain_copy(around->name, sizeof around->name, value);
    } else if (take_key(line, "Type:", &value) && memchr(value.ptr, ':', value.len) == NULL) {
        caa_explain_copy(around->acme_type, sizeof around->acme_type, value);
    } else {
        return false;
    }
    explainer->around_left = AROUND_LINES;
    return true;
}

/* --- plain text */

static void join(struct caa_explainer *explainer, struct caa_slice line) {
    if (explainer->len + line.len + 1 >= sizeof explainer->text) return;
    if (explainer->len > 0) explainer->text[explainer->len++] = ' ';
    memcpy(explainer->text + explainer->len, line.ptr, line.len);
    explainer->len += line.len;
}

static void read_plain(struct caa_explainer *explainer, struct caa_slice text) {
    struct caa_message_rest rest;
    if (!caa_message_is_likely(text)) return;
    caa_message_read(text, &explainer->around, hand_out, explainer, &rest);
    keep_rest(explainer, &rest);
}

/* A wrapped sentence waits for its next line. */
static bool waits(struct caa_explainer *explainer, struct caa_slice text) {
    struct caa_message_rest rest;
    if (explainer->joined >= JOINED_LINES_MOST || !caa_message_is_likely(text)) return false;
    if (ends_with(text, "CAA record")) return true;
    caa_message_read(text, &explainer->around, hand_out, explainer, &rest);
    bool cut = rest.cut && rest.taken == 0;
    if (!cut) keep_rest(explainer, &rest);
    return cut;
}

static void end_joined(struct caa_explainer *explainer) {
    if (explainer->joined == 0) return;
    read_plain(explainer, (struct caa_slice){explainer->text, explainer->len});
    explainer->joined = explainer->len = 0;
}

/* A line that goes on with a sentence begins with a name or a word, never with a date or a
   level of a log. */
static bool continues(struct caa_slice line) {
    size_t len = 0;
    bool dot = false, lower = true;
    for (; len < line.len && !caa_ascii_is_wsp(line.ptr[len]); len++) {
        char c = line.ptr[len];
        if (!caa_ascii_is_alnum(c) && strchr(".-_*,;\"'", c) == NULL) return false;
        dot |= c == '.' && len > 0;
        lower &= c >= 'a' && c <= 'z';
    }
    return len > 0 && (dot || lower);
}

static void read_text_line(struct caa_explainer *explainer, struct caa_slice line) {
    if (explainer->joined > 0 && !continues(line)) end_joined(explainer);
    if (read_key_line(explainer, line)) return;
    struct caa_slice text = line;
    if (explainer->joined > 0) {
        join(explainer, line);
        text = (struct caa_slice){explainer->text, explainer->len};
    }
    if (!caa_message_is_likely(text)) {
        explainer->joined = explainer->len = 0;
    } else if (waits(explainer, text)) {
        if (explainer->joined == 0) join(explainer, line);
        explainer->joined++;
    } else {
        if (explainer->joined >= JOINED_LINES_MOST) read_plain(explainer, text);
        explainer->joined = explainer->len = 0;
    }
}

/* --- documents */

/* Reads one document, and what stands in front of it and behind it. */
static void read_document(struct caa_explainer *explainer, struct caa_slice text, size_t start,
                          const struct caa_message_scan *scan) {
    struct caa_slice document = {text.ptr + start, scan->len};
    struct caa_message_rest before, rest;
    unsigned long taken = explainer->taken_count;
    caa_message_read((struct caa_slice){text.ptr, start}, &explainer->around, hand_out,
                     explainer, &before);
    if (caa_message_read_json(document, &before.context, hand_out, explainer, &rest)) {
        rest.taken += before.taken;
        keep_rest(explainer, &rest);
        keep_name(explainer, &rest);
        read_plain(explainer, (struct caa_slice){document.ptr + document.len,
                                                 text.len - start - document.len});
        return;
    }
    read_plain(explainer, text);
    if (explainer->taken_count == taken && scan->deepest > CAA_MESSAGE_DEPTH_MAX &&
        caa_message_is_likely(text))
        report_too_large(explainer);
}

/* Where a document begins in a line; the line's length where none does. */
static size_t find_document(struct caa_slice line) {
    if (line.len >= 1 && line.ptr[0] == '[' && (line.len == 1 || line.ptr[1] == '{')) return 0;
    const char *brace = memchr(line.ptr, '{', line.len);
    return brace == NULL ? line.len : (size_t)(brace - line.ptr);
}

/* It goes on in the next line, as pretty-printed documents do. */
static bool is_open_ended(struct caa_slice line) {
    char last = line.len == 0 ? '\0' : line.ptr[line.len - 1];
    return last == '{' || last == '[' || last == ',';
}

/* No document after all: its lines, one by one. They are read where they stand. */
static void end_block(struct caa_explainer *explainer) {
    unsigned long last = explainer->line_count;
    size_t len = explainer->len, count = explainer->block;
    explainer->block = explainer->len = 0;
    for (size_t at = 0, number = 1; at < len; number++) {
        const char *end = memchr(explainer->text + at, '\n', len - at);
        size_t line_len = end == NULL ? len - at : (size_t)(end - explainer->text) - at;
        explainer->line_count = last - count + number;
        explainer->seen_count = 0;
        read_plain(explainer,
                   caa_slice_trim((struct caa_slice){explainer->text + at, line_len}));
        at += line_len + 1;
    }
    explainer->line_count = last;
}

static void add_to_block(struct caa_explainer *explainer, struct caa_slice line) {
    bool fits = explainer->len + line.len + 1 < sizeof explainer->text &&
                explainer->block < BLOCK_LINES_MOST;
    if (!fits) {
        explainer->line_count--;
        end_block(explainer);
        explainer->line_count++;
        read_text_line(explainer, line);
        return;
    }
    memcpy(explainer->text + explainer->len, line.ptr, line.len);
    explainer->len += line.len;
    explainer->text[explainer->len++] = '\n';
    explainer->block++;
    struct caa_slice text = {explainer->text, explainer->len};
    caa_message_scan(&explainer->scan, (struct caa_slice){text.ptr + explainer->block_start,
                                                          text.len - explainer->block_start});
    if (explainer->scan.len == 0) return;
    explainer->block = explainer->len = 0;
    read_document(explainer, text, explainer->block_start, &explainer->scan);
}

/* --- lines */

static void begin_line(struct caa_explainer *explainer) {
    explainer->line_count++;
    if (explainer->block > 0) return;
    explainer->seen_count = 0;
    if (explainer->around_left == 0 || --explainer->around_left > 0) return;
    explainer->around = caa_explain_nothing();
    hand_out_hint(explainer);
}

static void read_line(struct caa_explainer *explainer, struct caa_slice line) {
    struct caa_message_scan scan = {0};
    begin_line(explainer);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    line = caa_slice_trim(line);
    if (explainer->block > 0) {
        add_to_block(explainer, line);
        return;
    }
    size_t start = explainer->joined > 0 ? line.len : find_document(line);
    caa_message_scan(&scan, (struct caa_slice){line.ptr + start, line.len - start});
    if (scan.len > 0 && caa_message_is_likely(line)) {
        read_document(explainer, line, start, &scan);
    } else if (scan.len == 0 && start < line.len && is_open_ended(line)) {
        explainer->block_start = start;
        explainer->scan = (struct caa_message_scan){0};
        add_to_block(explainer, line);
    } else {
        read_text_line(explainer, line);
    }
}

static void take_line(void *context, struct caa_slice line, bool is_too_long) {
    struct caa_explainer *explainer = context;
    if (!is_too_long) {
        read_line(explainer, line);
        return;
    }
    explainer->line_count++;
    explainer->seen_count = 0;
    report_too_large(explainer);
}

struct caa_explainer *caa_explainer_new(caa_explanation_take *take, void *context) {
    struct caa_explainer *explainer = calloc(1, sizeof *explainer);
    if (explainer == NULL) return NULL;
    explainer->take = take;
    explainer->context = context;
    explainer->around = caa_explain_nothing();
    explainer->lines = (struct caa_lines){.octets = explainer->line,
                                          .octets_most = sizeof explainer->line,
                                          .take = take_line,
                                          .context = explainer};
    return explainer;
}

void caa_explainer_feed(struct caa_explainer *explainer, struct caa_slice octets) {
    caa_lines_feed(&explainer->lines, octets);
}

void caa_explainer_end(struct caa_explainer *explainer) {
    caa_lines_end(&explainer->lines);
    if (explainer->block > 0) end_block(explainer);
    end_joined(explainer);
    hand_out_hint(explainer);
    explainer->around = caa_explain_nothing();
    explainer->around_left = 0;
    explainer->seen_count = 0;
}

unsigned long caa_explainer_line_count(const struct caa_explainer *explainer) {
    return explainer->line_count;
}

unsigned long caa_explainer_taken_count(const struct caa_explainer *explainer) {
    return explainer->taken_count;
}

void caa_explainer_free(struct caa_explainer *explainer) {
    free(explainer);
}
