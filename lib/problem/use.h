/* Problem documents (RFC 9457) for those who use our HTTP interface wrongly, and for when it
   cannot serve. */
#ifndef CAA_PROBLEM_USE_H
#define CAA_PROBLEM_USE_H

#include "base/err.h"
#include "problem/document.h"

enum caa_use {
#define CAA_USE(name, code, status, title) CAA_USE_##name,
#include "problem/problem.def"
#undef CAA_USE
};

/* The document: type "urn:caa:problem:CODE", title and status of the list, `detail` (one
   sentence, may quote hostile input; NULL or "" for none), and `pointer`, the member at fault
   as a JSON pointer (RFC 6901: "/issuers/0"; NULL where it is about none). `retry_after_s` is 0
   where there is to be no Retry-After. CAA_ERR_NOMEM. */
enum caa_err caa_problem_of_use(struct caa_problem_document *document, enum caa_use use,
                                const char *pointer, const char *detail,
                                uint32_t retry_after_s);

/* "urn:caa:problem:not-json", the title, and the HTTP status. Static. */
const char *caa_use_type(enum caa_use use);
const char *caa_use_title(enum caa_use use);
int caa_use_status(enum caa_use use);

#endif
