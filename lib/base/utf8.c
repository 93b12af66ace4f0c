#include "base/utf8.h"

#include <stdint.h>

/* The sequence's length by its first octet; 0 for a continuation or an impossible octet. */
static size_t expected_octets(uint8_t first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

/* RFC 3629 section 4: after these first octets the second one's range is narrower. */
static bool second_octet_fits(uint8_t first, uint8_t second) {
    switch (first) {
    case 0xe0: return second >= 0xa0;
    case 0xed: return second <= 0x9f;
    case 0xf0: return second >= 0x90;
    case 0xf4: return second <= 0x8f;
    default: return true;
    }
}

size_t caa_utf8_sequence(struct caa_slice s) {
    if (s.len == 0) return 0;
    const uint8_t *octets = (const uint8_t *)s.ptr;
    size_t n = expected_octets(octets[0]);
    if (n == 0 || n > s.len) return 0;
    for (size_t i = 1; i < n; i++)
        if ((octets[i] & 0xc0) != 0x80) return 0;
    return n == 1 || second_octet_fits(octets[0], octets[1]) ? n : 0;
}

size_t caa_utf8_printable(struct caa_slice s) {
    const uint8_t *octets = (const uint8_t *)s.ptr;
    size_t n = caa_utf8_sequence(s);
    if (n == 1 && (octets[0] < 0x20 || octets[0] == 0x7f)) return 0;
    if (n == 2 && octets[0] == 0xc2 && octets[1] < 0xa0) return 0;
    return n;
}

bool caa_utf8_is_valid(struct caa_slice s) {
    while (s.len > 0) {
        size_t n = caa_utf8_sequence(s);
        if (n == 0) return false;
        s.ptr += n;
        s.len -= n;
    }
    return true;
}
