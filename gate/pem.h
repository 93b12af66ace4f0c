/* Certificates and keys, as they lie in files. */
#ifndef CAA_GATE_PEM_H
#define CAA_GATE_PEM_H

#include "base/diag.h"
#include "base/err.h"

/* Reads the file at `path` into `*text`, which the caller frees; NULL: nothing. Errors as
   caa_file_read. */
enum caa_err gate_pem_read(char **text, const char *path, struct caa_diag *diag);

#endif
