#include "daemon/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* $STATE_DIRECTORY is systemd's; without it, root's place is the system's, and an ordinary
   user's the one of the XDG base directory specification. */
static void find(char place[CAAD_PLACE_MAX], bool is_root) {
    const char *state = getenv("STATE_DIRECTORY");
    const char *user_state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && state[0] != '\0')
        snprintf(place, CAAD_PLACE_MAX, "%s/history.db", state);
    else if (is_root || home == NULL)
        snprintf(place, CAAD_PLACE_MAX, "/var/lib/caad/history.db");
    else if (user_state != NULL && user_state[0] != '\0')
        snprintf(place, CAAD_PLACE_MAX, "%s/caad/history.db", user_state);
    else
        snprintf(place, CAAD_PLACE_MAX, "%s/.local/state/caad/history.db", home);
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
    find(place, geteuid() == 0);
    return caa_identity_make_folder(identity, place, diag);
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
