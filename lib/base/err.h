/* Errors of our own machine. What the DNS did is an outcome (dns/answer.h), never one of these.
 */
#ifndef CAA_BASE_ERR_H
#define CAA_BASE_ERR_H

enum caa_err {
    CAA_OK = 0,
#define CAA_ERR(name, text) CAA_ERR_##name,
#include "base/err.def"
#undef CAA_ERR
};

/* The error's name, for logs and tests: "CAA_ERR_NOMEM". Static; "CAA_OK" for success. */
const char *caa_err_name(enum caa_err err);

/* One sentence for a person, without a full stop. Static. */
const char *caa_err_text(enum caa_err err);

#endif
