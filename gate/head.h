/* Header fields of an answer on its way through the gate: "NAME: VALUE" and a line feed each.
 */
#ifndef CAA_GATE_HEAD_H
#define CAA_GATE_HEAD_H

#include <stdbool.h>

#include "base/slice.h"

/* Takes out what is for one hop only (RFC 9110 section 7.6.1: Connection, what it names, and
   those that are always), Content-Length, and what is no field. In place; false when out of
   memory. */
bool gate_head_keep_end_to_end(char *head);

/* The value of the first field of that name; empty where there is none. */
struct caa_slice gate_head_find(const char *head, const char *name);

/* Whether the Content-Type is that media type, whatever its parameters. */
bool gate_head_is_of_type(const char *head, const char *type);

/* Puts a field behind all others; `*head` is from malloc. False when out of memory: then it
   stays. */
bool gate_head_add(char **head, const char *name, const char *value);

#endif
