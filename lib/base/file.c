#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITER_MS = 2000 }; /* for a pipe's writer to come */

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

/* A pipe that has a writer, after some patience, or has had one; the first octet, if there is
   one already, goes to `file`. */
static bool has_writer(int fd, FILE *file) {
    struct pollfd pipe = {.fd = fd, .events = POLLIN};
    unsigned char first;
    if (poll(&pipe, 1, WRITER_MS) > 0) return true;
    ssize_t len = read(fd, &first, sizeof first); /* 0: there is none; EAGAIN: it is silent */
    if (len > 0) ungetc(first, file);
    return len != 0;
}

/* What a directory or a pipe without a writer would do to who reads it: nothing that is told on
   every system, and nothing, for ever. */
static bool can_be_read(int fd, FILE *file) {
    struct stat status;
    if (fstat(fd, &status) != 0) return true;
    if (S_ISDIR(status.st_mode)) errno = EISDIR;
    bool waits = S_ISFIFO(status.st_mode) && !has_writer(fd, file);
    if (waits) errno = EPIPE;
    return !waits && !S_ISDIR(status.st_mode);
}

static enum caa_err open_for_reading(FILE **file, const char *path) {
    *file = stdin;
    if (strcmp(path, "-") == 0) return CAA_OK;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *file = fd < 0 ? NULL : fdopen(fd, "r");
    if (*file == NULL) {
        if (fd >= 0) close(fd);
        return CAA_ERR_FILE;
    }
    bool is_fit = can_be_read(fd, *file);
    int reason = errno;
    if (is_fit && fcntl(fd, F_SETFL, 0) == 0) return CAA_OK;
    fclose(*file);
    errno = reason;
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
    if (err == CAA_ERR_FILE)
        caa_diag_set(diag, "%s: %s", path,
                     errno == EPIPE ? "a pipe that nobody writes into" : strerror(errno));
    if (err == CAA_ERR_LIMIT)
        caa_diag_set(diag, "%s: larger than %zu octets", path, limit_octets);
    if (err == CAA_ERR_NOMEM) caa_diag_set(diag, "%s: out of memory", path);
    free(bytes);
    return err;
}

void caa_file_free(struct caa_slice text) {
    free((void *)text.ptr);
}

unsigned long caa_file_raise_limit(unsigned long most) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return ULONG_MAX;
    files.rlim_cur = files.rlim_max < most ? files.rlim_max : most;
    setrlimit(RLIMIT_NOFILE, &files);
    return getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : ULONG_MAX;
}
