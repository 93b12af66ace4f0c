/* A machine that loses its power in the middle of commits: a VFS for SQLite that forgets,
   sector by sector and at random, what was written and not synced. What was acknowledged must
   be there afterwards.   history-power FOLDER ROUNDS SEED */
#include <event2/event.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

#include "checks.h"

enum { SECTOR = 512, IN_FLIGHT = 32, FILES_MAX = 64 };

/* What was at some octets before they were written over. */
struct undo {
    struct undo *next; /* the older one */
    sqlite3_int64 at;
    int len;
    unsigned char before[];
};

/* One path, as the disk has it. */
struct path {
    char name[512];
    struct undo *undos;          /* newest first; of what was not synced */
    sqlite3_int64 synced_octets; /* its size at the last sync */
    bool is_new;                 /* its name was never synced */
    bool is_used;
};

struct open_file {
    sqlite3_file base;
    struct path *path;
    sqlite3_file *real; /* behind the struct */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct path paths[FILES_MAX];
static bool is_off;      /* the power */
static long writes_left; /* until it goes off; -1: it stays on */
static unsigned long random_state;
static sqlite3_vfs *real_vfs;

static unsigned long random_number(void) { /* xorshift: the same rounds for the same seed */
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static struct path *path_of(const char *name) {
    struct path *unused = NULL;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (paths[i].is_used && strcmp(paths[i].name, name) == 0) return &paths[i];
        if (!paths[i].is_used && unused == NULL) unused = &paths[i];
    }
    if (unused == NULL || strlen(name) >= sizeof unused->name) exit(3);
    *unused = (struct path){.is_used = true};
    strcpy(unused->name, name);
    return unused;
}

static struct open_file *open_file_of(sqlite3_file *file) {
    return (struct open_file *)file;
}

static void forget_undos(struct path *path) {
    while (path->undos != NULL) {
        struct undo *undo = path->undos;
        path->undos = undo->next;
        free(undo);
    }
}

static void remember(struct open_file *file, sqlite3_int64 at, int len) {
    struct undo *undo = calloc(1, sizeof *undo + (size_t)len);
    if (undo == NULL) exit(3);
    undo->at = at;
    undo->len = len;
    file->real->pMethods->xRead(file->real, undo->before, len, at); /* zeroes behind the end */
    undo->next = file->path->undos;
    file->path->undos = undo;
}

/* Any sector of it may have reached the disk all the same. */
static void take_back(int fd, const struct undo *undo) {
    for (sqlite3_int64 done = 0; done < undo->len;) {
        sqlite3_int64 at = undo->at + done;
        sqlite3_int64 len = SECTOR - at % SECTOR;
        if (len > undo->len - done) len = undo->len - done;
        if (random_number() % 2 == 0 &&
            pwrite(fd, undo->before + done, (size_t)len, at) != (ssize_t)len)
            exit(3);
        done += len;
    }
}

static void lose_unsynced(struct path *path) {
    FILE *stream = fopen(path->name, "r+");
    if (stream == NULL) return;
    int fd = fileno(stream);
    for (const struct undo *undo = path->undos; undo != NULL; undo = undo->next)
        take_back(fd, undo);
    if (path->undos != NULL && random_number() % 2 == 0 &&
        ftruncate(fd, path->synced_octets) != 0)
        exit(3);
    fclose(stream);
    if (path->is_new && random_number() % 2 == 0) unlink(path->name);
}

/* With the lock held, and whatever other threads are doing: nothing they do matters any more.
 */
static void turn_off(void) {
    is_off = true;
    for (size_t i = 0; i < FILES_MAX; i++) {
        if (paths[i].is_used) lose_unsynced(&paths[i]);
        forget_undos(&paths[i]);
        paths[i].is_used = false;
    }
}

/* Takes the lock; false, without it, where there is no power, or none any more. */
static bool begin_change(void) {
    pthread_mutex_lock(&lock);
    if (!is_off && writes_left > 0 && --writes_left == 0) turn_off();
    if (!is_off) return true;
    pthread_mutex_unlock(&lock);
    return false;
}

static int disk_close(sqlite3_file *file) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xClose(opened->real);
}

static int disk_read(sqlite3_file *file, void *to, int len, sqlite3_int64 at) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xRead(opened->real, to, len, at);
}

static int disk_write(sqlite3_file *file, const void *from, int len, sqlite3_int64 at) {
    struct open_file *opened = open_file_of(file);
    if (!begin_change()) return SQLITE_IOERR_WRITE;
    remember(opened, at, len);
    int code = opened->real->pMethods->xWrite(opened->real, from, len, at);
    pthread_mutex_unlock(&lock);
    return code;
}

static int disk_truncate(sqlite3_file *file, sqlite3_int64 size) {
    struct open_file *opened = open_file_of(file);
    sqlite3_int64 before = 0;
    if (!begin_change()) return SQLITE_IOERR_TRUNCATE;
    opened->real->pMethods->xFileSize(opened->real, &before);
    if (before > size) remember(opened, size, (int)(before - size));
    int code = opened->real->pMethods->xTruncate(opened->real, size);
    pthread_mutex_unlock(&lock);
    return code;
}

