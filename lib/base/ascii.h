/* ASCII classes of RFC 5234, independent of the locale. */
#ifndef CAA_BASE_ASCII_H
#define CAA_BASE_ASCII_H

#include <stdbool.h>

static inline bool caa_ascii_is_digit(char c) {
    return c >= '0' && c <= '9';
}

static inline bool caa_ascii_is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool caa_ascii_is_alnum(char c) {
    return caa_ascii_is_alpha(c) || caa_ascii_is_digit(c);
}

static inline bool caa_ascii_is_wsp(char c) {
    return c == ' ' || c == '\t';
}

/* VCHAR: printable and not a space. */
static inline bool caa_ascii_is_vchar(char c) {
    return c >= 0x21 && c <= 0x7e;
}

/* The value of a hexadecimal digit, or -1. */
static inline int caa_ascii_hex_value(char c) {
    if (caa_ascii_is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static inline char caa_ascii_lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

#endif
