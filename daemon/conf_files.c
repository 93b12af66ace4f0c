#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "daemon/conf.h"
#include "engine/shared.h"
#include "serve/certificate.h"
#include "serve/identity.h"

enum { BUNDLE_MOST = 4 << 20 };

static enum caa_err look_at_certificate(const struct caad_http_conf *conf,
                                        struct caa_diag *diag) {
    struct caa_certificate *certificate;
    if (conf->certificate == NULL) return CAA_OK;
    enum caa_err err = caa_certificate_read(&certificate, conf->certificate, conf->key, diag);
    if (err == CAA_OK) caa_certificate_release(certificate);
    return err;
}

static enum caa_err look_at_authorities(const struct caad_conf *conf, struct caa_diag *diag) {
    const struct {
        const char *path;
        size_t most;
    } files[] = {{conf->http.client_ca, CAAD_CLIENT_CA_MOST},
                 {conf->engine.tls_ca_bundle, BUNDLE_MOST}};
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < sizeof files / sizeof files[0]; i++) {
        struct caa_slice text = caa_slice_of(NULL);
        if (files[i].path == NULL) continue;
        err = caa_file_read(&text, files[i].path, files[i].most, diag);
        if (err == CAA_OK) caa_file_free(text);
    }
    return err;
}

static enum caa_err look_at_recursor(const struct caad_sandbox_conf *conf,
                                     struct caa_diag *diag) {
    if (conf->recursor == NULL || access(conf->recursor, X_OK) == 0) return CAA_OK;
    caa_diag_set(diag, "sandbox: recursor: %s: %s", conf->recursor, strerror(errno));
    return CAA_ERR_FILE;
}

/* Root hints and trust anchor, read as they are at a start. */
static enum caa_err look_at_bootstrap(const struct caa_conf *conf, struct caa_diag *diag) {
    struct caa_engine_setting setting = caa_conf_engine_setting(conf);
    struct caa_engine_shared *shared = NULL;
    enum caa_err err = caa_engine_shared_new(&shared, caa_clock_system(), &setting, diag);
    if (err == CAA_OK) caa_engine_shared_free(shared);
    return err;
}

enum caa_err caad_conf_look_at_files(const struct caad_conf *conf, struct caa_diag *diag) {
    struct caa_identity identity;
    enum caa_err err = caa_identity_find(&identity, conf->user, "caad", diag);
    if (err == CAA_OK) err = look_at_certificate(&conf->http, diag);
    if (err == CAA_OK) err = look_at_authorities(conf, diag);
    if (err == CAA_OK) err = look_at_recursor(&conf->sandbox, diag);
    return err == CAA_OK ? look_at_bootstrap(&conf->engine, diag) : err;
}
