/* Why a CAA check fails, or would: findings in the order of their causal weight. Pure: made
   from a check's result and from what a survey observed. */
#ifndef CAA_DIAGNOSE_DIAGNOSIS_H
#define CAA_DIAGNOSE_DIAGNOSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "check/check.h"
#include "diagnose/survey.h"

enum caa_diagnosis_code {
#define CAA_DIAGNOSIS(name, code, severity, effect, rule, remedy, harmless)                    \
    CAA_DIAGNOSIS_##name,
#include "diagnose/diagnosis.def"
#undef CAA_DIAGNOSIS
    CAA_DIAGNOSIS_CODE_COUNT
};

/* How bad it is in itself, whether or not something fails. */
enum caa_diagnosis_severity {
    CAA_DIAGNOSIS_ERROR,   /* it can make lookups fail */
    CAA_DIAGNOSIS_WARNING, /* it breaks a rule, or leaves less to spare */
    CAA_DIAGNOSIS_NOTE,
};

/* What it has to do with the failure, in the order of weight. */
enum caa_diagnosis_bearing {
    CAA_DIAGNOSIS_CAUSE,
    CAA_DIAGNOSIS_CONTRIBUTES,
    CAA_DIAGNOSIS_NOT_THE_CAUSE,
    CAA_DIAGNOSIS_ADVICE, /* nothing fails */
};

/* What it does to lookups. */
enum caa_diagnosis_effect {
    CAA_DIAGNOSIS_NONE,
    CAA_DIAGNOSIS_STOPS,       /* a server is of no use to a lookup */
    CAA_DIAGNOSIS_HIDES,       /* a server cannot be found */
    CAA_DIAGNOSIS_INVALIDATES, /* data does not validate */
    CAA_DIAGNOSIS_DECIDES,     /* the check ends with it */
    CAA_DIAGNOSIS_OURS,        /* this machine's network or resolver */
    CAA_DIAGNOSIS_LEANS,       /* makes a farther zone matter */
};

/* One thing that a server did, or the recursor where there is no address. */
struct caa_diagnosis_evidence {
    struct caa_diagnosis_evidence *next;
    const struct caa_name *server; /* its name, or NULL */
    char address[CAA_EVIDENCE_ADDRESS_MAX];
    bool over_tcp;
    const char *asked;   /* "CAA of deno.net" */
    const char *did;     /* "no answer within 1500 ms"; printable */
    int64_t at_us;       /* wall clock; 0: not known */
    uint32_t elapsed_us; /* to the answer, or to the end of waiting */
};

struct caa_diagnosis_finding {
    struct caa_diagnosis_finding *next;
    enum caa_diagnosis_code code;
    enum caa_diagnosis_bearing bearing;
    struct caa_name zone;        /* that it is about */
    enum caa_fault mender;       /* who can mend it… */
    struct caa_name mender_zone; /* … and what they run */
    size_t affected, among;      /* name servers or addresses that it is true of, and that were
                                    looked at; 0: it is not about servers */
    const void *counted;         /* which of them was counted last */
    const char *text;            /* what is the case: one clause */
    const char *why;             /* why it is the cause, or not: one clause; "" as advice */
    size_t evidence_count;
    struct caa_diagnosis_evidence *evidence;
};

enum caa_diagnosis_state {
    CAA_DIAGNOSIS_HEALTHY,   /* allowed, and no lookup failed */
    CAA_DIAGNOSIS_RESCUED,   /* decided, but a lookup failed at first */
    CAA_DIAGNOSIS_FORBIDDEN, /* decided: a CAA record forbids it */
    CAA_DIAGNOSIS_FAILS,     /* undecided */
};

struct caa_diagnosis {
    const struct caa_check_result *check;
    const struct caa_survey *survey;
    enum caa_diagnosis_state state;
    const struct caa_name *level; /* the ancestor whose lookup failed; NULL: none did */
    struct caa_name zone;         /* the failing zone; len 0: none is known */
    enum caa_failure failure;     /* how it fails */
    enum caa_fault fault;
    size_t finding_count;
    size_t findings_dropped;                      /* beyond the limit */
    const struct caa_diagnosis_finding *findings; /* causes first */
};

/* Makes the diagnosis of a check that is done, at `now_us` (wall clock). All lives in `arena`;
   check and survey must live as long. CAA_ERR_LIMIT where the arena does not suffice. */
enum caa_err caa_diagnosis_make(struct caa_diagnosis *diagnosis, struct caa_arena *arena,
                                const struct caa_check_result *check,
                                const struct caa_survey *survey, int64_t now_us);

/* Columns of diagnosis.def. Static. */
const char *caa_diagnosis_code_text(enum caa_diagnosis_code code);
enum caa_diagnosis_severity caa_diagnosis_severity(enum caa_diagnosis_code code);
enum caa_diagnosis_effect caa_diagnosis_effect(enum caa_diagnosis_code code);
const char *caa_diagnosis_rule(enum caa_diagnosis_code code);
const char *caa_diagnosis_remedy(enum caa_diagnosis_code code);
const char *caa_diagnosis_harmless(enum caa_diagnosis_code code);

/* "error", "cause", "healthy": codes for JSON and text. Static. */
const char *caa_diagnosis_severity_code(enum caa_diagnosis_severity severity);
const char *caa_diagnosis_bearing_code(enum caa_diagnosis_bearing bearing);
const char *caa_diagnosis_state_code(enum caa_diagnosis_state state);

/* The failure that a server with such a finding shows; CAA_FAILURE_NONE where it is not about
   that. */
enum caa_failure caa_diagnosis_failure(enum caa_diagnosis_code code);

#endif
