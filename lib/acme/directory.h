/* An ACME server's directory (RFC 8555 section 7.1.1), and which paths of it pass a proxy. */
#ifndef CAA_ACME_DIRECTORY_H
#define CAA_ACME_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

enum { CAA_PATH_MAX = 1024 }; /* octets, with the NUL */

/* Cuts "https://ca.example:14000/dir" in two, both within `url`. False where it is not like
   that: scheme http or https, a host, a path, and no query. */
bool caa_directory_url_split(const char *url, struct caa_slice *origin, struct caa_slice *path);

/* Of which members of a directory it is asked where they lead. */
enum caa_directory_members {
    CAA_DIRECTORY_ALL,
    CAA_DIRECTORY_KNOWN, /* the resources of RFC 8555 section 9.7.5 and RFC 9773: others may
                            lead to a page for people, as one of Let's Encrypt's does */
};

/* Looks at the directory `body` as it came through a proxy whose own directory is at `url`:
   clients follow its URLs, so that one of another origin leads them past the proxy; `members`
   are those that count. Writes the folder that all resources are in, with a '/' at its end
   ("/acme/ca/", or "/" where they have no other). CAA_ERR_SYNTAX with member and URL where one
   leads elsewhere, where newNonce, newAccount or newOrder is missing, and where it is no
   directory at all. */
enum caa_err caa_directory_look_at(char folder[CAA_PATH_MAX], struct caa_slice body,
                                   const char *url, enum caa_directory_members members,
                                   struct caa_diag *diag);

/* Whether `path` (as it was sent, without query) is one of `paths`, or in one that ends in '/',
   octet by octet. Of what comes behind that, nothing may mean another path to somebody: dots,
   an empty segment, a character that is not plain. */
bool caa_path_passes(struct caa_slice path, const char *const *paths, size_t count);

#endif
