/* Becoming nobody in particular: once the sockets are bound, root is of no use. */
#ifndef CAA_SERVE_IDENTITY_H
#define CAA_SERVE_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/err.h"

/* Whom to become: who that is, and whether there is anything to drop. */
struct caa_identity {
    bool drops; /* false: was not started as root */
    uid_t uid;
    gid_t gid;
    char name[64];
};

/* Finds the account `name`; NULL: `otherwise` where there is such an account, else "nobody".
   CAA_ERR_OPTION where there is none, or it is root. */
enum caa_err caa_identity_find(struct caa_identity *identity, const char *name,
                               const char *otherwise, struct caa_diag *diag);

/* Whether `name` can be an account to become: one that is there, which an ordinary user who
   becomes nobody is not asked for, and not root. CAA_ERR_OPTION. */
enum caa_err caa_identity_look(const char *name, struct caa_diag *diag);

/* Makes the folder of `path` where it is missing, for that identity. CAA_ERR_FILE. */
enum caa_err caa_identity_make_folder(const struct caa_identity *identity, const char *path,
                                      struct caa_diag *diag);

/* Takes on the identity for good, and lets nobody gain privileges after this, by whatever is
   executed. CAA_ERR_OPTION with the system's reason. */
enum caa_err caa_identity_become(const struct caa_identity *identity, struct caa_diag *diag);

#endif
