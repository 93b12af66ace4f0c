#include "dns/name.h"

#include <string.h>

#include "base/ascii.h"
#include "base/writer.h"

/* Text being read into wire form: `label` is the place of the open label's length octet. */
struct reader {
    struct caa_slice text;
    size_t at;
    struct caa_name *name;
    size_t len;
    size_t label;
    struct caa_diag *diag;
};

static enum caa_err refuse(const struct reader *reader, const char *reason) {
    caa_diag_set(reader->diag, "octet %zu: %s", reader->at + 1, reason);
    return CAA_ERR_SYNTAX;
}

static bool read_ddd(const char digits[3], unsigned char *octet) {
    unsigned value = 0;
    for (size_t i = 0; i < 3; i++) {
        if (!caa_ascii_is_digit(digits[i])) return false;
        value = value * 10 + (unsigned)(digits[i] - '0');
    }
    *octet = (unsigned char)value;
    return value <= UINT8_MAX;
}

/* Takes one octet, escaped or not, off the text. */
static enum caa_err read_octet(struct reader *reader, unsigned char *octet) {
    const char *at = reader->text.ptr + reader->at;
    size_t left = reader->text.len - reader->at;
    size_t taken = 1;
    *octet = (unsigned char)at[0];
    if (at[0] == '\\') {
        if (left < 2) return refuse(reader, "a backslash ends the name");
        taken = caa_ascii_is_digit(at[1]) ? 4 : 2;
        *octet = (unsigned char)at[1];
        if (taken == 4 && (left < 4 || !read_ddd(at + 1, octet)))
            return refuse(reader, "\\DDD needs three digits, at most 255");
    }
    reader->at += taken;
    return CAA_OK;
}

static enum caa_err append_octet(struct reader *reader) {
    if (reader->len - reader->label > CAA_NAME_LABEL_MAX)
        return refuse(reader, "a label is longer than 63 octets");
    /* One octet stays free for the root. */
    if (reader->len >= CAA_NAME_WIRE_MAX - 1)
        return refuse(reader, "the name is longer than 255 octets");
    unsigned char octet = 0;
    enum caa_err err = read_octet(reader, &octet);
    if (err == CAA_OK) reader->name->wire[reader->len++] = octet;
    return err;
}

static enum caa_err close_label(struct reader *reader) {
    size_t label_len = reader->len - reader->label - 1;
    if (label_len == 0) return refuse(reader, "a label is empty");
    reader->name->wire[reader->label] = (uint8_t)label_len;
    reader->label = reader->len;
    return CAA_OK;
}

static enum caa_err read_label(struct reader *reader) {
    if (reader->len >= CAA_NAME_WIRE_MAX - 1)
        return refuse(reader, "the name is longer than 255 octets");
    reader->len++;
    while (reader->at < reader->text.len && reader->text.ptr[reader->at] != '.') {
        enum caa_err err = append_octet(reader);
        if (err != CAA_OK) return err;
    }
    enum caa_err err = close_label(reader);
    if (reader->at < reader->text.len) reader->at++;
    return err;
}

enum caa_err caa_name_from_text(struct caa_name *name, struct caa_slice text,
                                struct caa_diag *diag) {
    struct caa_name read = {0};
    struct reader reader = {.text = text, .name = &read, .diag = diag};
    if (text.len == 0) return refuse(&reader, "the name is empty");
    if (text.len == 1 && text.ptr[0] == '.') reader.at = 1;
    while (reader.at < text.len) {
        enum caa_err err = read_label(&reader);
        if (err != CAA_OK) return err;
    }
    read.len = (uint8_t)(reader.len + 1);
    *name = read;
    return CAA_OK;
}

enum caa_err caa_name_from_wire(struct caa_name *name, const uint8_t *wire, size_t len) {
    size_t limit = len < CAA_NAME_WIRE_MAX ? len : CAA_NAME_WIRE_MAX;
    size_t at = 0;
    while (at < limit && wire[at] != 0) {
        /* The two high bits mark compression (RFC 1035 section 4.1.4). */
        if (wire[at] > CAA_NAME_LABEL_MAX) return CAA_ERR_SYNTAX;
        at += 1 + (size_t)wire[at];
    }
    if (at >= limit) return CAA_ERR_SYNTAX;
    struct caa_name read = {.len = (uint8_t)(at + 1)};
    memcpy(read.wire, wire, at);
    *name = read;
    return CAA_OK;
}

size_t caa_name_to_text(const struct caa_name *name, char text[CAA_NAME_TEXT_MAX]) {
    struct caa_writer out = caa_writer_into(text, CAA_NAME_TEXT_MAX);
    if (name->len <= 1) caa_writer_char(&out, '.');
    for (size_t at = 0; at + 1 < name->len; at += 1 + (size_t)name->wire[at]) {
        if (at > 0) caa_writer_char(&out, '.');
        caa_writer_escaped(&out, caa_slice_bytes(name->wire + at + 1, name->wire[at]), true);
    }
    return out.len;
}

/* Length octets are below 'A', so the whole wire form compares without case. */
static bool wire_equal(const uint8_t *a, const uint8_t *b, size_t len) {
    return caa_slice_equal_nocase(caa_slice_bytes(a, len), caa_slice_bytes(b, len));
}

bool caa_name_equal(const struct caa_name *a, const struct caa_name *b) {
    return a->len == b->len && wire_equal(a->wire, b->wire, a->len);
}

bool caa_name_is_subdomain(const struct caa_name *name, const struct caa_name *ancestor) {
    if (ancestor->len == 0 || name->len < ancestor->len) return false;
    size_t at = 0;
    while (name->len - at > ancestor->len) at += 1 + (size_t)name->wire[at];
    return name->len - at == ancestor->len &&
           wire_equal(name->wire + at, ancestor->wire, ancestor->len);
}

bool caa_name_is_root(const struct caa_name *name) {
    return name->len == 1;
}

size_t caa_name_label_count(const struct caa_name *name) {
    size_t count = 0;
    for (size_t at = 0; at + 1 < name->len; at += 1 + (size_t)name->wire[at]) count++;
    return count;
}

bool caa_name_parent(struct caa_name *parent, const struct caa_name *name) {
    if (name->len <= 1) return false;
    size_t cut = 1 + (size_t)name->wire[0];
    size_t len = name->len - cut;
    memmove(parent->wire, name->wire + cut, len);
    parent->len = (uint8_t)len;
    return true;
}

static uint64_t rotate(uint64_t word, unsigned by) {
    return word << by | word >> (64 - by);
}

static void sip_round(uint64_t v[4]) {
    v[0] += v[1], v[1] = rotate(v[1], 13) ^ v[0], v[0] = rotate(v[0], 32);
    v[2] += v[3], v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = rotate(v[1], 17) ^ v[2], v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word) {
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

/* SipHash-1-3: names come from strangers, and with a secret seed they cannot make them
   collide. */
uint64_t caa_name_hash(const struct caa_name *name, uint64_t seed) {
    uint64_t v[4] = {seed ^ 0x736f6d6570736575, seed ^ 0x646f72616e646f6d,
                     seed ^ 0x6c7967656e657261, seed ^ 0x7465646279746573};
    uint64_t word = 0;
    for (size_t i = 0; i < name->len; i++) {
        uint64_t octet = (uint8_t)caa_ascii_lower((char)name->wire[i]);
        word |= octet << (i % 8 * 8);
        if (i % 8 == 7) sip_word(v, word), word = 0;
    }
    sip_word(v, word | (uint64_t)name->len << 56);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++) sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
