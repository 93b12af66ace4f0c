/* What a response holds that a diagnosis needs: serial, keys, DS records, signatures. Read with
   suspicion, and never a verdict's ground: what is bogus the validating recursor decides. */
#ifndef CAA_DIAGNOSE_FACTS_H
#define CAA_DIAGNOSE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "dns/name.h"
#include "probe/exchange.h"

enum {
    CAA_FACTS_KEYS_MAX = 16, /* what is beyond these is not listed */
    CAA_FACTS_DS_MAX = 16,
    CAA_FACTS_SIGNATURES_MAX = 16,
    CAA_FACTS_DIGEST_MAX = 64,
};

struct caa_facts_key {
    uint16_t flags, tag;
    uint8_t algorithm;
};

struct caa_facts_ds {
    uint16_t tag;
    uint8_t algorithm, digest_type;
    uint8_t digest_len;
    uint8_t digest[CAA_FACTS_DIGEST_MAX];
};

struct caa_facts_signature {
    uint16_t covered; /* the type that it signs */
    uint16_t tag;
    uint32_t inception,
        expiration; /* seconds since 1970, modulo 2^32 (RFC 4034 section 3.1.5) */
};

/* Zero-initialised it holds nothing. */
struct caa_facts {
    bool has_serial;
    uint32_t serial; /* of the SOA in the answer */
    bool has_denial; /* NSEC or NSEC3 records in the authority section */
    size_t key_count;
    struct caa_facts_key keys[CAA_FACTS_KEYS_MAX];
    size_t ds_count;
    struct caa_facts_ds ds[CAA_FACTS_DS_MAX]; /* in the authority section, as of a referral */
    size_t signature_count;
    struct caa_facts_signature signatures[CAA_FACTS_SIGNATURES_MAX];
    uint16_t unsigned_type; /* of a set that has no signature and needs one; 0: all have */
    struct caa_name alias;  /* where the last CNAME of the answer leads; len 0: there is none */
    bool alias_loops;       /* and that is the owner of a CNAME of the answer too */
};

/* Reads the response of `exchange`, whose packet must be whole; where there is none, or it
   cannot be read, nothing is held. */
void caa_facts_read(struct caa_facts *facts, const struct caa_exchange *exchange);

enum caa_facts_match {
    CAA_FACTS_MATCH,
    CAA_FACTS_NO_MATCH,
    CAA_FACTS_UNKNOWN, /* the digest's type, or the key's algorithm, is not known here */
};

/* Is there a key in the answer of `exchange`, to a question for DNSKEY at `zone`, that `ds`
   speaks of (RFC 4035 section 5.2)? */
enum caa_facts_match caa_facts_find_key(const struct caa_facts_ds *ds,
                                        const struct caa_exchange *exchange,
                                        const struct caa_name *zone);

enum caa_facts_time {
    CAA_FACTS_VALID,
    CAA_FACTS_EXPIRED,
    CAA_FACTS_NOT_YET,
    CAA_FACTS_SOON, /* valid still, for less than a day */
};

/* A signature's validity at `now_us`, wall clock, by serial number arithmetic (RFC 1982). */
enum caa_facts_time caa_facts_time_of(const struct caa_facts_signature *signature,
                                      int64_t now_us);

/* A moment of a signature near `now_us`, as wall clock. */
int64_t caa_facts_moment_us(uint32_t seconds, int64_t now_us);

#endif
