#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* Reads to the end or one octet past the limit, whichever comes first. */
static enum caa_err read_all(FILE *file, size_t limit, char **text, size_t *len) {
    size_t room = 0;
    while (!feof(file) && !ferror(file) && *len <= limit) {
        if (*len == room) {
            room = room == 0 ? 4096 : room * 2;
            char *grown = realloc(*text, room);
            if (grown == NULL) return CAA_ERR_NOMEM;
            *text = grown;
        }
        *len += fread(*text + *len, 1, room - *len, file);
    }
    if (ferror(file)) return CAA_ERR_FILE;
    return *len > limit ? CAA_ERR_LIMIT : CAA_OK;
}

static enum caa_err open_for_reading(FILE **file, const char *path) {
    struct stat status;
    *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (*file == NULL) return CAA_ERR_FILE;
    /* fopen takes a directory, and only reading it fails, on some systems with success. */
    if (fstat(fileno(*file), &status) != 0 || !S_ISDIR(status.st_mode)) return CAA_OK;
    if (*file != stdin) fclose(*file);
    errno = EISDIR;
    return CAA_ERR_FILE;
}

enum caa_err caa_file_read(struct caa_slice *text, const char *path, size_t limit_octets,
                           struct caa_diag *diag) {
    FILE *file;
    char *bytes = NULL;
    size_t len = 0;
    errno = 0;
    enum caa_err err = open_for_reading(&file, path);
    if (err == CAA_OK) {
        err = read_all(file, limit_octets, &bytes, &len);
        int read_errno = errno;
        if (file != stdin) fclose(file);
        errno = read_errno;
    }
    if (err == CAA_OK) {
        *text = caa_slice_bytes(bytes, len);
        return CAA_OK;
    }
    if (err == CAA_ERR_FILE) caa_diag_set(diag, "%s: %s", path, strerror(errno));
    if (err == CAA_ERR_LIMIT)
        caa_diag_set(diag, "%s: larger than %zu octets", path, limit_octets);
    if (err == CAA_ERR_NOMEM) caa_diag_set(diag, "%s: out of memory", path);
    free(bytes);
    return err;
}

void caa_file_free(struct caa_slice text) {
    free((void *)text.ptr);
}

void caa_file_raise_limit(unsigned long most) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max < most ? files.rlim_max : most;
    setrlimit(RLIMIT_NOFILE, &files);
}
