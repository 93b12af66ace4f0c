#include "history/database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/record_state.h"
#include "history/sqlite_file.h"
#include "history/sqlite_rows.h"

enum {
    BUSY_MS = 5000,
    APPLICATION_ID = 0x43414148, /* "CAAH" */
    /* Of a new file; one that exists keeps its own. A check is some 1.4 KiB: three to a page of
       4 KiB, where each page costs four system calls, and eleven to one of 16 KiB. */
    PAGE_OCTETS = 16384,
    CACHE_KIB = 16384,
    LOG_OCTETS = 32 << 20,    /* of the write-ahead log, when it is copied into the file */
    RECLAIM_OCTETS = 8 << 20, /* at once: some milliseconds */
    /* Of the file: room that is kept for what comes. Retention frees as much, so that the file
       is no larger than its limit after it. */
    FREE_PART = 10,
};

struct sqlite {
    struct caa_history_database database;
    sqlite3 *handle;
    bool read_only;
    const char *place;                      /* behind the struct */
    struct caa_history_sqlite_rows waiting; /* in this transaction */
    sqlite3_stmt *statements[CAA_HISTORY_STATEMENT_COUNT];
    /* Where SQLite has parameter $1 and so on: to ask it each time takes as long as a row. */
    unsigned char places[CAA_HISTORY_STATEMENT_COUNT][CAA_HISTORY_VALUES_MAX];
};

static struct sqlite *sqlite_of(struct caa_history_database *database) {
    return (struct sqlite *)database;
}

static enum caa_history_trouble trouble_of(int code) {
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return CAA_HISTORY_FINE;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG: return CAA_HISTORY_REFUSED;
    case SQLITE_READONLY:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_AUTH: return CAA_HISTORY_LASTING;
    default: return CAA_HISTORY_DOWN;
    }
}

/* What SQLite says, with the system's word for it where that is all there is to know. */
static enum caa_history_trouble failed(const struct sqlite *sqlite, int code,
                                       struct caa_diag *diag) {
    bool tells = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    int system = tells ? sqlite3_system_errno(sqlite->handle) : 0;
    caa_diag_set(diag, "%s: %s%s%s", sqlite->place, sqlite3_errstr(code),
                 system != 0 ? ": " : "", system != 0 ? strerror(system) : "");
    return trouble_of(code);
}

