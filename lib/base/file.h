/* A whole file in memory, up to a ceiling; and how many files may be open. */
#ifndef CAA_BASE_FILE_H
#define CAA_BASE_FILE_H

#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

/* Reads the file at `path` ("-" is standard input) into `*text`, which the caller frees by
   caa_file_free. Of a pipe's path a writer is waited for, 2 s at most. CAA_ERR_FILE with path
   and reason, CAA_ERR_LIMIT where it is larger than `limit_octets`, CAA_ERR_NOMEM. */
enum caa_err caa_file_read(struct caa_slice *text, const char *path, size_t limit_octets,
                           struct caa_diag *diag);

/* Frees what caa_file_read gave; the empty slice is fine. */
void caa_file_free(struct caa_slice text);

/* Lets this process have as many files and sockets open as it may, up to `most`; what the
   system does not allow stays as it is. Returns how many that are; ULONG_MAX where it is not
   known. */
unsigned long caa_file_raise_limit(unsigned long most);

#endif