static int disk_sync(sqlite3_file *file, int flags) {
    struct open_file *opened = open_file_of(file);
    (void)flags;
    if (!begin_change()) return SQLITE_IOERR_FSYNC;
    forget_undos(opened->path);
    opened->path->is_new = false; /* SQLite syncs the folder with the file's first sync */
    opened->real->pMethods->xFileSize(opened->real, &opened->path->synced_octets);
    pthread_mutex_unlock(&lock);
    return SQLITE_OK;
}

/* The rest goes straight through. */
static int disk_size(sqlite3_file *file, sqlite3_int64 *size) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xFileSize(opened->real, size);
}
static int disk_lock(sqlite3_file *file, int level) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xLock(opened->real, level);
}
static int disk_unlock(sqlite3_file *file, int level) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xUnlock(opened->real, level);
}
static int disk_check_lock(sqlite3_file *file, int *locked) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xCheckReservedLock(opened->real, locked);
}
static int disk_control(sqlite3_file *file, int operation, void *argument) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xFileControl(opened->real, operation, argument);
}
static int disk_sector(sqlite3_file *file) {
    (void)file;
    return SECTOR;
}
static int disk_traits(sqlite3_file *file) {
    (void)file;
    return 0; /* no promise: what is not synced is anybody's guess */
}
static int disk_map(sqlite3_file *file, int page, int size, int extend, void volatile **at) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xShmMap(opened->real, page, size, extend, at);
}
static int disk_shm_lock(sqlite3_file *file, int offset, int n, int flags) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xShmLock(opened->real, offset, n, flags);
}
static void disk_barrier(sqlite3_file *file) {
    struct open_file *opened = open_file_of(file);
    opened->real->pMethods->xShmBarrier(opened->real);
}
static int disk_unmap(sqlite3_file *file, int delete) {
    struct open_file *opened = open_file_of(file);
    return opened->real->pMethods->xShmUnmap(opened->real, delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = disk_close,
    .xRead = disk_read,
    .xWrite = disk_write,
    .xTruncate = disk_truncate,
    .xSync = disk_sync,
    .xFileSize = disk_size,
    .xLock = disk_lock,
    .xUnlock = disk_unlock,
    .xCheckReservedLock = disk_check_lock,
    .xFileControl = disk_control,
    .xSectorSize = disk_sector,
    .xDeviceCharacteristics = disk_traits,
    .xShmMap = disk_map,
    .xShmLock = disk_shm_lock,
    .xShmBarrier = disk_barrier,
    .xShmUnmap = disk_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *flags_out) {
    struct open_file *opened = open_file_of(file);
    (void)vfs;
    *opened = (struct open_file){.real = (sqlite3_file *)(opened + 1)};
    bool was_there = name != NULL && access(name, F_OK) == 0;
    int code = real_vfs->xOpen(real_vfs, name, opened->real, flags, flags_out);
    if (code != SQLITE_OK || name == NULL) return code == SQLITE_OK ? SQLITE_IOERR : code;
    pthread_mutex_lock(&lock);
    opened->path = path_of(name);
    if (!was_there) opened->path->is_new = true;
    if (opened->path->undos == NULL)
        opened->real->pMethods->xFileSize(opened->real, &opened->path->synced_octets);
    pthread_mutex_unlock(&lock);
    opened->base.pMethods = &methods;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    (void)vfs;
    if (!begin_change()) return SQLITE_IOERR_DELETE;
    int code = real_vfs->xDelete(real_vfs, name, sync_folder);
    struct path *path = path_of(name);
    forget_undos(path);
    path->is_used = false;
    pthread_mutex_unlock(&lock);
    return code;
}

/* From now on, what opens a database by default has this disk under it. */
static void install(void) {
    static sqlite3_vfs vfs;
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "power";
    vfs.szOsFile = (int)sizeof(struct open_file) + real_vfs->szOsFile;
    vfs.xOpen = disk_open;
    vfs.xDelete = disk_delete;
    sqlite3_vfs_register(&vfs, 1);
}

struct round {
    size_t put, done, kept_count, kept_room;
    bool failed;
    char (*kept)[CAA_HISTORY_ID_MAX]; /* acknowledged, in all rounds */
};

struct place {
    struct round *round;
    char id[CAA_HISTORY_ID_MAX];
};

static void on_done(void *context, enum caa_err err, const char *why) {
    struct place *place = context;
    struct round *round = place->round;
    (void)why;
    round->done++;
    round->failed |= err != CAA_OK;
    if (round->kept_count == round->kept_room) {
        round->kept_room = 2 * round->kept_room + 1024;
        round->kept = realloc(round->kept, round->kept_room * sizeof *round->kept);
        if (round->kept == NULL) exit(3);
    }
    if (err == CAA_OK) memcpy(round->kept[round->kept_count++], place->id, sizeof place->id);
    free(place);
}

static void put_one(struct round *round, struct caa_history_client *client) {
    struct place *place = calloc(1, sizeof *place);
    if (place == NULL) exit(3);
    place->round = round;
    struct caa_history_record *record = check_record(false, round->put++, place->id);
    if (record == NULL) exit(3);
    caa_history_put(client, record, on_done, place);
}

/* Puts until the power is off, and everybody has been told. */
static void run_until_dark(struct round *round, const char *place) {
    const struct caa_history_setting setting = {.place = place, .audit = CAA_HISTORY_REQUIRED};
    struct caa_diag why = {.text = ""};
    struct caa_history *history = NULL;
    struct caa_history_client *client = NULL;
    round->failed = false;
    if (caa_history_open(&history, &setting, caa_clock_system(), &why) != CAA_OK) {
        if (!is_off) printf("not ok power: %s\n", why.text);
        return;
    }
    struct event_base *base = event_base_new();
    if (caa_history_client_new(&client, history, base) != CAA_OK) exit(3);
    while (!round->failed || round->put != round->done) {
        while (!round->failed && round->put - round->done < IN_FLIGHT) put_one(round, client);
        if (round->put != round->done) event_base_loop(base, EVLOOP_ONCE);
    }
    caa_history_client_free(client);
    caa_history_close(history);
    event_base_free(base);
}

static const char *integrity_of(sqlite3 *database) {
    static char text[256];
    sqlite3_stmt *statement = NULL;
    (void)snprintf(text, sizeof text, "%s", "no answer");
    if (sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL) !=
        SQLITE_OK)
        (void)snprintf(text, sizeof text, "%s", sqlite3_errmsg(database));
    else if (sqlite3_step(statement) == SQLITE_ROW)
        (void)snprintf(text, sizeof text, "%s",
                       (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

static size_t count_missing(const struct round *round, sqlite3 *database) {
    sqlite3_stmt *statement = NULL;
    size_t missing = 0;
    if (sqlite3_prepare_v2(database, "SELECT 1 FROM record WHERE id = ?", -1, &statement,
                           NULL) != SQLITE_OK)
        return round->kept_count;
    for (size_t i = 0; i < round->kept_count; i++) {
        sqlite3_bind_text(statement, 1, round->kept[i], -1, SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_ROW) missing++;
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return missing;
}

/* As the next boot finds it. */
static bool is_sound(const struct round *round, const char *place, size_t number) {
    sqlite3 *database = NULL;
    sqlite3_open_v2(place, &database, SQLITE_OPEN_READWRITE, real_vfs->zName);
    const char *integrity = integrity_of(database);
    size_t missing = count_missing(round, database);
    sqlite3_close(database);
    if (missing == 0 && strcmp(integrity, "ok") == 0) return true;
    printf(
        "not ok power: round %zu: %zu of %zu acknowledged records are missing; integrity: %s\n",
        number, missing, round->kept_count, integrity);
    return false;
}

static void turn_on(long writes) {
    pthread_mutex_lock(&lock);
    is_off = false;
    writes_left = writes;
    pthread_mutex_unlock(&lock);
}

/* The disk must be able to lose: commits that nobody syncs do not survive it. */
static bool loses_unsynced(const char *place) {
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    turn_on(-1);
    sqlite3_open(place, &database);
    sqlite3_exec(database,
                 "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE t (x)",
                 NULL, NULL, NULL);
    for (int i = 0; i < 100; i++)
        sqlite3_exec(database, "INSERT INTO t VALUES (randomblob(1000))", NULL, NULL, NULL);
    pthread_mutex_lock(&lock);
    turn_off();
    pthread_mutex_unlock(&lock);
    sqlite3_close(database);
    int found = 0;
    sqlite3_open_v2(place, &database, SQLITE_OPEN_READWRITE, real_vfs->zName);
    if (sqlite3_prepare_v2(database, "SELECT count(*) FROM t", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        found = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return found < 100;
}

int main(int argc, char **argv) {
    struct round round = {0};
    char place[256];
    if (argc != 4) return 2;
    size_t rounds = strtoul(argv[2], NULL, 10);
    random_state = strtoul(argv[3], NULL, 10) * 2654435761u + 1;
    install();
    (void)snprintf(place, sizeof place, "%s/unsynced.db", argv[1]);
    bool good = loses_unsynced(place);
    puts(good ? "ok power: commits that were not synced are lost"
              : "not ok power: the disk of the test loses nothing");
    (void)snprintf(place, sizeof place, "%s/history.db", argv[1]);
    for (size_t i = 0; i < rounds && good; i++) {
        turn_on(1 + (long)(random_number() % 400));
        run_until_dark(&round, place);
        good = is_sound(&round, place, i);
    }
    if (good && round.kept_count == 0) good = false;
    printf("%s power: %zu times off, %zu records acknowledged, none missing\n",
           good ? "ok" : "not ok", rounds, round.kept_count);
    free(round.kept);
    return good ? 0 : 1;
}
