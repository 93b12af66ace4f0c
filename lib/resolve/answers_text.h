/* What an answers file says, line by line and by owner (its grammar is in resolve/answers.h).
 */
#ifndef CAA_RESOLVE_ANSWERS_TEXT_H
#define CAA_RESOLVE_ANSWERS_TEXT_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"
#include "dns/answer.h"

enum caa_answers_kind { CAA_ANSWERS_CAA, CAA_ANSWERS_CNAME, CAA_ANSWERS_OUTCOME };

/* One line that says something. Names are in wire format and lower case. */
struct caa_answers_line {
    struct caa_answers_line *next;
    unsigned long number; /* in the file, from 1 */
    struct caa_slice owner;
    struct caa_slice data; /* RDATA of CAA, target of CNAME, reason of an outcome (a NUL
                              follows) */
    uint32_t ttl_s;
    enum caa_answers_kind kind;
    enum caa_outcome outcome; /* where kind is CAA_ANSWERS_OUTCOME */
};

struct caa_answers_text {
    struct caa_arena *arena;        /* holds all that follows */
    struct caa_answers_line *lines; /* in the order of the file */
    size_t line_count;
    struct caa_answers_line **by_owner; /* sorted; one owner's lines in the order of the file */
    struct caa_slice *data;             /* that of each line in `by_owner` */
};

/* Reads and checks it all; nothing refers to `octets` afterwards. CAA_ERR_SYNTAX with
   "FILE:LINE: reason", CAA_ERR_LIMIT, CAA_ERR_NOMEM. Only success has to be freed. */
enum caa_err caa_answers_text_read(struct caa_answers_text *text, struct caa_slice octets,
                                   const char *file, struct caa_diag *diag);

/* How many lines have this owner (wire format, lower case); `*first` is the first one's place
   in `by_owner`. */
size_t caa_answers_text_find(const struct caa_answers_text *text, struct caa_slice owner,
                             size_t *first);

/* Frees what caa_answers_text_read gave; doing so twice is fine. */
void caa_answers_text_free(struct caa_answers_text *text);

#endif
