/* Who may ask: ranges of IP addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3). */
#ifndef CAA_SERVE_ADDRESS_RANGE_H
#define CAA_SERVE_ADDRESS_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

/* Reading is by caa_address_range_parse only. */
struct caa_address_range {
    uint8_t octets[16]; /* IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2) */
    uint8_t prefix_len; /* in bits; of IPv4 96 more than was written */
};

/* Reads "192.0.2.0/24", "2001:db8::/32", or an address alone. CAA_ERR_SYNTAX with the reason in
   `diag`, also where bits are set behind the prefix: that may be a slip. */
enum caa_err caa_address_range_parse(struct caa_address_range *range, struct caa_slice text,
                                     struct caa_diag *diag);

/* `address` (IPv4 or IPv6; of another family it is in no range) is in one of the ranges. */
bool caa_address_range_any_holds(const struct caa_address_range *ranges, size_t count,
                                 const struct sockaddr *address);

/* `address` is of this machine alone: 127.0.0.0/8, ::1. */
bool caa_address_is_loopback(const struct sockaddr *address);

/* The 16 octets of an IPv4 (mapped) or IPv6 address; false for another family. */
bool caa_address_octets(const struct sockaddr *address, uint8_t octets[16]);

/* The octets that tell clients apart: an IPv4 address (mapped), or the /64 of IPv6, all of
   which its owner may use. Returns how many; 0 for another family. */
size_t caa_address_network(const struct sockaddr *address, uint8_t octets[16]);

#endif
