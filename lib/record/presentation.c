/* The presentation format of RFC 8659 section 4.1.1, and the generic one of RFC 3597. */
#include "record/record.h"

#include "base/ascii.h"

/* Text being read into RDATA. */
struct reading {
    struct caa_slice text;
    size_t at;
    uint8_t *rdata;
    size_t size;
    size_t len;
    struct caa_malformed *malformed;
};

static enum caa_err malformed_here(const struct reading *r, const char *reason) {
    return caa_malformed_at(r->malformed, r->at, reason);
}

static bool at_end(const struct reading *r) {
    return r->at == r->text.len;
}

static char here(const struct reading *r) {
    return r->text.ptr[r->at];
}

static bool at_field_end(const struct reading *r) {
    return at_end(r) || caa_ascii_is_wsp(here(r));
}

static void skip_wsp(struct reading *r) {
    while (!at_end(r) && caa_ascii_is_wsp(here(r))) r->at++;
}

static enum caa_err put(struct reading *r, unsigned octet) {
    if (r->len == r->size) return CAA_ERR_LIMIT;
    r->rdata[r->len++] = (uint8_t)octet;
    return CAA_OK;
}

/* A field of decimal digits, up to `max`. */
static enum caa_err read_number(struct reading *r, unsigned max, unsigned *number,
                                const char *reason) {
    size_t start = r->at;
    *number = 0;
    for (; !at_field_end(r); r->at++) {
        if (!caa_ascii_is_digit(here(r))) return malformed_here(r, reason);
        *number = *number * 10 + (unsigned)(here(r) - '0');
        if (*number > max) return caa_malformed_at(r->malformed, start, reason);
    }
    return r->at == start ? malformed_here(r, reason) : CAA_OK;
}

static enum caa_err read_tag(struct reading *r) {
    size_t start = r->at, length_at = r->len;
    enum caa_err err = put(r, 0);
    for (; err == CAA_OK && !at_field_end(r); r->at++) {
        if (!caa_ascii_is_alnum(here(r)))
            return malformed_here(
                r, "the tag has a character other than ASCII letters and digits");
        if (r->at - start == CAA_RECORD_TAG_MAX)
            return malformed_here(r, "the tag is longer than 255 octets");
        err = put(r, (unsigned char)here(r));
    }
    if (err != CAA_OK) return err;
    if (r->at == start) return malformed_here(r, "the tag is missing");
    r->rdata[length_at] = (uint8_t)(r->at - start);
    return CAA_OK;
}

/* \DDD or \X (RFC 1035 section 5.1). */
static enum caa_err read_escape(struct reading *r) {
    size_t start = r->at++;
    if (at_end(r)) return caa_malformed_at(r->malformed, start, "a backslash escapes nothing");
    if (!caa_ascii_is_digit(here(r))) return put(r, (unsigned char)r->text.ptr[r->at++]);
    unsigned octet = 0;
    for (int i = 0; i < 3; i++, r->at++) {
        if (at_end(r) || !caa_ascii_is_digit(here(r)))
            return caa_malformed_at(r->malformed, start,
                                    "a numeric escape has fewer than three digits");
        octet = octet * 10 + (unsigned)(here(r) - '0');
    }
    if (octet > 255)
        return caa_malformed_at(r->malformed, start, "a numeric escape is greater than 255");
    return put(r, octet);
}

static enum caa_err read_octet(struct reading *r) {
    char c = here(r);
    if (c == '\\') return read_escape(r);
    if (((unsigned char)c < 0x20 && c != '\t') || c == 0x7f)
        return malformed_here(r, "a control character must be written as a \\DDD escape");
    r->at++;
    return put(r, (unsigned char)c);
}

static enum caa_err read_quoted(struct reading *r) {
    size_t start = r->at++;
    while (!at_end(r) && here(r) != '"') {
        enum caa_err err = read_octet(r);
        if (err != CAA_OK) return err;
    }
    if (at_end(r))
        return caa_malformed_at(r->malformed, start, "the quotation mark is never closed");
    r->at++;
    return at_field_end(r) ? CAA_OK
                           : malformed_here(r, "something follows the closing quotation mark");
}

