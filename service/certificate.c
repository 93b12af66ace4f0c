#include "service/certificate.h"

#include "service/log.h"

enum service_certificate_fate service_certificate_renew(struct caa_certificate **certificate,
                                                        const char *path,
                                                        const char *key_path) {
    struct caa_certificate *after;
    struct caa_diag why = {.text = ""};
    enum caa_err err = caa_certificate_read(&after, path, key_path, &why);
    if (err != CAA_OK) {
        service_log(SERVICE_ERROR, "the certificate stays as it was: %s",
                    why.text[0] == '\0' ? caa_err_text(err) : why.text);
        return SERVICE_CERTIFICATE_STAYS;
    }
    if (caa_certificate_equal(after, *certificate)) {
        caa_certificate_release(after);
        return SERVICE_CERTIFICATE_SAME;
    }
    caa_certificate_release(*certificate);
    *certificate = after;
    service_log(SERVICE_NOTICE, "another certificate: %s", path);
    return SERVICE_CERTIFICATE_CHANGED;
}
