/* DNS messages put together octet by octet, so that wrong ones can be made too. */
#ifndef CAA_TESTS_UNIT_PACKET_H
#define CAA_TESTS_UNIT_PACKET_H

#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/answer.h"
#include "dns/name.h"

enum { QR = 0x8000, AA = 0x0400, TC = 0x0200, RD = 0x0100, RA = 0x0080 };
enum { TYPE_A = 1, TYPE_CNAME = 5, TYPE_SOA = 6, TYPE_DNAME = 39, TYPE_OPT = 41 };
enum { TYPE_DS = 43, TYPE_RRSIG = 46 };
enum { CLASS_IN = 1, CLASS_CH = 3 };
/* Places of the header's counters. */
enum section { QUESTION = 4, ANSWER = 6, AUTHORITY = 8, ADDITIONAL = 10 };

struct packet {
    size_t len;
    uint8_t wire[UINT16_MAX + 1024];
};

static inline struct caa_name name_of(const char *text) {
    struct caa_name name = {0};
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    return name;
}

static inline void put_octets(struct packet *packet, const void *octets, size_t len) {
    assert_true(packet->len + len <= sizeof packet->wire);
    if (len > 0) memcpy(packet->wire + packet->len, octets, len);
    packet->len += len;
}

static inline void put_number(struct packet *packet, uint32_t number, size_t octets) {
    for (size_t i = octets; i > 0; i--) {
        uint8_t octet = (uint8_t)(number >> (i - 1) * 8);
        put_octets(packet, &octet, 1);
    }
}

static inline void put_name(struct packet *packet, const char *text) {
    struct caa_name name = name_of(text);
    put_octets(packet, name.wire, name.len);
}

static inline void count_one_more(struct packet *packet, enum section section) {
    if (++packet->wire[section + 1] == 0) packet->wire[section]++;
}

static inline void put_question(struct packet *packet, const char *name, uint16_t type,
                                uint16_t class) {
    count_one_more(packet, QUESTION);
    put_name(packet, name);
    put_number(packet, type, 2);
    put_number(packet, class, 2);
}

/* A header with `flags` and rcode, and a question for the CAA records of `name`. */
static inline void begin_response(struct packet *packet, unsigned flags, const char *name) {
    memset(packet, 0, sizeof *packet);
    packet->len = 12;
    packet->wire[2] = (uint8_t)(flags >> 8);
    packet->wire[3] = (uint8_t)flags;
    if (name != NULL) put_question(packet, name, CAA_TYPE_CAA, CLASS_IN);
}

static inline void put_record_of_class(struct packet *packet, enum section section,
                                       const char *owner, uint16_t type, uint16_t class,
                                       uint32_t ttl_s, struct caa_slice rdata) {
    count_one_more(packet, section);
    put_name(packet, owner);
    put_number(packet, type, 2);
    put_number(packet, class, 2);
    put_number(packet, ttl_s, 4);
    put_number(packet, (uint32_t)rdata.len, 2);
    put_octets(packet, rdata.ptr, rdata.len);
}

static inline void put_record(struct packet *packet, enum section section, const char *owner,
                              uint16_t type, uint32_t ttl_s, struct caa_slice rdata) {
    put_record_of_class(packet, section, owner, type, CLASS_IN, ttl_s, rdata);
}

/* `0 issue "VALUE"` in the answer section. */
static inline void put_caa(struct packet *packet, const char *owner, uint32_t ttl_s,
                           const char *value) {
    char rdata[256] = "\0\005issue";
    memcpy(rdata + 7, value, strlen(value));
    put_record(packet, ANSWER, owner, CAA_TYPE_CAA, ttl_s,
               caa_slice_bytes(rdata, 7 + strlen(value)));
}

static inline void put_alias(struct packet *packet, const char *owner, uint16_t type,
                             uint32_t ttl_s, const char *target) {
    struct caa_name name = name_of(target);
    put_record(packet, ANSWER, owner, type, ttl_s, caa_slice_bytes(name.wire, name.len));
}

static inline void put_soa(struct packet *packet, enum section section, const char *zone,
                           uint32_t ttl_s, uint32_t minimum_s) {
    static struct packet room;
    struct packet *rdata = &room;
    memset(rdata, 0, sizeof *rdata);
    put_name(rdata, "ns.example");
    put_name(rdata, "hostmaster.example");
    for (int i = 0; i < 4; i++) put_number(rdata, 3600, 4); /* serial, refresh, retry, expire */
    put_number(rdata, minimum_s, 4);
    put_record(packet, section, zone, TYPE_SOA, ttl_s,
               caa_slice_bytes(rdata->wire, rdata->len));
}

/* OPT with the upper octet of an extended rcode and options in wire form. */
static inline void put_opt(struct packet *packet, uint8_t rcode_high,
                           struct caa_slice options) {
    put_record_of_class(packet, ADDITIONAL, ".", TYPE_OPT, 1232, (uint32_t)rcode_high << 24,
                        options);
}

#endif
