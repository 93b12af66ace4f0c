#include "history/sqlite_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void sync_folder_of(const char *place) {
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", place);
    int fd = open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

/* A file of ours is made with fewer rights than SQLite would give it, and its name is on disk
   before anything is in it. One that exists is not opened: closing it would drop the locks of
   this process. */
static enum caa_history_trouble make_file(const char *place, struct caa_diag *diag) {
    int fd = open(place, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    if (fd < 0 && errno == EEXIST) return CAA_HISTORY_FINE;
    if (fd < 0) {
        caa_diag_set(diag, "%s: %s", place, strerror(errno));
        return CAA_HISTORY_LASTING;
    }
    fsync(fd);
    close(fd);
    sync_folder_of(place);
    return CAA_HISTORY_FINE;
}

enum caa_history_trouble caa_history_sqlite_file(const char *place, bool read_only,
                                                 struct caa_diag *diag) {
    struct stat status;
    enum caa_history_trouble trouble = read_only ? CAA_HISTORY_FINE : make_file(place, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    const char *wrong = stat(place, &status) != 0                       ? strerror(errno)
                        : S_ISDIR(status.st_mode)                       ? "is a directory"
                        : !S_ISREG(status.st_mode)                      ? "is not a file"
                        : !read_only && access(place, W_OK | R_OK) != 0 ? strerror(errno)
                                                                        : NULL;
    if (wrong == NULL) return CAA_HISTORY_FINE;
    caa_diag_set(diag, "%s: %s", place, wrong);
    return CAA_HISTORY_LASTING;
}

bool caa_history_sqlite_is_moved(sqlite3 *handle) {
    int moved = 0;
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved != 0;
}

void caa_history_sqlite_leave(sqlite3 *handle) {
    if (handle != NULL && caa_history_sqlite_is_moved(handle))
        sqlite3_wal_checkpoint_v2(handle, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}