/* What a master file gives a meaning of its own outside quotes. Reading on would be worse than
   an error: a value cut at ';' loses its parameters, that is, its restrictions. */
static const char *special_in_word(char c) {
    switch (c) {
    case ';': return "outside quotes ';' starts a comment: put the value in quotes";
    case '"': return "a quotation mark within a word";
    case '(':
    case ')': return "a parenthesis outside quotes";
    default: return NULL;
    }
}

static enum caa_err read_word(struct reading *r) {
    if (at_end(r)) return malformed_here(r, "the value is missing");
    while (!at_field_end(r)) {
        const char *special = special_in_word(here(r));
        if (special != NULL) return malformed_here(r, special);
        enum caa_err err = read_octet(r);
        if (err != CAA_OK) return err;
    }
    return CAA_OK;
}

static enum caa_err read_fields(struct reading *r) {
    unsigned flags;
    enum caa_err err = read_number(r, 255, &flags, "flags is not a number from 0 to 255");
    if (err == CAA_OK) err = put(r, flags);
    skip_wsp(r);
    if (err == CAA_OK) err = read_tag(r);
    skip_wsp(r);
    if (err != CAA_OK) return err;
    err = !at_end(r) && here(r) == '"' ? read_quoted(r) : read_word(r);
    skip_wsp(r);
    if (err == CAA_OK && !at_end(r))
        err = malformed_here(r, "something follows the value: one with spaces needs quotes");
    return err;
}

/* Two digits of one word: RFC 3597 section 5 lets white space part only whole octets. */
static enum caa_err read_hex_octet(struct reading *r) {
    int octet = 0;
    for (int i = 0; i < 2; i++, r->at++) {
        int digit = at_end(r) ? -1 : caa_ascii_hex_value(here(r));
        if (digit < 0) return malformed_here(r, "an octet is not two hexadecimal digits");
        octet = octet * 16 + digit;
    }
    return put(r, (unsigned)octet);
}

static bool is_generic(const struct reading *r) {
    return r->text.len - r->at > 2 && here(r) == '\\' && r->text.ptr[r->at + 1] == '#' &&
           caa_ascii_is_wsp(r->text.ptr[r->at + 2]);
}

static enum caa_err read_generic(struct reading *r) {
    unsigned announced;
    r->at += 2;
    skip_wsp(r);
    size_t number_at = r->at;
    enum caa_err err = read_number(r, CAA_RECORD_RDATA_MAX, &announced,
                                   "the length is not a number from 0 to 65535");
    for (skip_wsp(r); err == CAA_OK && !at_end(r); skip_wsp(r)) err = read_hex_octet(r);
    if (err == CAA_OK && r->len != announced)
        err = caa_malformed_at(r->malformed, number_at,
                               "the length is not that of the octets that follow");
    return err;
}

enum caa_err caa_record_from_text(struct caa_slice text, uint8_t *rdata, size_t size,
                                  size_t *len, struct caa_malformed *malformed) {
    struct reading r = {.text = text, .rdata = rdata, .size = size, .malformed = malformed};
    if (r.size > CAA_RECORD_RDATA_MAX) r.size = CAA_RECORD_RDATA_MAX;
    skip_wsp(&r);
    enum caa_err err = is_generic(&r) ? read_generic(&r) : read_fields(&r);
    if (err == CAA_OK) *len = r.len;
    return err;
}

void caa_record_to_text(const struct caa_record *record, struct caa_writer *out) {
    caa_writer_number(out, record->flags);
    caa_writer_char(out, ' ');
    caa_writer_escaped(out, record->tag, true);
    caa_writer_text(out, " \"");
    caa_writer_escaped(out, record->value, false);
    caa_writer_char(out, '"');
}