static enum caa_history_trouble execute(struct caa_history_database *database, const char *sql,
                                        struct caa_diag *diag) {
    struct sqlite *sqlite = sqlite_of(database);
    int code = sqlite3_exec(sqlite->handle, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? CAA_HISTORY_FINE : failed(sqlite, code, diag);
}

static int bind_all(const struct sqlite *sqlite, enum caa_history_statement statement,
                    const struct caa_history_parameters *parameters) {
    int code = parameters->count <= CAA_HISTORY_VALUES_MAX ? SQLITE_OK : SQLITE_RANGE;
    for (size_t i = 0; i < parameters->count && code == SQLITE_OK; i++) {
        int place = sqlite->places[statement][i];
        code = place == 0 ? SQLITE_RANGE
                          : caa_history_sqlite_bind(sqlite->statements[statement], place,
                                                    &parameters->values[i]);
    }
    return code;
}

static int prepare(struct sqlite *sqlite, enum caa_history_statement statement) {
    if (sqlite->statements[statement] != NULL) return SQLITE_OK;
    int code =
        sqlite3_prepare_v3(sqlite->handle, caa_history_statement_sql(statement), -1,
                           SQLITE_PREPARE_PERSISTENT, &sqlite->statements[statement], NULL);
    for (size_t i = 0; i < CAA_HISTORY_VALUES_MAX && code == SQLITE_OK; i++) {
        char name[24];
        (void)snprintf(name, sizeof name, "$%zu", i + 1);
        sqlite->places[statement][i] =
            (unsigned char)sqlite3_bind_parameter_index(sqlite->statements[statement], name);
    }
    return code;
}

static struct caa_history_value column(sqlite3_stmt *statement, int place) {
    struct caa_history_value value = {.kind = CAA_HISTORY_NULL};
    switch (sqlite3_column_type(statement, place)) {
    case SQLITE_NULL: break;
    case SQLITE_INTEGER:
        value.kind = CAA_HISTORY_INTEGER;
        value.integer = sqlite3_column_int64(statement, place);
        break;
    default:
        value.kind = CAA_HISTORY_TEXT;
        value.text.ptr = (const char *)sqlite3_column_text(statement, place);
        value.text.len = (size_t)sqlite3_column_bytes(statement, place);
        break;
    }
    return value;
}

static bool hand_out(sqlite3_stmt *statement, caa_history_take *take, void *context) {
    struct caa_history_value row[CAA_HISTORY_VALUES_MAX];
    int count = sqlite3_column_count(statement);
    if (count > CAA_HISTORY_VALUES_MAX) count = CAA_HISTORY_VALUES_MAX;
    for (int i = 0; i < count; i++) row[i] = column(statement, i);
    return take(context, row, (size_t)count);
}

/* A file that was moved away or deleted takes commits as before, and nobody would ever find
   them; nor would a reader find newer ones. */
static enum caa_history_trouble check_place(const struct sqlite *sqlite,
                                            struct caa_diag *diag) {
    if (!caa_history_sqlite_is_moved(sqlite->handle)) return CAA_HISTORY_FINE;
    caa_diag_set(diag, "%s: the file was moved or deleted", sqlite->place);
    return CAA_HISTORY_DOWN;
}

static enum caa_history_trouble run(struct caa_history_database *database,
                                    enum caa_history_statement statement,
                                    const struct caa_history_parameters *parameters,
                                    caa_history_take *take, void *context,
                                    struct caa_diag *diag) {
    struct sqlite *sqlite = sqlite_of(database);
    if (sqlite->read_only && check_place(sqlite, diag) != CAA_HISTORY_FINE)
        return CAA_HISTORY_DOWN;
    int code = prepare(sqlite, statement);
    sqlite3_stmt *prepared = sqlite->statements[statement];
    if (code == SQLITE_OK) code = bind_all(sqlite, statement, parameters);
    if (code == SQLITE_OK) {
        bool wanted = true;
        do code = sqlite3_step(prepared);
        while (code == SQLITE_ROW &&
               (take == NULL || (wanted = hand_out(prepared, take, context))));
        if (!wanted) code = SQLITE_DONE;
    }
    enum caa_history_trouble trouble =
        code == SQLITE_DONE ? CAA_HISTORY_FINE : failed(sqlite, code, diag);
    sqlite3_reset(prepared);
    return trouble;
}

static enum caa_history_trouble begin(struct caa_history_database *database,
                                      struct caa_diag *diag) {
    struct sqlite *sqlite = sqlite_of(database);
    enum caa_history_trouble trouble = check_place(sqlite, diag);
    sqlite->waiting.count = 0;
    return trouble == CAA_HISTORY_FINE ? execute(database, "BEGIN IMMEDIATE", diag) : trouble;
}

/* Records are inserted many at once: what a statement costs besides its rows is a quarter. */
static enum caa_history_trouble add(struct caa_history_database *database,
                                    enum caa_history_statement statement,
                                    const struct caa_history_parameters *parameters,
                                    struct caa_diag *diag) {
    struct sqlite *sqlite = sqlite_of(database);
    struct caa_history_sqlite_rows *waiting = &sqlite->waiting;
    if (statement != CAA_HISTORY_INSERT_RECORD || parameters->count != CAA_RECORD_COLUMN_COUNT)
        return run(database, statement, parameters, NULL, NULL, diag);
    waiting->rows[waiting->count++] = parameters->values;
    if (waiting->count < CAA_HISTORY_ROWS_AT_ONCE) return CAA_HISTORY_FINE;
    int code = caa_history_sqlite_rows_insert(waiting, sqlite->handle);
    return code == SQLITE_DONE ? CAA_HISTORY_FINE : failed(sqlite, code, diag);
}

static enum caa_history_trouble commit(struct caa_history_database *database,
                                       struct caa_diag *diag) {
    struct caa_history_sqlite_rows *waiting = &sqlite_of(database)->waiting;
    for (size_t i = 0; i < waiting->count; i++) {
        const struct caa_history_parameters row = {CAA_RECORD_COLUMN_COUNT, waiting->rows[i]};
        enum caa_history_trouble trouble =
            run(database, CAA_HISTORY_INSERT_RECORD, &row, NULL, NULL, diag);
        if (trouble != CAA_HISTORY_FINE) return trouble;
    }
    waiting->count = 0;
    return execute(database, "COMMIT", diag);
}

static void rollback(struct caa_history_database *database) {
    struct sqlite *sqlite = sqlite_of(database);
    if (!sqlite3_get_autocommit(sqlite->handle)) execute(database, "ROLLBACK", NULL);
}

static enum caa_history_trouble number_of(struct sqlite *sqlite, const char *sql,
                                          int64_t *number, struct caa_diag *diag) {
    sqlite3_stmt *statement = NULL;
    *number = 0;
    int code = sqlite3_prepare_v2(sqlite->handle, sql, -1, &statement, NULL);
    if (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW)
        *number = sqlite3_column_int64(statement, 0);
    enum caa_history_trouble trouble = trouble_of(code);
    if (trouble != CAA_HISTORY_FINE) failed(sqlite, code, diag);
    sqlite3_finalize(statement);
    return trouble;
}

static enum caa_history_trouble has_tables(struct caa_history_database *database, bool *ours,
                                           bool *others, struct caa_diag *diag) {
    struct sqlite *sqlite = sqlite_of(database);
    int64_t mine = 0;
    int64_t all = 0;
    enum caa_history_trouble trouble =
        number_of(sqlite, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_version'",
                  &mine, diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = number_of(sqlite, "SELECT count(*) FROM sqlite_schema", &all, diag);
    *ours = mine > 0;
    *others = all > 0 && mine == 0;
    return trouble;
}

static enum caa_history_trouble lock_schema(struct caa_history_database *database,
                                            struct caa_diag *diag) {
    return execute(database, "BEGIN IMMEDIATE", diag);
}

/* SQLite knows none under 512. */
static enum caa_history_trouble read_page_octets(struct sqlite *sqlite, int64_t *octets,
                                                 struct caa_diag *diag) {
    enum caa_history_trouble trouble = number_of(sqlite, "PRAGMA page_size", octets, diag);
    if (trouble != CAA_HISTORY_FINE || *octets >= 512) return trouble;
    caa_diag_set(diag, "%s: has pages of %lld octets", sqlite->place, (long long)*octets);
    return CAA_HISTORY_LASTING;
}

struct room {
    int64_t page_octets;
    int64_t pages;
    int64_t free_pages; /* of them */
};

static enum caa_history_trouble read_room(struct sqlite *sqlite, struct room *room,
                                          struct caa_diag *diag) {
    enum caa_history_trouble trouble = read_page_octets(sqlite, &room->page_octets, diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = number_of(sqlite, "PRAGMA page_count", &room->pages, diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = number_of(sqlite, "PRAGMA freelist_count", &room->free_pages, diag);
    return trouble;
}

static enum caa_history_trouble measure(struct caa_history_database *database, uint64_t *octets,
                                        struct caa_diag *diag) {
    struct room room = {0};
    enum caa_history_trouble trouble = read_room(sqlite_of(database), &room, diag);
    *octets = (uint64_t)(room.pages - room.free_pages) * (uint64_t)room.page_octets;
    return trouble;
}

/* To give a page back is to move one that is in use there: what the next records need is kept,
   or each would be written twice more. */
static void reclaim(struct caa_history_database *database, bool finished) {
    struct room room = {0};
    char sql[64];
    if (read_room(sqlite_of(database), &room, NULL) != CAA_HISTORY_FINE) return;
    int64_t pages = room.free_pages - room.pages / FREE_PART;
    int64_t most = RECLAIM_OCTETS / room.page_octets;
    if (!finished && pages > most) pages = most;
    (void)snprintf(sql, sizeof sql, "PRAGMA incremental_vacuum(%lld)", (long long)pages);
    if (pages > 0) execute(database, sql, NULL);
    if (finished) execute(database, "PRAGMA wal_checkpoint(TRUNCATE)", NULL);
}

static void close_sqlite(struct caa_history_database *database) {
    struct sqlite *sqlite = sqlite_of(database);
    for (size_t i = 0; i < CAA_HISTORY_STATEMENT_COUNT; i++)
        sqlite3_finalize(sqlite->statements[i]);
    sqlite3_finalize(sqlite->waiting.statement);
    caa_history_sqlite_leave(sqlite->handle);
    sqlite3_close(sqlite->handle);
    free(sqlite);
}

static const struct caa_history_database_operations operations = {
    .measures_cheaply = true,
    .execute = execute,
    .run = run,
    .begin = begin,
    .add = add,
    .commit = commit,
    .rollback = rollback,
    .has_tables = has_tables,
    .lock_schema = lock_schema,
    .measure = measure,
    .reclaim = reclaim,
    .close = close_sqlite,
};

/* Space that is freed can be given back, and somebody else's file is left as it is. */
static enum caa_history_trouble set_up_new(struct sqlite *sqlite, struct caa_diag *diag) {
    int64_t tables = 0;
    char sql[96];
    enum caa_history_trouble trouble =
        number_of(sqlite, "SELECT count(*) FROM sqlite_schema", &tables, diag);
    if (trouble != CAA_HISTORY_FINE || tables > 0) return trouble;
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA page_size = %d; PRAGMA auto_vacuum = INCREMENTAL;"
                   " PRAGMA application_id = %d",
                   (int)PAGE_OCTETS, (int)APPLICATION_ID);
    return execute(&sqlite->database, sql, diag);
}

static int take_mode(void *context, int count, char **values, char **names) {
    bool *is_wal = context;
    (void)names;
    *is_wal = count == 1 && values[0] != NULL && strcmp(values[0], "wal") == 0;
    return 0;
}

/* Each commit is on disk when it returns: the write-ahead log with synchronous=FULL. */
static enum caa_history_trouble set_up_log(struct sqlite *sqlite, struct caa_diag *diag) {
    char sql[160];
    int64_t page_octets = 0;
    enum caa_history_trouble trouble = read_page_octets(sqlite, &page_octets, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = %d;"
                   " PRAGMA wal_autocheckpoint = %lld; PRAGMA cache_size = -%d",
                   2 * LOG_OCTETS, (long long)(LOG_OCTETS / page_octets), (int)CACHE_KIB);
    return execute(&sqlite->database, sql, diag);
}

static enum caa_history_trouble set_up_writing(struct sqlite *sqlite, struct caa_diag *diag) {
    bool is_wal = false;
    int code =
        sqlite3_exec(sqlite->handle, "PRAGMA journal_mode = WAL", take_mode, &is_wal, NULL);
    if (code != SQLITE_OK) return failed(sqlite, code, diag);
    if (!is_wal) {
        caa_diag_set(diag, "%s: no write-ahead log can be kept beside it", sqlite->place);
        return CAA_HISTORY_LASTING;
    }
    return set_up_log(sqlite, diag);
}

static enum caa_history_trouble set_up(struct sqlite *sqlite, struct caa_diag *diag) {
    sqlite3_extended_result_codes(sqlite->handle, 1);
    sqlite3_busy_timeout(sqlite->handle, BUSY_MS);
    enum caa_history_trouble trouble = execute(
        &sqlite->database, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON", diag);
    if (trouble == CAA_HISTORY_FINE && !sqlite->read_only) trouble = set_up_new(sqlite, diag);
    if (trouble == CAA_HISTORY_FINE && !sqlite->read_only)
        trouble = set_up_writing(sqlite, diag);
    return trouble;
}

/* With a path in front of it, no name is special to SQLite (":memory:"). */
static struct sqlite *new_sqlite(const struct caa_history_database_setting *setting) {
    const char *front = setting->place[0] == '/' ? "" : "./";
    size_t size = strlen(front) + strlen(setting->place) + 1;
    struct sqlite *sqlite = calloc(1, sizeof *sqlite + size);
    if (sqlite == NULL) return NULL;
    char *place = (char *)(sqlite + 1);
    (void)snprintf(place, size, "%s%s", front, setting->place);
    sqlite->database.operations = &operations;
    sqlite->place = place;
    sqlite->read_only = setting->read_only;
    return sqlite;
}

enum caa_history_trouble caa_history_sqlite_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag) {
    struct sqlite *sqlite = new_sqlite(setting);
    if (sqlite == NULL) {
        caa_diag_set(diag, "out of memory");
        return CAA_HISTORY_DOWN;
    }
    enum caa_history_trouble trouble =
        caa_history_sqlite_file(sqlite->place, setting->read_only, diag);
    if (trouble == CAA_HISTORY_FINE) {
        int flags = SQLITE_OPEN_NOMUTEX |
                    (setting->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
        int code = sqlite3_open_v2(sqlite->place, &sqlite->handle, flags, NULL);
        trouble = code == SQLITE_OK ? set_up(sqlite, diag) : failed(sqlite, code, diag);
    }
    if (trouble == CAA_HISTORY_FINE)
        *database = &sqlite->database;
    else
        close_sqlite(&sqlite->database);
    return trouble;
}
