/* What a configuration names outside itself, looked at without serving: for --check-config. */
#ifndef CAA_SERVICE_FILES_H
#define CAA_SERVICE_FILES_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "engine/conf.h"

/* Refuses accounts of a configuration that are root, or not there where this is root: `user`
   to become, and that of the recursors in `sandbox`; NULL: not said. CAA_ERR_SYNTAX. */
enum caa_err service_accounts_look_at(const char *user, const char *recursors_user,
                                      const struct caa_yaml *yaml);

/* Refuses a place of the history that is of no use however the server is; NULL: not said.
   CAA_ERR_SYNTAX. */
enum caa_err service_database_look_at(const char *database, const struct caa_yaml *yaml);

/* Lets the program have all the descriptors that it may, and refuses a start where they are
   fewer than `needed`. CAA_ERR_LIMIT. */
enum caa_err service_descriptors_raise(unsigned long needed, struct caa_diag *diag);

enum { SERVICE_BUNDLE_MOST = 4 << 20 }; /* octets of a file of many authorities */

/* A file that only has to be readable, and may have so many octets. */
struct service_text_file {
    const char *path; /* NULL: none */
    size_t most;
};

struct service_files {
    const char *user, *otherwise;  /* as for caa_identity_find */
    const char *certificate, *key; /* NULL: none */
    const char *recursor;          /* a program; NULL: the default */
    const struct service_text_file *texts;
    size_t text_count;
    const struct caa_conf *engine; /* root hints and trust anchor; NULL: nothing is looked up */
};

/* Opens all of them as a start would, and leaves nothing open. CAA_ERR_FILE, CAA_ERR_OPTION,
   CAA_ERR_SYNTAX with path and reason; CAA_ERR_NOMEM. */
enum caa_err service_files_look_at(const struct service_files *files, struct caa_diag *diag);

#endif
