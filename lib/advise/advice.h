/* What to publish at a registered domain so that what is above it can never decide again: the
   exact CAA set. Pure: what is there today comes from checks that somebody else has made. */
#ifndef CAA_ADVISE_ADVICE_H
#define CAA_ADVISE_ADVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "advise/in_use.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "check/check.h"
#include "policy/request.h"

enum {
    CAA_ADVICE_RECORDS_MAX = 256, /* of a set, with what is added and taken out */
    CAA_ADVICE_RISKS_MAX = 32,
    CAA_ADVICE_TTL_S = 3600,
    CAA_ADVICE_TTL_S_LEAST = 300, /* a TTL between these stays as it is */
    CAA_ADVICE_TTL_S_MOST = 86400,
};

enum caa_advice_state {
    CAA_ADVICE_PUBLISH,    /* the set is another one than today's */
    CAA_ADVICE_PUBLISHED,  /* it is there already */
    CAA_ADVICE_UNKNOWN,    /* what is there today could not be looked up: nothing is advised */
    CAA_ADVICE_UNREADABLE, /* a record of today's set cannot be read: mend it first */
    CAA_ADVICE_CRITICAL,   /* one is critical and not understood, which forbids everybody */
    CAA_ADVICE_NO_DOMAIN,  /* the domain does not exist */
    CAA_ADVICE_ALIAS,      /* the domain is an alias, beside which nothing can be published */
};

enum caa_advice_change {
    CAA_ADVICE_KEPT,
    CAA_ADVICE_ADDED,
    CAA_ADVICE_TAKEN_OUT, /* not in the set to publish */
};

struct caa_advice_record {
    enum caa_advice_change change;
    struct caa_slice rdata; /* wire format */
};

enum caa_risk {
#define CAA_RISK(name, code, text) CAA_RISK_##name,
#include "advise/risk.def"
#undef CAA_RISK
};

struct caa_advice_risk {
    enum caa_risk kind;
    struct caa_slice about; /* a name or an issuer, printable; empty: nothing in particular */
};

/* All of it lives in the arena, and as long as the wish and the checks it was made from. */
struct caa_advice {
    enum caa_advice_state state;
    struct caa_request wish;
    struct caa_name domain;
    const struct caa_answer *today; /* what is at the domain */
    size_t record_count;
    struct caa_advice_record records[CAA_ADVICE_RECORDS_MAX]; /* today's first */
    uint32_t ttl_s;
    bool ttl_kept;   /* it is today's */
    uint32_t wait_s; /* what is remembered of today may be used for so long */
    size_t risk_count;
    struct caa_advice_risk risks[CAA_ADVICE_RISKS_MAX];
};

/* Advises what to publish at `domain`, the wish's name or an ancestor of it, so that each of
   the wish's issuers, for each of its accounts and by each of its methods, may issue for it.
   `today` is the check of the domain itself, `of_name` that of the wish's name; both must be
   done, and may be the same. Today's records stay as they are, but for those that would make a
   binding worthless. CAA_ERR_SYNTAX where an account or issuer cannot stand in a record,
   CAA_ERR_LIMIT for too many records, CAA_ERR_NOMEM. */
enum caa_err caa_advice_make(struct caa_advice **advice, struct caa_arena *arena,
                             const struct caa_request *wish, const struct caa_name *domain,
                             const struct caa_check_result *today,
                             const struct caa_check_result *of_name, struct caa_diag *diag);

/* Today's set would decide already: the check needs no answer from above the domain to allow.
   Everything above it counts as pending. */
bool caa_advice_ends_climb(const struct caa_name *domain,
                           const struct caa_check_result *of_name);

/* What the advised set does to a certificate in use. */
enum caa_in_use_effect {
    CAA_IN_USE_KEEPS,       /* its CA may issue for it */
    CAA_IN_USE_SHIELDED,    /* a set of its own, or nearer, decides: nothing changes */
    CAA_IN_USE_LOSES,       /* its CA may issue today, and may not then */
    CAA_IN_USE_MAY_LOSE,    /* it may for an account or a method that the list does not tell */
    CAA_IN_USE_LOST_BEFORE, /* its CA may not issue today either */
    CAA_IN_USE_UNKNOWN,     /* whether it is shielded could not be looked up */
    CAA_IN_USE_OUTSIDE,     /* it is not below the domain, or CAA does not speak of it */
};

/* `result` is the check of that name, done; NULL where none was needed. `shield` becomes the
   index of the level that shields, or CAA_LEVEL_NONE. */
enum caa_in_use_effect caa_advice_effect(const struct caa_advice *advice,
                                         const struct caa_in_use *in_use,
                                         const struct caa_check_result *result, int *shield);

/* The request for a certificate in use; `in_use` must outlive it. */
struct caa_request caa_in_use_request(const struct caa_in_use *in_use);

/* "publish", "kept", "other-cas", "loses": codes for JSON and text. Static. */
const char *caa_advice_state_code(enum caa_advice_state state);
const char *caa_advice_change_code(enum caa_advice_change change);
const char *caa_risk_code(enum caa_risk risk);
const char *caa_in_use_effect_code(enum caa_in_use_effect effect);

/* For people. Static. */
const char *caa_risk_text(enum caa_risk risk);
const char *caa_in_use_effect_text(enum caa_in_use_effect effect);

#endif
