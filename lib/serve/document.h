/* JSON from strangers, with limits. */
#ifndef CAA_SERVE_DOCUMENT_H
#define CAA_SERVE_DOCUMENT_H

#include <jansson.h>

#include "base/err.h"
#include "base/slice.h"
#include "serve/refusal.h"

enum { CAA_DOCUMENT_DEPTH_MAX = 16 }; /* arrays and objects within each other */

/* Reads one JSON object (RFC 8259) that is all of `text`. Refused, saying where it is
   wrong: what is no JSON, no object, nested deeper than CAA_DOCUMENT_DEPTH_MAX, not UTF-8,
   says a member twice, or has a NUL in a string. CAA_ERR_SYNTAX then, CAA_ERR_NOMEM;
   `*object` is a new reference otherwise. */
enum caa_err caa_document_read(json_t **object, struct caa_slice text,
                               struct caa_refusal *refusal);

#endif
