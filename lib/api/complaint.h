/* Why an object refuses, kept in the object for whoever asks, in the words of caa.h. */
#ifndef CAA_API_COMPLAINT_H
#define CAA_API_COMPLAINT_H

#include <caa/caa.h>

#include "base/diag.h"
#include "base/err.h"

struct caa_complaint {
    enum caa_error error; /* CAA_ERROR_NONE: there is nothing to complain about */
    struct caa_diag why;
};

/* The public name of an internal error. */
enum caa_error caa_error_of(enum caa_err err);

/* Notes an internal error and returns its public name. `why` may be NULL or empty: the error's
   own text serves. CAA_OK clears the complaint. */
enum caa_error caa_complaint_take(struct caa_complaint *complaint, enum caa_err err,
                                  const struct caa_diag *why);

/* Notes `text`; returns `error`. */
enum caa_error caa_complaint_note(struct caa_complaint *complaint, enum caa_error error,
                                  const char *text);

#endif
