#include "resolve/answers_text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "record/record.h"
#include "resolve/answers.h"

enum {
    TTL_DEFAULT_S = 3600,
    TTL_MAX_S = 0x7fffffff, /* RFC 2181 section 8 */
    /* The shortest line is 10 octets and costs under 160 in memory. */
    ARENA_OCTETS_MAX = 16 * CAA_ANSWERS_FILE_MAX,
};

struct reader {
    struct caa_answers_text *text;
    const char *file;
    struct caa_diag *diag;
    struct caa_answers_line *line; /* being read */
};

__attribute__((format(printf, 2, 3))) static enum caa_err refuse(const struct reader *reader,
                                                                 const char *format, ...) {
    char reason[384];
    va_list args;
    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    caa_diag_set(reader->diag, "%s:%lu: %s", reader->file, reader->line->number, reason);
    return CAA_ERR_SYNTAX;
}

/* For "%.*s": a quoted word never takes the room of the reason. */
static int shown(struct caa_slice word) {
    return word.len < 80 ? (int)word.len : 80;
}

static struct caa_slice from(struct caa_slice s, size_t at) {
    return caa_slice_bytes(s.ptr + at, s.len - at);
}

static struct caa_slice take_line(struct caa_slice *rest) {
    const char *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->ptr);
    struct caa_slice line = caa_slice_bytes(rest->ptr, len);
    *rest = from(*rest, end == NULL ? len : len + 1);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') line.len--;
    return line;
}

static struct caa_slice without_comment(struct caa_slice line) {
    bool quoted = false;
    for (size_t i = 0; i < line.len; i++) {
        if (line.ptr[i] == '#' && !quoted) return caa_slice_bytes(line.ptr, i);
        if (line.ptr[i] == '"') quoted = !quoted;
        if (line.ptr[i] == '\\') i++;
    }
    return line;
}

/* Takes white space and the word behind it off the front of `rest`. */
static struct caa_slice take_word(struct caa_slice *rest) {
    while (rest->len > 0 && caa_ascii_is_wsp(rest->ptr[0])) *rest = from(*rest, 1);
    struct caa_slice word = {rest->ptr, 0};
    while (word.len < rest->len && !caa_ascii_is_wsp(rest->ptr[word.len]))
        word.len += rest->ptr[word.len] == '\\' && word.len + 1 < rest->len ? 2 : 1;
    *rest = from(*rest, word.len);
    return word;
}

/* A copy of `octets` in `*kept`. */
static enum caa_err keep(const struct reader *reader, struct caa_slice octets,
                         struct caa_slice *kept) {
    *kept = caa_slice_bytes(caa_arena_copy(reader->text->arena, octets.ptr, octets.len),
                            octets.len);
    return kept->ptr != NULL ? CAA_OK : CAA_ERR_NOMEM;
}

static void fold(struct caa_name *name) {
    for (size_t i = 0; i < name->len; i++)
        name->wire[i] = (uint8_t)caa_ascii_lower((char)name->wire[i]);
}

/* An owner that nobody can ask for would say nothing, and nothing is NODATA, permission: what
   is likely a slip is refused. */
static enum caa_err read_name(const struct reader *reader, const char *role,
                              struct caa_slice word, struct caa_slice *kept) {
    struct caa_name name;
    struct caa_diag why;
    for (size_t i = 0; i < word.len; i++)
        if (!caa_ascii_is_vchar(word.ptr[i]) && !caa_ascii_is_wsp(word.ptr[i]))
            return refuse(reader,
                          "%s \"%.*s\": octet %zu is not printable ASCII (an IDN is written "
                          "in A-labels, xn--)",
                          role, shown(word), word.ptr, i + 1);
    if (caa_slice_equal(word, caa_slice_of("@")))
        return refuse(reader, "%s \"@\": there is no origin, write the name out", role);
    if (caa_name_from_text(&name, word, &why) != CAA_OK)
        return refuse(reader, "%s \"%.*s\": %s", role, shown(word), word.ptr, why.text);
    fold(&name);
    return keep(reader, caa_slice_bytes(name.wire, name.len), kept);
}

static enum caa_err expect_end(const struct reader *reader, struct caa_slice rest) {
    struct caa_slice word = take_word(&rest);
    return word.len == 0 ? CAA_OK
                         : refuse(reader, "\"%.*s\" is too much", shown(word), word.ptr);
}

