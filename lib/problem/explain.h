/* What somebody else's error text means: what failed, whose fault it is, try again or not.
 * Pure. */
#ifndef CAA_PROBLEM_EXPLAIN_H
#define CAA_PROBLEM_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "dns/evidence.h"
#include "problem/problem.h"

enum {
    CAA_EXPLAIN_NAME_MAX = 256, /* octets of a name as a text has it, the NUL included */
    CAA_EXPLAIN_WORD_MAX = 32,
    CAA_EXPLAIN_EXTRA_MAX = 256,
};

/* When the CA said it. CAA_STAGE(NAME, "code", "text for a person"). */
enum caa_stage {
    CAA_STAGE_UNKNOWN,
#define CAA_STAGE(name, code, text) CAA_STAGE_##name,
#include "problem/stage.def"
#undef CAA_STAGE
};

/* How sure an explanation is. */
enum caa_sureness {
    CAA_SURENESS_NONE,    /* it is not known what happened */
    CAA_SURENESS_LIKELY,  /* what failed is known; whose fault it is follows from who runs it */
    CAA_SURENESS_CERTAIN, /* the text says it */
};

enum caa_again {
    CAA_AGAIN_UNKNOWN, /* never guessed */
    CAA_AGAIN_NO,
    CAA_AGAIN_YES,
};

/* One error. Texts are NUL-terminated and printable, "" where nothing is told. */
struct caa_explanation {
    unsigned long line; /* of the input where it ends, from 1; 0 where there are no lines */
    enum caa_problem problem;
    enum caa_stage stage;
    bool secondary;                       /* seen from a remote perspective (BR 3.2.2.9) */
    char name[CAA_EXPLAIN_NAME_MAX];      /* that the certificate is for */
    char owner[CAA_EXPLAIN_NAME_MAX];     /* that was looked up, or whose CAA forbids */
    char type[CAA_EXPLAIN_WORD_MAX];      /* that was looked up: "CAA", "TXT" */
    char outcome[CAA_EXPLAIN_WORD_MAX];   /* response code or the like, as the text has it */
    int ede;                              /* INFO-CODE of RFC 8914, -1 where none is told */
    char extra[CAA_EXPLAIN_EXTRA_MAX];    /* its EXTRA-TEXT */
    char zone[CAA_EXPLAIN_NAME_MAX];      /* the failing zone, where the extra text names it */
    char acme_type[CAA_EXPLAIN_WORD_MAX]; /* "dns" of urn:ietf:params:acme:error:dns */
    const char *ca;       /* whose words they are, static; "" where many use them */
    enum caa_fault fault; /* CAA_FAULT_RESOLVER is the CA's resolver; meaningless where a record
                             forbids: see caa_explain_fault */
    enum caa_again again;
    uint32_t after_s; /* CAA_AGAIN_YES: at least 1 */
    const char *why;  /* static, one clause for a person */
    enum caa_sureness sureness;
};

/* An explanation of which nothing is known. */
struct caa_explanation caa_explain_nothing(void);

/* Copies a text into a member, made printable, as far as it fits in `size` octets. */
void caa_explain_copy(char *into, size_t size, struct caa_slice text);

/* Fills in the fault, what becomes of trying again, and the sureness, from all the rest. */
void caa_explain_judge(struct caa_explanation *explanation);

/* "registry"; "policy" where a CAA record forbids. Static. */
const char *caa_explain_fault(const struct caa_explanation *explanation);

/* "finalize"; "" for CAA_STAGE_UNKNOWN. Static. */
const char *caa_stage_code(enum caa_stage stage);

/* For people, after "the CA said so"; "" for CAA_STAGE_UNKNOWN. Static. */
const char *caa_stage_text(enum caa_stage stage);

/* "certain", "likely", "none". Static. */
const char *caa_sureness_code(enum caa_sureness sureness);

/* Where a CAA record makes `owner` irrelevant: the farthest ancestor of the explained name
   below `owner` that is no registry's. False where there is none, so also where `owner` is the
   name itself. */
bool caa_explain_shield(const struct caa_explanation *explanation, struct caa_name *shield);

#endif
