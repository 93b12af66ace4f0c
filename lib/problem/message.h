/* Error texts of certificate authorities, as people have them: with log times, names and quotes
   of their client around them. */
#ifndef CAA_PROBLEM_MESSAGE_H
#define CAA_PROBLEM_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "problem/explain.h"

/* Called once for each error that is found; the explanation is judged, and lent for the call.
 */
typedef void caa_explanation_take(void *context, const struct caa_explanation *explanation);

/* What a text says, beside the errors that were taken from it. */
struct caa_message_rest {
    size_t taken; /* errors that were handed out */
    bool cut;     /* it ends where a name was to follow: the next line has it */
    bool hint;    /* `hinted` is to be told if nothing else explains it */
    bool more;    /* the following lines may: it is a type alone, or a summary */
    struct caa_explanation
        hinted; /* an ACME error type alone, or "several names" without them */
    struct caa_explanation context; /* name, type, stage and so on, for what follows */
};

/* Reads one text. What `around` knows (its name, type, stage, secondary; NULL for nothing)
   holds until the text says otherwise. The text may be hostile. */
void caa_message_read(struct caa_slice text, const struct caa_explanation *around,
                      caa_explanation_take *take, void *context, struct caa_message_rest *rest);

/* It holds words that could begin an error: a quick look before the reading. */
bool caa_message_is_likely(struct caa_slice text);

#endif
