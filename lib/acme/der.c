#include "acme/der.h"

#include <string.h>

enum { CLASS = 0xc0, CONSTRUCTED = 0x20, NUMBER = 0x1f, SEQUENCE = 0x10, SET = 0x11 };

/* Of the universal types only SEQUENCE and SET have others in them (X.690 section 10.2).
   Numbers of more than one octet are nowhere in what is read here. */
static bool form_is_that_of_der(uint8_t tag) {
    unsigned number = tag & NUMBER;
    if (number == NUMBER) return false;
    return (tag & CLASS) != 0 ||
           ((tag & CONSTRUCTED) != 0) == (number == SEQUENCE || number == SET);
}

/* No part of it begins with zeros (X.690 section 8.19.2), and the last one ends. */
static bool is_object_identifier(struct caa_slice content) {
    bool is_within = false;
    for (size_t i = 0; i < content.len; i++) {
        uint8_t octet = (uint8_t)content.ptr[i];
        if (!is_within && octet == 0x80) return false;
        is_within = (octet & 0x80) != 0;
    }
    return content.len > 0 && !is_within;
}

/* The length of the content, in as few octets as there can be; `*head` grows by them. */
static bool read_length(struct caa_slice octets, size_t *head, size_t *length) {
    enum { LONG_FORM = 0x80, COUNT_MAX = 4 };
    size_t value = (uint8_t)octets.ptr[1], count = value & 0x7f;
    *head = 2;
    *length = value;
    if (value < LONG_FORM) return true;
    if (count == 0 || count > COUNT_MAX || octets.len < 2 + count) return false;
    *length = 0;
    for (size_t i = 0; i < count; i++) *length = *length << 8 | (uint8_t)octets.ptr[2 + i];
    *head += count;
    return octets.ptr[2] != 0 && *length >= LONG_FORM;
}

bool caa_der_take(struct caa_slice *rest, struct caa_der *value) {
    size_t head, length;
    if (rest->len < 2 || !form_is_that_of_der((uint8_t)rest->ptr[0]) ||
        !read_length(*rest, &head, &length) || length > rest->len - head)
        return false;
    value->tag = (uint8_t)rest->ptr[0];
    value->content = caa_slice_bytes(rest->ptr + head, length);
    if (value->tag == CAA_DER_OBJECT_IDENTIFIER && !is_object_identifier(value->content))
        return false;
    *rest = caa_slice_bytes(rest->ptr + head + length, rest->len - head - length);
    return true;
}

struct caa_der_walk caa_der_walk_over(struct caa_slice octets) {
    return (struct caa_der_walk){
        .at = octets.ptr, .ends = {octets.ptr + octets.len}, .depth = 1};
}

bool caa_der_walk_next(struct caa_der_walk *walk, struct caa_der *value) {
    while (walk->depth > 0 && walk->at == walk->ends[walk->depth - 1]) walk->depth--;
    if (walk->depth == 0 || walk->failed) return false;
    struct caa_slice rest =
        caa_slice_bytes(walk->at, (size_t)(walk->ends[walk->depth - 1] - walk->at));
    bool is_taken = caa_der_take(&rest, value);
    bool has_others = is_taken && (value->tag & CONSTRUCTED) != 0;
    walk->failed = !is_taken || (has_others && walk->depth == CAA_DER_DEPTH_MAX);
    if (walk->failed) return false;
    walk->at = has_others ? value->content.ptr : rest.ptr;
    if (has_others) walk->ends[walk->depth++] = value->content.ptr + value->content.len;
    return true;
}
