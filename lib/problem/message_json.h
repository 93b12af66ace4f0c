/* Errors in JSON: problem documents, orders and authorizations of ACME (RFC 8555), and what
   clients log. */
#ifndef CAA_PROBLEM_MESSAGE_JSON_H
#define CAA_PROBLEM_MESSAGE_JSON_H

#include <jansson.h>

#include "problem/message.h"

enum {
    CAA_MESSAGE_DEPTH_MAX = 64,     /* objects and arrays inside each other */
    CAA_MESSAGE_JSON_MAX = 1 << 18, /* octets of one document */
};

/* Looks for the end of an object or array by its brackets, without reading it. All zero at its
   start. */
struct caa_message_scan {
    size_t at; /* octets looked at */
    size_t depth, deepest;
    bool quoted, escaped;
    size_t len; /* octets up to the last bracket, once that was found; else 0 */
};

/* Goes on in the text that the document starts with, which may have become longer. */
void caa_message_scan(struct caa_message_scan *scan, struct caa_slice text);

/* Takes the name from {"identifier": {"type": "dns", "value": "a.example"}}, with an asterisk
   where `wildcard` stands beside it, or from the name alone, as Caddy logs it; where the object
   has none, the name stays. */
void caa_message_note_identifier(struct caa_explanation *around, const json_t *object);

/* Reads a document as caa_message_read does a text: each problem with what its object, and
   those around it, tell of its name. False where it is no JSON, has invalid UTF-8, or is nested
   deeper than CAA_MESSAGE_DEPTH_MAX: nothing is taken then. */
bool caa_message_read_json(struct caa_slice document, const struct caa_explanation *around,
                           caa_explanation_take *take, void *context,
                           struct caa_message_rest *rest);

#endif
