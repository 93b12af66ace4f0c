#include "serve/identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ACCOUNT_FALLBACK "nobody"

static const struct passwd *find_account(const char *name, const char *otherwise) {
    if (name != NULL) return getpwnam(name);
    const struct passwd *account = getpwnam(otherwise);
    return account != NULL ? account : getpwnam(ACCOUNT_FALLBACK);
}

/* Root of a user namespace that holds nobody else is an ordinary user to the rest of the world,
   and has nobody to become. */
static bool has_others(void) {
    unsigned long inside, outside, count = 0;
    /* NOLINTBEGIN(cert-err34-c): the kernel's own numbers */
    FILE *map = fopen("/proc/self/uid_map", "re");
    if (map == NULL) return true;
    bool alone = fscanf(map, "%lu %lu %lu", &inside, &outside, &count) == 3 && count == 1;
    bool more = alone && fscanf(map, "%lu", &inside) == 1;
    /* NOLINTEND(cert-err34-c) */
    fclose(map);
    return !alone || more;
}

enum caa_err caa_identity_find(struct caa_identity *identity, const char *name,
                               const char *otherwise, struct caa_diag *diag) {
    *identity = (struct caa_identity){.drops = geteuid() == 0 && has_others()};
    if (!identity->drops) return CAA_OK;
    const struct passwd *account = find_account(name, otherwise);
    if (account == NULL || account->pw_uid == 0) {
        caa_diag_set(diag,
                     account == NULL ? "there is no account '%s'"
                                     : "'%s' is root, as whom nobody serves",
                     name != NULL ? name : ACCOUNT_FALLBACK);
        return CAA_ERR_OPTION;
    }
    identity->uid = account->pw_uid;
    identity->gid = account->pw_gid;
    snprintf(identity->name, sizeof identity->name, "%s", account->pw_name);
    return CAA_OK;
}

enum caa_err caa_identity_look(const char *name, struct caa_diag *diag) {
    struct caa_identity identity;
    const struct passwd *account = getpwnam(name);
    if (account == NULL || account->pw_uid != 0)
        return caa_identity_find(&identity, name, name, diag);
    caa_diag_set(diag, "'%s' is root, as whom nobody serves", name);
    return CAA_ERR_OPTION;
}

enum caa_err caa_identity_make_folder(const struct caa_identity *identity, const char *path,
                                      struct caa_diag *diag) {
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL || slash == folder) return CAA_OK;
    *slash = '\0';
    if (mkdir(folder, 0750) == 0) {
        if (!identity->drops || chown(folder, identity->uid, identity->gid) == 0) return CAA_OK;
    } else if (errno == EEXIST) {
        return CAA_OK;
    }
    caa_diag_set(diag, "%s: %s", folder, strerror(errno));
    return CAA_ERR_FILE;
}

enum caa_err caa_identity_become(const struct caa_identity *identity, struct caa_diag *diag) {
    bool done = true;
    if (identity->drops)
        done = setgroups(0, NULL) == 0 &&
               setresgid(identity->gid, identity->gid, identity->gid) == 0 &&
               setresuid(identity->uid, identity->uid, identity->uid) == 0;
    if (done && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) return CAA_OK;
    caa_diag_set(diag, "cannot become '%s': %s", identity->name, strerror(errno));
    return CAA_ERR_OPTION;
}
