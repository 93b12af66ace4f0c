/* What the DNS did when it was asked: the data, or how it failed, and how far it can be
 * trusted. */
#ifndef CAA_DNS_ANSWER_H
#define CAA_DNS_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "dns/evidence.h"
#include "dns/name.h"

enum { CAA_TYPE_CAA = 257 }; /* RFC 8659 section 4.1 */

enum caa_outcome {
#define CAA_OUTCOME(name, code, text) CAA_OUTCOME_##name,
#include "dns/outcome.def"
#undef CAA_OUTCOME
    CAA_OUTCOME_COUNT
};

/* Validation states of RFC 4035 section 4.3. */
enum caa_security {
    CAA_SECURITY_INDETERMINATE, /* nothing was received that could be validated */
    CAA_SECURITY_INSECURE,
    CAA_SECURITY_SECURE,
    CAA_SECURITY_BOGUS,
};

/* When another look at the same question was taken. */
enum caa_look_kind {
    CAA_LOOK_NONE,    /* there was none that said something else */
    CAA_LOOK_EARLIER, /* before, and what it said was still valid */
    CAA_LOOK_BESIDE,  /* at the same time */
};

/* What another look said, kept beside an answer that says something else. It was sound too. */
struct caa_look {
    enum caa_look_kind kind;
    enum caa_outcome outcome;
    enum caa_security security;
    size_t record_count;
    uint64_t digest;        /* of the set of RDATA, in any order; for people, not for decisions:
                               it can be forged */
    int64_t observed_at_us; /* wall clock */
};

/* Immutable once made; shared by reference, also between threads. */
struct caa_answer {
    struct caa_name owner; /* the name that was asked for */
    uint16_t type;
    enum caa_outcome outcome;
    enum caa_security security;
    uint8_t rcode;  /* of the response; 2 (SERVFAIL) where there was none */
    int ede;        /* INFO-CODE of RFC 8914, -1 where none came */
    uint32_t ttl_s; /* of what may be remembered: the RRset's, or by RFC 2308 section 5 */
    int64_t observed_at_us;        /* wall clock, when the answer came */
    uint32_t elapsed_us;           /* from the question to the answer */
    size_t rdata_count;            /* not 0 only where outcome is CAA_OUTCOME_RECORDS */
    const struct caa_slice *rdata; /* each record's RDATA in wire format */
    size_t alias_count;
    const struct caa_name
        *aliases;         /* the targets of CNAME and DNAME, in order; the last owns the data */
    const char *reason;   /* why it is bogus, malformed or out of reach; "" where unknown */
    const char *ede_text; /* EXTRA-TEXT of RFC 8914 as it came, hostile; "" where none */
    bool denial_signed;   /* an empty answer with signed NSEC or NSEC3 records in it */
    bool rescued;         /* had in spite of a failure, which `evidence` tells of */
    struct caa_look other; /* of kind CAA_LOOK_NONE where no look disagreed */
    /* The response that it was read from, with its DNSSEC records; empty where nobody wanted it
       kept. Its TTLs are as of `observed_at_us`. */
    struct caa_slice packet;
    const struct caa_evidence *evidence; /* of a rescue that was tried; NULL where none was */
};

/* A shared answer with one reference for the caller: `content` and all it points to is copied,
   but for the evidence, which gets a reference.
   reason and ede_text may be NULL. NULL when out of memory. */
const struct caa_answer *caa_answer_new(const struct caa_answer *content);

/* A failure without data: `reason` is copied and may be NULL. Never NULL: out of memory gives a
   static answer that says so. One reference for the caller. */
const struct caa_answer *caa_answer_failure(const struct caa_name *owner, uint16_t type,
                                            enum caa_outcome outcome, const char *reason,
                                            int64_t observed_at_us, uint32_t elapsed_us);

/* One reference more, returned for convenience. */
const struct caa_answer *caa_answer_retain(const struct caa_answer *answer);

/* One reference less; the last one frees. NULL is fine. */
void caa_answer_release(const struct caa_answer *answer);

/* It says something: records, or that there are none, validated or proved to be from an
   unsigned zone. Everything else is a failure. */
bool caa_answer_is_sound(const struct caa_answer *answer);

/* "servfail": the code used in JSON and in answers files. Static. */
const char *caa_outcome_code(enum caa_outcome outcome);

/* "SERVFAIL": the word used in text for people. Static. */
const char *caa_outcome_text(enum caa_outcome outcome);

/* The RCODE of a response with such an outcome; 2 (SERVFAIL) where there is no response or it
   does not tell. */
uint8_t caa_outcome_rcode(enum caa_outcome outcome);

/* "secure", "insecure", "bogus", "indeterminate". Static. */
const char *caa_security_code(enum caa_security security);

#endif
