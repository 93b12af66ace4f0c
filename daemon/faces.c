#include "daemon/faces.h"

#include <stdlib.h>

#include "daemon/api/api.h"
#include "daemon/dns.h"

struct caad_faces {
    struct caad_faces_setting setting;
    struct caad_dns *dns;
    struct caad_api *api;
};

enum caa_err caad_faces_new(struct caad_faces **made, const struct caad_faces_setting *setting,
                            struct caa_diag *diag) {
    struct caad_faces *faces = calloc(1, sizeof *faces);
    if (faces == NULL) return CAA_ERR_NOMEM;
    faces->setting = *setting;
    enum caa_err err = CAA_OK;
    if (setting->sockets->dns_count > 0) err = caad_dns_new(&faces->dns, setting, diag);
    if (err == CAA_OK && faces->dns != NULL) faces->setting.dns = caad_dns_server(faces->dns);
    if (err == CAA_OK && setting->sockets->http_count > 0)
        err = caad_api_new(&faces->api, &faces->setting, diag);
    if (err == CAA_OK)
        *made = faces;
    else
        caad_faces_free(faces);
    return err;
}

void caad_faces_reload(struct caad_faces *faces, const struct caad_conf *conf) {
    faces->setting.conf = conf;
    if (faces->dns != NULL) caad_dns_reload(faces->dns, conf);
    if (faces->api != NULL) caad_api_reload(faces->api, conf);
}

void caad_faces_drain(struct caad_faces *faces) {
    caad_dns_drain(faces->dns);
    if (faces->api != NULL) caad_api_drain(faces->api);
}

void caad_faces_give_up(struct caad_faces *faces) {
    caad_dns_give_up(faces->dns);
    if (faces->api != NULL) caad_api_give_up(faces->api);
}

size_t caad_faces_in_flight(const struct caad_faces *faces) {
    size_t calls = faces->api == NULL ? 0 : caad_api_in_flight(faces->api);
    return calls + caad_dns_in_flight(faces->dns);
}

void caad_faces_free(struct caad_faces *faces) {
    if (faces == NULL) return;
    caad_api_free(faces->api);
    caad_dns_free(faces->dns);
    free(faces);
}
