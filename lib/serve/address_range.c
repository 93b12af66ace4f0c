#include "serve/address_range.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "base/ascii.h"

enum { TEXT_MAX = 64, BITS = 128, MAPPED_BITS = 96 };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

static bool read_address(struct caa_address_range *range, const char *text) {
    if (strchr(text, ':') != NULL) {
        range->prefix_len = BITS;
        return inet_pton(AF_INET6, text, range->octets) == 1;
    }
    memcpy(range->octets, mapped, sizeof mapped);
    range->prefix_len = BITS;
    return inet_pton(AF_INET, text, range->octets + sizeof mapped) == 1;
}

/* Up to three digits, without a leading zero, at most `most`. */
static bool read_prefix_len(const char *digits, unsigned most, unsigned *len) {
    size_t count = strlen(digits);
    *len = 0;
    if (count == 0 || count > 3 || (count > 1 && digits[0] == '0')) return false;
    for (; *digits != '\0'; digits++) {
        if (!caa_ascii_is_digit(*digits)) return false;
        *len = *len * 10 + (unsigned)(*digits - '0');
    }
    return *len <= most;
}

static bool bit_is_set(const uint8_t octets[16], unsigned bit) {
    return (octets[bit / 8] >> (7 - bit % 8) & 1) != 0;
}

static enum caa_err refuse(struct caa_diag *diag, struct caa_slice text, const char *why) {
    caa_diag_set(diag, "'%.*s' is no range of addresses: %s", (int)text.len, text.ptr, why);
    return CAA_ERR_SYNTAX;
}

enum caa_err caa_address_range_parse(struct caa_address_range *range, struct caa_slice text,
                                     struct caa_diag *diag) {
    char copy[TEXT_MAX + 1] = "";
    *range = (struct caa_address_range){.prefix_len = 0};
    if (text.len > TEXT_MAX) {
        text.len = TEXT_MAX;
        return refuse(diag, text, "it is too long");
    }
    if (text.len > 0) memcpy(copy, text.ptr, text.len);
    char *slash = strchr(copy, '/');
    if (slash != NULL) *slash = '\0';
    if (strlen(copy) + (slash == NULL ? 0 : 1 + strlen(slash + 1)) != text.len ||
        !read_address(range, copy))
        return refuse(diag, text, "it does not start with an IPv4 or IPv6 address");
    if (slash == NULL) return CAA_OK;
    unsigned before = strchr(copy, ':') != NULL ? 0 : MAPPED_BITS, len;
    if (!read_prefix_len(slash + 1, BITS - before, &len))
        return refuse(diag, text, "the length of its prefix cannot be");
    range->prefix_len = (uint8_t)(before + len);
    for (unsigned bit = range->prefix_len; bit < BITS; bit++)
        if (bit_is_set(range->octets, bit))
            return refuse(diag, text, "bits are set behind the prefix");
    return CAA_OK;
}

/* Whoever writes ::/0 means IPv6: that every IPv4 address lies in it, too, is our notation's
   doing. */
static bool holds(const struct caa_address_range *range, const uint8_t octets[16]) {
    bool is_v4 = memcmp(octets, mapped, sizeof mapped) == 0;
    if (is_v4 && range->prefix_len < MAPPED_BITS) return false;
    size_t whole = range->prefix_len / 8u;
    unsigned rest = range->prefix_len % 8u;
    if (memcmp(range->octets, octets, whole) != 0) return false;
    return rest == 0 || (range->octets[whole] ^ octets[whole]) >> (8 - rest) == 0;
}

bool caa_address_octets(const struct sockaddr *address, uint8_t octets[16]) {
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)address;
        memcpy(octets, &v6->sin6_addr, 16);
        return true;
    }
    const struct sockaddr_in *v4 = (const void *)address;
    if (address->sa_family != AF_INET) return false;
    memcpy(octets, mapped, sizeof mapped);
    memcpy(octets + sizeof mapped, &v4->sin_addr, 4);
    return true;
}

bool caa_address_range_any_holds(const struct caa_address_range *ranges, size_t count,
                                 const struct sockaddr *address) {
    uint8_t octets[16];
    if (!caa_address_octets(address, octets)) return false;
    for (size_t i = 0; i < count; i++)
        if (holds(&ranges[i], octets)) return true;
    return false;
}

bool caa_address_is_loopback(const struct sockaddr *address) {
    static const struct caa_address_range loopback[] = {
        {.octets = {[10] = 0xff, [11] = 0xff, [12] = 127}, .prefix_len = MAPPED_BITS + 8},
        {.octets = {[15] = 1}, .prefix_len = BITS}};
    return caa_address_range_any_holds(loopback, 2, address);
}

size_t caa_address_network(const struct sockaddr *address, uint8_t octets[16]) {
    if (!caa_address_octets(address, octets)) return 0;
    return address->sa_family == AF_INET6 ? 8 : 16;
}
