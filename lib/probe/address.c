#include "probe/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "dns/evidence.h"

bool caa_address_from_rdata(struct caa_address *address, struct caa_slice rdata,
                            uint16_t port) {
    memset(address, 0, sizeof *address);
    if (rdata.len != 4 && rdata.len != 16) return false;
    address->family = rdata.len == 4 ? 4 : 6;
    address->port = port;
    memcpy(address->octets, rdata.ptr, rdata.len);
    return true;
}

bool caa_address_from_text(struct caa_address *address, const char *text, uint16_t port) {
    char octets[16];
    if (inet_pton(AF_INET, text, octets) == 1)
        return caa_address_from_rdata(address, caa_slice_bytes(octets, 4), port);
    if (inet_pton(AF_INET6, text, octets) == 1)
        return caa_address_from_rdata(address, caa_slice_bytes(octets, 16), port);
    memset(address, 0, sizeof *address);
    return false;
}

void caa_address_to_text(const struct caa_address *address, char *text) {
    text[0] = '\0';
    if (address->family != 0)
        inet_ntop(address->family == 4 ? AF_INET : AF_INET6, address->octets, text,
                  CAA_EVIDENCE_ADDRESS_MAX);
}

socklen_t caa_address_to_socket(const struct caa_address *address,
                                struct sockaddr_storage *socket_address) {
    memset(socket_address, 0, sizeof *socket_address);
    if (address->family == 4) {
        struct sockaddr_in *in = (struct sockaddr_in *)socket_address;
        in->sin_family = AF_INET;
        in->sin_port = htons(address->port);
        memcpy(&in->sin_addr, address->octets, sizeof in->sin_addr);
        return sizeof *in;
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)socket_address;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(address->port);
    memcpy(&in6->sin6_addr, address->octets, sizeof in6->sin6_addr);
    return sizeof *in6;
}

bool caa_address_equal(const struct caa_address *a, const struct caa_address *b) {
    return a->family == b->family && a->port == b->port &&
           memcmp(a->octets, b->octets, sizeof a->octets) == 0;
}

bool caa_address_is_askable(const struct caa_address *address) {
    static const uint8_t zeros[10] = {0};
    const uint8_t *octets = address->octets;
    if (address->family == 4)
        return octets[0] != 0 && octets[0] != 127 && octets[0] < 224 &&
               !(octets[0] == 169 && octets[1] == 254);
    /* ::, ::1, ::192.0.2.1 and ::ffff:192.0.2.1 all begin with eighty zero bits. */
    return address->family == 6 && octets[0] != 0xff &&
           !(octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80) &&
           memcmp(octets, zeros, sizeof zeros) != 0;
}
