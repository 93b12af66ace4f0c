/* Where the members and items of a JSON text stand in it, so that something can be added and
   all the rest stays as it was written. The text was read before and found valid: here only
   brackets, strings and commas are looked at, and what is not valid leads nowhere, but never
   out of the text. */
#ifndef CAA_PROBLEM_JSON_WALK_H
#define CAA_PROBLEM_JSON_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* A walk through one object or array, `text` from its first bracket on; `at` begins at 0. */
struct caa_json_walk {
    struct caa_slice text;
    size_t at;
};

/* The next member or item, as it stands in the text: the name with its quotes (empty in an
   array), and the value from its first octet to its last. False where there is none, or where
   the text is neither object nor array. */
bool caa_json_walk_next(struct caa_json_walk *walk, struct caa_slice *name,
                        struct caa_slice *value);

/* The value of the first member that is spelt so, without an escape; empty where there is none,
   or where `object` is no object. */
struct caa_slice caa_json_walk_find(struct caa_slice object, const char *name);

#endif
