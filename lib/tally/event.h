/* What a line of a log says of one CAA check, or of one lookup that a resolver gave up. */
#ifndef CAA_TALLY_EVENT_H
#define CAA_TALLY_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "problem/explain.h"

enum { CAA_TALLY_KEY_MAX = 256 }; /* octets of what is counted by, the NUL included */

/* Where an event was read: what else its log tells, and so what may be concluded. */
enum caa_tally_source {
    CAA_TALLY_ERRORS,   /* error texts: what worked is not in there */
    CAA_TALLY_ORDERS,   /* order logs, and what `caa check --json` wrote */
    CAA_TALLY_AUDIT,    /* a CA's audit log */
    CAA_TALLY_HISTORY,  /* our own history */
    CAA_TALLY_RESOLVER, /* a resolver's log: lookups, not checks, and only those that failed */
    CAA_TALLY_SOURCES
};

/* Who is to act, in the order of a report. */
enum caa_tally_fault {
    CAA_TALLY_REGISTRY,
    CAA_TALLY_PLATFORM,
    CAA_TALLY_RESOLVER_OR_CA,
    CAA_TALLY_SUBSCRIBER,
    CAA_TALLY_POLICY,
    CAA_TALLY_UNKNOWN,
    CAA_TALLY_FAULTS
};

enum { CAA_TALLY_NO_TIME = -1 };

/* All texts are lent, may be hostile, and are empty where nothing is told. */
struct caa_tally_event {
    enum caa_tally_source source;
    int64_t at_us; /* wall clock; CAA_TALLY_NO_TIME */
    bool failed;
    bool rescued;          /* it worked, but a lookup had to be made again */
    struct caa_slice name; /* that the certificate is for */
    struct caa_slice zone; /* whose lookup failed, as far as it is known */
    struct caa_slice kind; /* code: "servfail", "forbidden" */
    struct caa_slice server;
    struct caa_slice ca;
    enum caa_tally_fault fault;
    enum caa_again again; /* is trying again advised? */
};

/* "registry", "resolver", "policy": the codes of the other commands. Static. */
const char *caa_tally_fault_code(enum caa_tally_fault fault);

/* CAA_TALLY_UNKNOWN for what is no code. */
enum caa_tally_fault caa_tally_fault_of_code(struct caa_slice code);

/* A failure as an explanation has it; the texts are lent from it. Time and source remain to be
   filled in. */
struct caa_tally_event caa_tally_event_of(const struct caa_explanation *explanation);

#endif
