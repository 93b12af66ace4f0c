#include "gate/pem.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { OCTETS_MOST = 1 << 20 };

enum caa_err gate_pem_read(char **text, const char *path, struct caa_diag *diag) {
    struct caa_slice file;
    if (path == NULL) return CAA_OK;
    enum caa_err err = caa_file_read(&file, path, OCTETS_MOST, diag);
    if (err != CAA_OK) return err;
    *text = calloc(1, file.len + 1);
    if (*text != NULL) memcpy(*text, file.ptr, file.len);
    caa_file_free(file);
    return *text == NULL ? CAA_ERR_NOMEM : CAA_OK;
}
