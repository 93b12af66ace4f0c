#include "daemon/tls.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "service/certificate.h"
#include "service/log.h"

enum caa_err caad_tls_read(struct caad_tls *tls, const struct caad_http_conf *conf,
                           struct caa_diag *diag) {
    struct caa_slice text;
    if (conf->certificate == NULL) return CAA_OK;
    enum caa_err err =
        caa_certificate_read(&tls->certificate, conf->certificate, conf->key, diag);
    if (err != CAA_OK || conf->client_ca == NULL) return err;
    err = caa_file_read(&text, conf->client_ca, CAAD_CLIENT_CA_MOST, diag);
    if (err != CAA_OK) return err;
    tls->client_ca = calloc(1, text.len + 1);
    if (tls->client_ca != NULL) memcpy(tls->client_ca, text.ptr, text.len);
    caa_file_free(text);
    return tls->client_ca == NULL ? CAA_ERR_NOMEM : CAA_OK;
}

bool caad_tls_renew(struct caad_tls *tls, const struct caad_http_conf *conf) {
    if (tls->certificate == NULL || conf->certificate == NULL) return false;
    return service_certificate_renew(&tls->certificate, conf->certificate, conf->key) !=
           SERVICE_CERTIFICATE_STAYS;
}

/* The path is the same, what is there may not be: an authority that was taken out of it is
   trusted until a restart, which has to be known. */
void caad_tls_tell_stale_client_ca(const struct caad_tls *tls,
                                   const struct caad_http_conf *first) {
    const char *path = first->client_ca, *trusted = tls->client_ca;
    struct caa_slice text = caa_slice_of(NULL);
    struct caa_diag why = {.text = ""};
    if (trusted == NULL) return;
    if (caa_file_read(&text, path, CAAD_CLIENT_CA_MOST, &why) != CAA_OK)
        service_log(SERVICE_WARNING, "http: client-ca: stays as it was: %s", why.text);
    else if (text.len != strlen(trusted) || memcmp(text.ptr, trusted, text.len) != 0)
        service_log(SERVICE_WARNING, "http: client-ca: %s: changed, but needs a restart", path);
    caa_file_free(text);
}

void caad_tls_release(struct caad_tls *tls) {
    caa_certificate_release(tls->certificate);
    free(tls->client_ca);
    *tls = (struct caad_tls){0};
}