static enum caa_err read_caa(const struct reader *reader, struct caa_slice text) {
    struct caa_malformed malformed = {0};
    /* RDATA is never longer than its text. */
    uint8_t *rdata = caa_arena_alloc(reader->text->arena, text.len);
    size_t len = 0;
    if (rdata == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = caa_record_from_text(text, rdata, text.len, &len, &malformed);
    if (err == CAA_ERR_LIMIT)
        return refuse(reader, "the record is longer than %d octets", CAA_RECORD_RDATA_MAX);
    if (err != CAA_OK)
        return refuse(reader, "CAA, octet %zu: %s", malformed.position + 1, malformed.reason);
    reader->line->kind = CAA_ANSWERS_CAA;
    reader->line->data = caa_slice_bytes(rdata, len);
    return CAA_OK;
}

static enum caa_err read_cname(const struct reader *reader, struct caa_slice rest) {
    struct caa_slice target = take_word(&rest);
    reader->line->kind = CAA_ANSWERS_CNAME;
    enum caa_err err = read_name(reader, "target", target, &reader->line->data);
    return err == CAA_OK ? expect_end(reader, rest) : err;
}

/* `reason` is what follows BOGUS: nothing, or a text in parentheses. */
static enum caa_err read_reason(const struct reader *reader, struct caa_slice reason) {
    if (reason.len == 0) return keep(reader, reason, &reader->line->data);
    if (reason.len < 2 || reason.ptr[0] != '(' || reason.ptr[reason.len - 1] != ')')
        return refuse(reader, "the reason of !BOGUS stands in parentheses behind it");
    return keep(reader, caa_slice_bytes(reason.ptr + 1, reason.len - 2), &reader->line->data);
}

static bool find_outcome(struct caa_slice word, enum caa_outcome *outcome) {
    static const struct {
        const char *word;
        enum caa_outcome outcome;
    } outcomes[] = {
        {"SERVFAIL", CAA_OUTCOME_SERVFAIL},   {"NXDOMAIN", CAA_OUTCOME_NXDOMAIN},
        {"NODATA", CAA_OUTCOME_NODATA},       {"TIMEOUT", CAA_OUTCOME_TIMEOUT},
        {"REFUSED", CAA_OUTCOME_REFUSED},     {"BOGUS", CAA_OUTCOME_BOGUS},
        {"TRUNCATED", CAA_OUTCOME_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (caa_slice_equal_nocase(word, caa_slice_of(outcomes[i].word))) {
            *outcome = outcomes[i].outcome;
            return true;
        }
    return false;
}

static enum caa_err read_outcome(const struct reader *reader, struct caa_slice text) {
    struct caa_answers_line *line = reader->line;
    struct caa_slice word = {text.ptr, 0};
    while (word.len < text.len && caa_ascii_is_alpha(text.ptr[word.len])) word.len++;
    if (!find_outcome(word, &line->outcome))
        return refuse(reader,
                      "\"!%.*s\" is none of !SERVFAIL, !NXDOMAIN, !NODATA, !TIMEOUT, "
                      "!REFUSED, !BOGUS(reason) and !TRUNCATED",
                      shown(word), word.ptr);
    line->kind = CAA_ANSWERS_OUTCOME;
    struct caa_slice rest = caa_slice_trim(from(text, word.len));
    if (line->outcome == CAA_OUTCOME_BOGUS) return read_reason(reader, rest);
    enum caa_err err = expect_end(reader, rest);
    return err == CAA_OK ? keep(reader, caa_slice_of(""), &line->data) : err;
}

static bool is_number(struct caa_slice word) {
    for (size_t i = 0; i < word.len; i++)
        if (!caa_ascii_is_digit(word.ptr[i])) return false;
    return word.len > 0;
}

static enum caa_err read_ttl(const struct reader *reader, struct caa_slice digits) {
    uint32_t ttl_s = 0;
    for (size_t i = 0; i < digits.len; i++) {
        uint32_t digit = (uint32_t)(digits.ptr[i] - '0');
        if (ttl_s > (TTL_MAX_S - digit) / 10)
            return refuse(reader, "the TTL is greater than %d", TTL_MAX_S);
        ttl_s = ttl_s * 10 + digit;
    }
    reader->line->ttl_s = ttl_s;
    return CAA_OK;
}

/* What follows the owner. */
static enum caa_err read_statement(const struct reader *reader, struct caa_slice rest) {
    struct caa_slice word = take_word(&rest);
    bool plain = true;
    if (is_number(word)) {
        enum caa_err err = read_ttl(reader, word);
        if (err != CAA_OK) return err;
        word = take_word(&rest);
        plain = false;
    }
    if (caa_slice_equal_nocase(word, caa_slice_of("IN"))) {
        word = take_word(&rest);
        plain = false;
    }
    if (word.len == 0) return refuse(reader, "nothing is said of the owner");
    if (caa_slice_equal_nocase(word, caa_slice_of("CAA")) ||
        caa_slice_equal_nocase(word, caa_slice_of("TYPE257")))
        return read_caa(reader, rest);
    if (caa_slice_equal_nocase(word, caa_slice_of("CNAME"))) return read_cname(reader, rest);
    if (word.ptr[0] == '!' && plain)
        return read_outcome(
            reader,
            caa_slice_bytes(word.ptr + 1, (size_t)(rest.ptr + rest.len - word.ptr) - 1));
    if (word.ptr[0] == '!') return refuse(reader, "an outcome has neither TTL nor class");
    return refuse(reader, "\"%.*s\" is neither CAA nor CNAME nor an outcome such as !SERVFAIL",
                  shown(word), word.ptr);
}

static enum caa_err read_line(const struct reader *reader, struct caa_slice text) {
    if (caa_ascii_is_wsp(text.ptr[0]))
        return refuse(reader, "a line starts with its owner, not with white space");
    struct caa_slice owner = take_word(&text);
    enum caa_err err = read_name(reader, "owner", owner, &reader->line->owner);
    if (err == CAA_OK && owner.ptr[0] == '*' && owner.len > 1 && owner.ptr[1] == '.')
        return refuse(reader,
                      "owner \"%.*s\": nothing is synthesized from a wildcard here, "
                      "write the names out",
                      shown(owner), owner.ptr);
    return err == CAA_OK ? read_statement(reader, text) : err;
}

static enum caa_err read_lines(struct reader *reader, struct caa_slice rest) {
    struct caa_answers_line **end = &reader->text->lines;
    for (unsigned long number = 1; rest.len > 0; number++) {
        struct caa_slice text = without_comment(take_line(&rest));
        if (caa_slice_trim(text).len == 0) continue;
        reader->line = caa_arena_alloc(reader->text->arena, sizeof *reader->line);
        if (reader->line == NULL) return CAA_ERR_NOMEM;
        reader->line->number = number;
        reader->line->ttl_s = TTL_DEFAULT_S;
        enum caa_err err = read_line(reader, text);
        if (err != CAA_OK) return err;
        *end = reader->line;
        end = &reader->line->next;
        reader->text->line_count++;
    }
    return CAA_OK;
}

static int compare_octets(struct caa_slice a, struct caa_slice b) {
    if (a.len != b.len) return a.len < b.len ? -1 : 1;
    return memcmp(a.ptr, b.ptr, a.len);
}

static int compare_lines(const void *a, const void *b) {
    const struct caa_answers_line *const *line = a, *const *other = b;
    int order = compare_octets((*line)->owner, (*other)->owner);
    if (order != 0) return order;
    return (*line)->number < (*other)->number ? -1 : (*line)->number > (*other)->number;
}

static enum caa_err sort_by_owner(struct caa_answers_text *text) {
    size_t count = text->line_count, i = 0;
    text->by_owner = caa_arena_array(text->arena, count, sizeof(struct caa_answers_line *));
    text->data = caa_arena_array(text->arena, count, sizeof *text->data);
    if (text->by_owner == NULL || text->data == NULL) return CAA_ERR_NOMEM;
    for (struct caa_answers_line *line = text->lines; line != NULL; line = line->next)
        text->by_owner[i++] = line;
    qsort(text->by_owner, count, sizeof(struct caa_answers_line *), compare_lines);
    for (i = 0; i < count; i++) text->data[i] = text->by_owner[i]->data;
    return CAA_OK;
}

/* Only CAA lines may share an owner: anything else contradicts the line before it. */
static enum caa_err check_conflicts(struct reader *reader) {
    const struct caa_answers_text *text = reader->text;
    const struct caa_answers_line *earlier = NULL;
    for (size_t i = 1; i < text->line_count; i++) {
        struct caa_answers_line *line = text->by_owner[i], *before = text->by_owner[i - 1];
        bool conflict = compare_octets(line->owner, before->owner) == 0 &&
                        (line->kind != CAA_ANSWERS_CAA || before->kind != CAA_ANSWERS_CAA);
        if (conflict && (earlier == NULL || line->number < reader->line->number))
            earlier = before, reader->line = line;
    }
    return earlier == NULL ? CAA_OK
                           : refuse(reader,
                                    "the owner has line %lu already: only CAA lines may share "
                                    "an owner",
                                    earlier->number);
}

enum caa_err caa_answers_text_read(struct caa_answers_text *text, struct caa_slice octets,
                                   const char *file, struct caa_diag *diag) {
    struct reader reader = {.text = text, .file = file, .diag = diag};
    *text = (struct caa_answers_text){0};
    if (octets.len > CAA_ANSWERS_FILE_MAX) {
        caa_diag_set(diag, "%s: larger than %d octets", file, CAA_ANSWERS_FILE_MAX);
        return CAA_ERR_LIMIT;
    }
    text->arena = caa_arena_new(ARENA_OCTETS_MAX);
    enum caa_err err = text->arena != NULL ? read_lines(&reader, octets) : CAA_ERR_NOMEM;
    if (err == CAA_OK) err = sort_by_owner(text);
    if (err == CAA_OK) err = check_conflicts(&reader);
    if (err == CAA_ERR_NOMEM) caa_diag_set(diag, "%s: out of memory", file);
    if (err != CAA_OK) caa_answers_text_free(text);
    return err;
}

size_t caa_answers_text_find(const struct caa_answers_text *text, struct caa_slice owner,
                             size_t *first) {
    size_t low = 0, high = text->line_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_octets(text->by_owner[middle]->owner, owner) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *first = low;
    while (low < text->line_count && compare_octets(text->by_owner[low]->owner, owner) == 0)
        low++;
    return low - *first;
}

void caa_answers_text_free(struct caa_answers_text *text) {
    caa_arena_free(text->arena);
    text->arena = NULL;
}
