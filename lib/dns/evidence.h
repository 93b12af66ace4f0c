/* What was found when a lookup failed and the servers themselves were asked: kept, shown, and
   never the ground of a verdict. */
#ifndef CAA_DNS_EVIDENCE_H
#define CAA_DNS_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/name.h"

enum caa_fault {
    CAA_FAULT_NONE,
#define CAA_FAULT(name, code, text) CAA_FAULT_##name,
#include "dns/evidence.def"
#undef CAA_FAULT
};

enum caa_failure {
    CAA_FAILURE_NONE,
#define CAA_FAILURE(name, code, text) CAA_FAILURE_##name,
#include "dns/evidence.def"
#undef CAA_FAILURE
};

enum {
    CAA_EVIDENCE_ITEMS_MAX = 128,
    CAA_EVIDENCE_ADDRESS_MAX = 48, /* "2001:db8::1", the NUL included */
    CAA_EVIDENCE_TEXT_MAX = 96,
};

/* One exchange with one server. */
struct caa_evidence_item {
    struct caa_name zone;   /* the zone that it was asked for */
    struct caa_name server; /* its name */
    char address[CAA_EVIDENCE_ADDRESS_MAX];
    bool over_tcp;
    int64_t sent_at_us;       /* wall clock */
    uint32_t round_trip_us;   /* to the response, or to the end of waiting */
    enum caa_failure failure; /* CAA_FAILURE_NONE: a usable answer or referral */
    uint8_t rcode;            /* of the response; meaningless where there was none */
    int ede;                  /* INFO-CODE of RFC 8914, -1 where none came */
    uint16_t size;            /* of the response in octets, 0 where there was none */
    uint64_t digest; /* of the answer section, without signatures, in any order; 0 where it is
                        empty. For people: it can be forged */
    char text[CAA_EVIDENCE_TEXT_MAX]; /* what went wrong, or the EXTRA-TEXT; made printable */
};

/* Immutable once made; shared by reference, also between threads. */
struct caa_evidence {
    struct caa_name zone;  /* the failing zone; the root's where none can be named */
    struct caa_name alias; /* the failing zone is on the way there, where the name leads as an
                              alias; len 0: it is on the way to the name itself */
    enum caa_fault fault;  /* CAA_FAULT_NONE where rescued without a zone at fault */
    enum caa_failure failure; /* what most of its servers do */
    uint32_t retry_count;     /* how often the whole lookup was made again */
    bool insecure_proved;     /* a validated answer shows that the failing zone has no DS */
    bool retry_advised;
    uint32_t retry_after_s; /* where advised: at least 1 */
    const char *retry_why;  /* one clause for a person, copied */
    const char *reason;     /* what was found, one clause for a person, copied; may be "" */
    size_t variant_count;   /* different things that the servers of the name's zone, asked
                               directly, said of it: unvalidated. 0: none did, or not known */
    uint32_t query_count;   /* that the investigation sent, within 20 s */
    uint32_t elapsed_us;    /* from the failure to the end of the rescue */
    size_t item_count;
    const struct caa_evidence_item *items;
};

/* Shared evidence with one reference for the caller; `content` and all it points to is copied.
   NULL when out of memory. */
const struct caa_evidence *caa_evidence_new(const struct caa_evidence *content);

/* One reference more, returned for convenience. NULL is fine. */
const struct caa_evidence *caa_evidence_retain(const struct caa_evidence *evidence);

/* One reference less; the last one frees. NULL is fine. */
void caa_evidence_release(const struct caa_evidence *evidence);

/* It says what the servers of its zone do. Not where nobody was asked yet: then it names the
   root for want of a zone. */
bool caa_evidence_tells_of_zone(const struct caa_evidence *evidence);

/* "registry": the code used in JSON; "" for CAA_FAULT_NONE. Static. */
const char *caa_fault_code(enum caa_fault fault);

/* "the registry of …": for people; "" for CAA_FAULT_NONE. Static. */
const char *caa_fault_text(enum caa_fault fault);

/* "silent": the code used in JSON; "" for CAA_FAILURE_NONE. Static. */
const char *caa_failure_code(enum caa_failure failure);

/* "do not answer": for people, after "its servers"; "" for CAA_FAILURE_NONE. Static. */
const char *caa_failure_text(enum caa_failure failure);

#endif
