/* Where a name server is: an IPv4 or IPv6 address with its port. */
#ifndef CAA_PROBE_ADDRESS_H
#define CAA_PROBE_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"

enum { CAA_DNS_PORT = 53 };

/* Zero-initialised it is no address. Two that are equal have equal octets throughout. */
struct caa_address {
    uint8_t family; /* 4 or 6; 0: none */
    uint16_t port;
    uint8_t octets[16]; /* network order; of IPv4 the first four, the rest is 0 */
};

/* The RDATA of an A record (4 octets) or of an AAAA record (16); false for any other length. */
bool caa_address_from_rdata(struct caa_address *address, struct caa_slice rdata, uint16_t port);

/* "198.41.0.4" or "2001:db8::1"; false where `text` is neither. */
bool caa_address_from_text(struct caa_address *address, const char *text, uint16_t port);

/* Without the port, as text: room for CAA_EVIDENCE_ADDRESS_MAX octets (dns/evidence.h). */
void caa_address_to_text(const struct caa_address *address, char *text);

/* For connect(2) and for pins; returns the octets in use of `socket_address`. */
socklen_t caa_address_to_socket(const struct caa_address *address,
                                struct sockaddr_storage *socket_address);

/* The same family, octets and port. */
bool caa_address_equal(const struct caa_address *a, const struct caa_address *b);

/* A stranger's delegation may lead there: not loopback, unspecified, multicast, link-local, nor
   an IPv4 address in disguise (RFC 6890). Addresses of private networks may be asked: there are
   resolvers inside of them. */
bool caa_address_is_askable(const struct caa_address *address);

#endif
