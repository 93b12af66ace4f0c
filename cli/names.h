/* The names that a command works on: arguments, and for "-" the lines of standard input. */
#ifndef CAA_CLI_NAMES_H
#define CAA_CLI_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "dns/identifier.h"
#include "problem/problem.h"

enum {
    CAA_NAMES_LINE_MAX = 4096
}; /* octets; what is longer is no name and is handed out cut */

enum caa_names_state {
    CAA_NAMES_READY, /* a name was handed out */
    CAA_NAMES_WAIT,  /* standard input has nothing yet */
    CAA_NAMES_END,
    CAA_NAMES_FAILED, /* standard input cannot be read; errno says why */
};

struct caa_names {
    char **arguments;
    int argument_count;
    int next;
    bool in_input; /* the current argument was "-" */
    bool input_ended;
    bool skipping;     /* the rest of a line that was too long */
    size_t start, end; /* of what is unread in `buffer` */
    char buffer[CAA_NAMES_LINE_MAX];
};

/* Starts at the first of `count` arguments, which must outlive the use of `names`. */
void caa_names_begin(struct caa_names *names, char **arguments, int count);

/* Hands out the next name, valid until the next call; blank lines are passed over. Never waits:
   after CAA_NAMES_WAIT call again when standard input is readable. */
enum caa_names_state caa_names_next(struct caa_names *names, struct caa_slice *name);

/* Reads a name: CAA_PROBLEM_NONE where it can be checked, else why it needs or bears no check,
   with the reason in `why`. */
enum caa_problem caa_names_read(struct caa_slice name, struct caa_identifier *identifier,
                                struct caa_diag *why);

#endif
