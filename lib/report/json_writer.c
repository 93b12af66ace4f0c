#include "report/json_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "base/writer.h"

enum { FIRST_SIZE = 2048 };

/* Room for `len` octets more and a NUL. */
static bool reserve(struct caa_json_writer *w, size_t len) {
    size_t size = w->size == 0 ? FIRST_SIZE : w->size;
    if (w->failed) return false;
    if (w->text != NULL && len < w->size - w->len) return true;
    while (size - w->len <= len && size < CAA_JSON_WRITER_MOST) size *= 2;
    char *text = size - w->len <= len ? NULL : realloc(w->text, size);
    if (text == NULL) {
        w->failed = true;
        return false;
    }
    w->text = text;
    w->size = size;
    return true;
}

static void put(struct caa_json_writer *w, const char *octets, size_t len) {
    if (!reserve(w, len)) return;
    memcpy(w->text + w->len, octets, len);
    w->len += len;
}

static void begin(struct caa_json_writer *w, const char *key) {
    if (w->needs_comma) put(w, ",", 1);
    w->needs_comma = true;
    if (key == NULL) return;
    put(w, "\"", 1);
    put(w, key, strlen(key));
    put(w, "\":", 2);
}

void caa_json_open(struct caa_json_writer *w, const char *key, char bracket) {
    begin(w, key);
    put(w, &bracket, 1);
    w->needs_comma = false;
}

void caa_json_close(struct caa_json_writer *w, char bracket) {
    put(w, &bracket, 1);
    w->needs_comma = true;
}

/* Octets at the beginning that stand for themselves in JSON (RFC 8259 section 7). */
static size_t plain_run(struct caa_slice text) {
    size_t len = 0;
    while (len < text.len && text.ptr[len] >= 0x20 && text.ptr[len] < 0x7f &&
           text.ptr[len] != '"' && text.ptr[len] != '\\')
        len++;
    return len;
}

static size_t put_character(struct caa_json_writer *w, struct caa_slice text) {
    size_t len = caa_utf8_printable(text);
    if (len == 1) put(w, "\\", 1); /* only '"' and '\' are not in a plain run */
    put(w, len == 0 ? "?" : text.ptr, len == 0 ? 1 : len);
    return len == 0 ? 1 : len;
}

void caa_json_put_string(struct caa_json_writer *w, const char *key, struct caa_slice text) {
    begin(w, key);
    put(w, "\"", 1);
    while (text.len > 0) {
        size_t len = plain_run(text);
        if (len > 0)
            put(w, text.ptr, len);
        else
            len = put_character(w, text);
        text = caa_slice_bytes(text.ptr + len, text.len - len);
    }
    put(w, "\"", 1);
}

void caa_json_put_text(struct caa_json_writer *w, const char *key, const char *text) {
    caa_json_put_string(w, key, caa_slice_of(text));
}

void caa_json_put_name(struct caa_json_writer *w, const char *key,
                       const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    size_t len = caa_name_to_text(name, text);
    caa_json_put_string(w, key, caa_slice_bytes(text, len));
}

void caa_json_put_time(struct caa_json_writer *w, const char *key, int64_t wall_us) {
    char text[CAA_TIME_TEXT_MAX];
    caa_time_to_text(wall_us, text);
    caa_json_put_text(w, key, text);
}

static void put_number(struct caa_json_writer *w, int64_t number) {
    char text[24];
    struct caa_writer out = caa_writer_into(text, sizeof text);
    if (number < 0) caa_writer_char(&out, '-');
    caa_writer_number(&out, number < 0 ? -(uint64_t)number : (uint64_t)number);
    put(w, text, out.len);
}

/* One digit behind the point at least, and no zero after that. */
void caa_json_put_ms(struct caa_json_writer *w, const char *key, int64_t us) {
    char text[32];
    struct caa_writer out = caa_writer_into(text, sizeof text);
    uint64_t magnitude = us < 0 ? -(uint64_t)us : (uint64_t)us;
    begin(w, key);
    if (us < 0) caa_writer_char(&out, '-');
    caa_writer_number(&out, magnitude / 1000);
    caa_writer_char(&out, '.');
    caa_writer_padded(&out, magnitude % 1000, 3);
    for (int i = 0; i < 2 && text[out.len - 1] == '0'; i++) out.len--;
    put(w, text, out.len);
}

void caa_json_put_integer(struct caa_json_writer *w, const char *key, int64_t number) {
    begin(w, key);
    put_number(w, number);
}

void caa_json_put_boolean(struct caa_json_writer *w, const char *key, bool value) {
    begin(w, key);
    put(w, value ? "true" : "false", value ? 4 : 5);
}

void caa_json_put_null(struct caa_json_writer *w, const char *key) {
    begin(w, key);
    put(w, "null", 4);
}

void caa_json_put_value(struct caa_json_writer *w, const char *key, json_t *value) {
    if (json_is_null(value)) {
        caa_json_put_null(w, key);
        return;
    }
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(9));
    begin(w, key);
    if (text == NULL)
        w->failed = true;
    else
        put(w, text, strlen(text));
    free(text);
    json_decref(value);
}

char *caa_json_writer_end(struct caa_json_writer *w) {
    char *text = w->text;
    if (reserve(w, 0)) w->text[w->len] = '\0';
    if (w->failed) free(text);
    text = w->failed ? NULL : w->text;
    *w = (struct caa_json_writer){0};
    return text;
}
