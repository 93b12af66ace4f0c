#include "daemon/faces.h"

#include <stdlib.h>

struct caad_faces {
    struct caad_faces_setting setting;
    struct caad_sockets sockets;
};

enum caa_err caad_faces_new(struct caad_faces **made, const struct caad_faces_setting *setting,
                            struct caa_diag *diag) {
    struct caad_faces *faces = calloc(1, sizeof *faces);
    (void)diag;
    if (faces == NULL) return CAA_ERR_NOMEM;
    faces->setting = *setting;
    faces->sockets = *setting->sockets;
    *setting->sockets = (struct caad_sockets){0};
    *made = faces;
    return CAA_OK;
}

void caad_faces_reload(struct caad_faces *faces, const struct caad_conf *conf) {
    faces->setting.conf = conf;
}

void caad_faces_drain(struct caad_faces *faces) {
    caad_sockets_close(&faces->sockets);
}

size_t caad_faces_in_flight(const struct caad_faces *faces) {
    (void)faces;
    return 0;
}

void caad_faces_free(struct caad_faces *faces) {
    if (faces == NULL) return;
    caad_sockets_close(&faces->sockets);
    free(faces);
}
