#include "base/base64url.h"

#include "base/ascii.h"

/* 0 to 63, or -1. */
static int value_of_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (caa_ascii_is_digit(c)) return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool caa_base64url_decode(struct caa_slice text, uint8_t *octets, size_t size, size_t *len) {
    uint32_t bits = 0;
    unsigned count = 0;
    *len = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = value_of_digit(text.ptr[i]);
        if (value < 0) return false;
        bits = bits << 6 | (uint32_t)value;
        count += 6;
        if (count < 8) continue;
        if (*len == size) return false;
        count -= 8;
        octets[(*len)++] = (uint8_t)(bits >> count);
    }
    /* What is left over must be less than a digit, and zero. */
    return count < 6 && (bits & ((1u << count) - 1)) == 0;
}
