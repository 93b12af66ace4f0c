#include "daemon/history.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* $STATE_DIRECTORY is systemd's; without it, root's place is the system's, and an ordinary
   user's the one of the XDG base directory specification. */
static void find(char place[CAAD_PLACE_MAX], bool *is_users, bool is_root) {
    const char *state = getenv("STATE_DIRECTORY");
    const char *user_state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    bool is_named = state != NULL && state[0] != '\0';
    *is_users = !is_named && !is_root && home != NULL;
    if (is_named)
        snprintf(place, CAAD_PLACE_MAX, "%s/history.db", state);
    else if (!*is_users)
        snprintf(place, CAAD_PLACE_MAX, "/var/lib/caad/history.db");
    else if (user_state != NULL && user_state[0] != '\0')
        snprintf(place, CAAD_PLACE_MAX, "%s/caad/history.db", user_state);
    else
        snprintf(place, CAAD_PLACE_MAX, "%s/.local/state/caad/history.db", home);
}

/* The folders above that of `place`, as that specification has them made. */
static enum caa_err make_parents(const char *place, struct caa_diag *diag) {
    char path[CAAD_PLACE_MAX];
    snprintf(path, sizeof path, "%s", place);
    char *folder = strrchr(path, '/');
    if (folder != NULL) *folder = '\0';
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            caa_diag_set(diag, "%s: %s", path, strerror(errno));
            return CAA_ERR_FILE;
        }
        *at = '/';
    }
    return CAA_OK;
}

enum caa_err caad_history_make_folder(char place[CAAD_PLACE_MAX],
                                      const struct caad_history_conf *conf,
                                      const struct caa_identity *identity,
                                      struct caa_diag *diag) {
    place[0] = '\0';
    if (conf->audit == CAAD_AUDIT_OFF) return CAA_OK;
    if (conf->database != NULL) {
        snprintf(place, CAAD_PLACE_MAX, "%s", conf->database);
        return CAA_OK;
    }
    bool is_users;
    find(place, &is_users, geteuid() == 0);
    enum caa_err err = is_users ? make_parents(place, diag) : CAA_OK;
    return err == CAA_OK ? caa_identity_make_folder(identity, place, diag) : err;
}

enum caa_err caad_history_open(struct caa_history **history,
                               const struct caad_history_conf *conf, const char *place,
                               struct caa_diag *diag) {
    *history = NULL;
    if (conf->audit == CAAD_AUDIT_OFF) return CAA_OK;
    struct caa_history_setting setting = {
        .place = place,
        .audit =
            conf->audit == CAAD_AUDIT_REQUIRED ? CAA_HISTORY_REQUIRED : CAA_HISTORY_BEST_EFFORT,
        .retention_days = conf->retention_days,
        .size_most_octets = (uint64_t)conf->size_mib_most << 20};
    return caa_history_open(history, &setting, caa_clock_system(), diag);
}
