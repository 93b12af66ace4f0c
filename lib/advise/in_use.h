/* Certificates in use: which CA each name has its certificate from. One line each, either

     name issuer [account [method]]      white space between; '#' in front makes a comment
     {"name": "*.a.example", "issuer": "ca.example", "account": "https://…", "method": "dns-01"}

   `issuer` is the CA's issuer domain name; account and method may be left out, or null. Other
   members are not looked at, nor are blank lines. */
#ifndef CAA_ADVISE_IN_USE_H
#define CAA_ADVISE_IN_USE_H

#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"
#include "dns/identifier.h"

enum {
    CAA_IN_USE_FILE_MAX = 16 << 20, /* octets */
    CAA_IN_USE_LINE_MAX = 8192,
    CAA_IN_USE_MOST = 20000, /* different certificates */
};

struct caa_in_use {
    unsigned long line; /* from 1 */
    struct caa_identifier identifier;
    struct caa_slice issuer;
    struct caa_slice account, method; /* empty: not known */
};

struct caa_in_use_list {
    struct caa_arena *arena; /* holds the items and their texts */
    size_t count;
    struct caa_in_use *items; /* by name; none twice */
};

/* Reads the whole text; `file` is its name in errors. CAA_ERR_SYNTAX with "FILE:LINE: reason",
   CAA_ERR_LIMIT, CAA_ERR_NOMEM; only success has to be freed. */
enum caa_err caa_in_use_read(struct caa_in_use_list *list, struct caa_slice text,
                             const char *file, struct caa_diag *diag);

/* Frees what caa_in_use_read gave, and leaves an empty list. */
void caa_in_use_free(struct caa_in_use_list *list);

#endif
