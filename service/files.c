#include "service/files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "engine/shared.h"
#include "history/history.h"
#include "sandbox/spawner.h"
#include "serve/certificate.h"
#include "serve/identity.h"

enum { DESCRIPTORS_MOST = 1 << 20 }; /* every client and every query in flight has a socket */

enum caa_err service_accounts_look_at(const char *user, const char *recursors_user,
                                      const struct caa_yaml *yaml) {
    struct caa_diag why = {.text = ""};
    if (user != NULL && caa_identity_look(user, &why) != CAA_OK)
        return caa_yaml_refuse(yaml, NULL, "user", "%s", why.text);
    if (recursors_user != NULL && caa_spawner_look_at_user(recursors_user, &why) != CAA_OK)
        return caa_yaml_refuse(yaml, "sandbox", "user", "%s", why.text);
    return CAA_OK;
}

enum caa_err service_database_look_at(const char *database, const struct caa_yaml *yaml) {
    struct caa_diag why;
    return database == NULL || caa_history_look_at_place(database, &why) == CAA_OK
               ? CAA_OK
               : caa_yaml_refuse(yaml, "history", "database", "%s", why.text);
}

enum caa_err service_descriptors_raise(unsigned long needed, struct caa_diag *diag) {
    unsigned long had = caa_file_raise_limit(DESCRIPTORS_MOST);
    if (had >= needed) return CAA_OK;
    caa_diag_set(
        diag,
        "it needs %lu descriptors (open files) and may have %lu: raise the hard limit, "
        "`ulimit -Hn` or LimitNOFILE=",
        needed, had);
    return CAA_ERR_LIMIT;
}

static enum caa_err look_at_certificate(const struct service_files *files,
                                        struct caa_diag *diag) {
    struct caa_certificate *certificate;
    if (files->certificate == NULL) return CAA_OK;
    enum caa_err err = caa_certificate_read(&certificate, files->certificate, files->key, diag);
    if (err == CAA_OK) caa_certificate_release(certificate);
    return err;
}

static enum caa_err look_at_texts(const struct service_files *files, struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && i < files->text_count; i++) {
        struct caa_slice text = caa_slice_of(NULL);
        if (files->texts[i].path == NULL) continue;
        err = caa_file_read(&text, files->texts[i].path, files->texts[i].most, diag);
        if (err == CAA_OK) caa_file_free(text);
    }
    return err;
}

static enum caa_err look_at_recursor(const char *recursor, struct caa_diag *diag) {
    if (recursor == NULL || access(recursor, X_OK) == 0) return CAA_OK;
    caa_diag_set(diag, "sandbox: recursor: %s: %s", recursor, strerror(errno));
    return CAA_ERR_FILE;
}

/* Root hints and trust anchor, read as they are at a start. */
static enum caa_err look_at_bootstrap(const struct caa_conf *conf, struct caa_diag *diag) {
    if (conf == NULL) return CAA_OK;
    struct caa_engine_setting setting = caa_conf_engine_setting(conf);
    struct caa_engine_shared *shared = NULL;
    enum caa_err err = caa_engine_shared_new(&shared, caa_clock_system(), &setting, diag);
    if (err == CAA_OK) caa_engine_shared_free(shared);
    return err;
}

enum caa_err service_files_look_at(const struct service_files *files, struct caa_diag *diag) {
    struct caa_identity identity;
    enum caa_err err = caa_identity_find(&identity, files->user, files->otherwise, diag);
    if (err == CAA_OK) err = look_at_certificate(files, diag);
    if (err == CAA_OK) err = look_at_texts(files, diag);
    if (err == CAA_OK) err = look_at_recursor(files->recursor, diag);
    return err == CAA_OK ? look_at_bootstrap(files->engine, diag) : err;
}
