#include "history/database.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/postgresql_link.h"

enum {
    WRITE_MS = 10 * 1000,
    READ_MS = 60 * 1000,
    MIGRATE_MS = 600 * 1000,
    NUMBER_MAX = 24,
    OID_INT8 = 20,
    OID_INT2 = 21,
    OID_INT4 = 23,
};

/* Any number that others who lock in this database are unlikely to choose: "CAAH". */
#define LOCK_SCHEMA "SELECT pg_advisory_xact_lock(1128350024)"

struct postgresql {
    struct caa_history_database database;
    PGconn *link;
    bool is_lost; /* nothing more is asked of it */
    int timeout_ms;
    int usual_timeout_ms;
    bool prepared[CAA_HISTORY_STATEMENT_COUNT];
};

static struct postgresql *postgresql_of(struct caa_history_database *database) {
    return (struct postgresql *)database;
}

static enum caa_history_trouble lost(struct postgresql *postgresql, struct caa_diag *diag) {
    postgresql->is_lost = true;
    return caa_history_link_lost(postgresql->link, PQstatus(postgresql->link) == CONNECTION_BAD,
                                 diag);
}

static bool is_failure(const PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    return status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK &&
           status != PGRES_EMPTY_QUERY && status != PGRES_PIPELINE_SYNC;
}

static struct caa_history_value value_at(const PGresult *result, int row, int column) {
    struct caa_history_value value = {.kind = CAA_HISTORY_NULL};
    if (PQgetisnull(result, row, column)) return value;
    const char *text = PQgetvalue(result, row, column);
    Oid type = PQftype(result, column);
    bool is_integer = type == OID_INT8 || type == OID_INT4 || type == OID_INT2;
    value.kind = is_integer ? CAA_HISTORY_INTEGER : CAA_HISTORY_TEXT;
    value.text = caa_slice_bytes(text, (size_t)PQgetlength(result, row, column));
    if (is_integer) value.integer = strtoll(text, NULL, 10);
    return value;
}

/* False: no more are wanted. */
static bool hand_out(const PGresult *result, caa_history_take *take, void *context) {
    int columns = PQnfields(result);
    if (columns > CAA_HISTORY_VALUES_MAX) columns = CAA_HISTORY_VALUES_MAX;
    bool wanted = true;
    for (int row = 0; row < PQntuples(result) && wanted; row++) {
        struct caa_history_value values[CAA_HISTORY_VALUES_MAX];
        for (int i = 0; i < columns; i++) values[i] = value_at(result, row, i);
        wanted = take(context, values, (size_t)columns);
    }
    return wanted;
}

/* All results of what was sent; the first failure counts. */
static enum caa_history_trouble collect(struct postgresql *postgresql, caa_history_take *take,
                                        void *context, struct caa_diag *diag) {
    enum caa_history_trouble trouble = CAA_HISTORY_FINE;
    PGresult *result;
    bool is_lost = false;
    bool wanted = take != NULL;
    while ((result = caa_history_link_result(postgresql->link, postgresql->timeout_ms,
                                             &is_lost)) != NULL) {
        if (is_failure(result) && trouble == CAA_HISTORY_FINE)
            trouble = caa_history_link_trouble(result, diag);
        else if (wanted)
            wanted = hand_out(result, take, context);
        PQclear(result);
    }
    return is_lost ? lost(postgresql, diag) : trouble;
}

static enum caa_history_trouble execute(struct caa_history_database *database, const char *sql,
                                        struct caa_diag *diag) {
    struct postgresql *postgresql = postgresql_of(database);
    if (PQsendQuery(postgresql->link, sql) == 0) return lost(postgresql, diag);
    enum caa_history_trouble trouble = collect(postgresql, NULL, NULL, diag);
    if (PQtransactionStatus(postgresql->link) == PQTRANS_IDLE) /* a migration is over, if any */
        postgresql->timeout_ms = postgresql->usual_timeout_ms;
    return trouble;
}

static void name_statement(enum caa_history_statement statement, char name[NUMBER_MAX]) {
    (void)snprintf(name, NUMBER_MAX, "caa_%d", (int)statement);
}

static enum caa_history_trouble prepare(struct postgresql *postgresql,
                                        enum caa_history_statement statement,
                                        struct caa_diag *diag) {
    char name[NUMBER_MAX];
    if (postgresql->prepared[statement]) return CAA_HISTORY_FINE;
    name_statement(statement, name);
    if (PQsendPrepare(postgresql->link, name, caa_history_statement_sql(statement), 0, NULL) ==
        0)
        return lost(postgresql, diag);
    enum caa_history_trouble trouble = collect(postgresql, NULL, NULL, diag);
    postgresql->prepared[statement] = trouble == CAA_HISTORY_FINE;
    return trouble;
}

/* libpq copies the values; their text has a NUL behind it. */
static bool send(struct postgresql *postgresql, enum caa_history_statement statement,
                 const struct caa_history_parameters *parameters) {
    const char *texts[CAA_HISTORY_VALUES_MAX];
    char numbers[CAA_HISTORY_VALUES_MAX][NUMBER_MAX];
    char name[NUMBER_MAX];
    for (size_t i = 0; i < parameters->count; i++) {
        const struct caa_history_value *value = &parameters->values[i];
        (void)snprintf(numbers[i], NUMBER_MAX, "%" PRId64, value->integer);
        texts[i] = value->kind == CAA_HISTORY_TEXT      ? value->text.ptr
                   : value->kind == CAA_HISTORY_INTEGER ? numbers[i]
                                                        : NULL;
    }
    name_statement(statement, name);
    return PQsendQueryPrepared(postgresql->link, name, (int)parameters->count, texts, NULL,
                               NULL, 0) == 1;
}

static enum caa_history_trouble run(struct caa_history_database *database,
                                    enum caa_history_statement statement,
                                    const struct caa_history_parameters *parameters,
                                    caa_history_take *take, void *context,
                                    struct caa_diag *diag) {
    struct postgresql *postgresql = postgresql_of(database);
    enum caa_history_trouble trouble = prepare(postgresql, statement, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    if (!send(postgresql, statement, parameters)) return lost(postgresql, diag);
    return collect(postgresql, take, context, diag);
}

/* A batch is sent as a whole, and one answer waited for (libpq's pipeline mode). */
static enum caa_history_trouble begin(struct caa_history_database *database,
                                      struct caa_diag *diag) {
    static const enum caa_history_statement inserts[] = {
        CAA_HISTORY_INSERT_RECORD, CAA_HISTORY_INSERT_LOOKUP, CAA_HISTORY_INSERT_EXCHANGE};
    struct postgresql *postgresql = postgresql_of(database);
    for (size_t i = 0; i < sizeof inserts / sizeof inserts[0]; i++) {
        enum caa_history_trouble trouble = prepare(postgresql, inserts[i], diag);
        if (trouble != CAA_HISTORY_FINE) return trouble;
    }
    if (PQenterPipelineMode(postgresql->link) == 1 &&
        PQsendQueryParams(postgresql->link, "BEGIN", 0, NULL, NULL, NULL, NULL, 0) == 1)
        return CAA_HISTORY_FINE;
    return lost(postgresql, diag);
}

static enum caa_history_trouble add(struct caa_history_database *database,
                                    enum caa_history_statement statement,
                                    const struct caa_history_parameters *parameters,
                                    struct caa_diag *diag) {
    struct postgresql *postgresql = postgresql_of(database);
    return send(postgresql, statement, parameters) ? CAA_HISTORY_FINE : lost(postgresql, diag);
}

/* The results of a pipeline up to its end; a NULL is between any two. `*committed`: the server
   says that it did. */
static enum caa_history_trouble collect_pipeline(struct postgresql *postgresql, bool *committed,
                                                 struct caa_diag *diag) {
    enum caa_history_trouble trouble = CAA_HISTORY_FINE;
    bool ended = false;
    bool was_null = false;
    *committed = false;
    while (!ended) {
        bool is_lost = false;
        PGresult *result =
            caa_history_link_result(postgresql->link, postgresql->timeout_ms, &is_lost);
        /* Two without a result: there is nothing more to come, and no end was seen. */
        if (is_lost || (result == NULL && was_null)) return lost(postgresql, diag);
        was_null = result == NULL;
        if (was_null) continue;
        ended = PQresultStatus(result) == PGRES_PIPELINE_SYNC;
        if (is_failure(result) && trouble == CAA_HISTORY_FINE)
            trouble = caa_history_link_trouble(result, diag);
        if (strcmp(PQcmdStatus(result), "COMMIT") == 0) *committed = true;
        PQclear(result);
    }
    return PQexitPipelineMode(postgresql->link) == 1 ? trouble : lost(postgresql, diag);
}

static enum caa_history_trouble commit(struct caa_history_database *database,
                                       struct caa_diag *diag) {
    struct postgresql *postgresql = postgresql_of(database);
    bool committed = false;
    if (PQsendQueryParams(postgresql->link, "COMMIT", 0, NULL, NULL, NULL, NULL, 0) == 0 ||
        PQpipelineSync(postgresql->link) == 0)
        return lost(postgresql, diag);
    enum caa_history_trouble trouble = collect_pipeline(postgresql, &committed, diag);
    if (trouble != CAA_HISTORY_FINE || committed) return trouble;
    caa_diag_set(diag, "PostgreSQL: the transaction was not committed");
    return CAA_HISTORY_DOWN;
}

static void rollback(struct caa_history_database *database) {
    struct postgresql *postgresql = postgresql_of(database);
    bool committed = false;
    postgresql->timeout_ms = postgresql->usual_timeout_ms;
    if (postgresql->is_lost || PQstatus(postgresql->link) == CONNECTION_BAD) return;
    if (PQpipelineStatus(postgresql->link) != PQ_PIPELINE_OFF &&
        PQpipelineSync(postgresql->link) == 1)
        collect_pipeline(postgresql, &committed, NULL);
    if (PQtransactionStatus(postgresql->link) != PQTRANS_IDLE)
        execute(database, "ROLLBACK", NULL);
}

struct answer {
    int64_t number;
    char text[64];
};

static bool take_answer(void *context, const struct caa_history_value *row, size_t count) {
    struct answer *answer = context;
    if (count == 0 || row[0].kind == CAA_HISTORY_NULL) return false;
    answer->number = row[0].integer;
    (void)snprintf(answer->text, sizeof answer->text, "%.*s", (int)row[0].text.len,
                   row[0].text.ptr);
    return false;
}

static enum caa_history_trouble ask(struct postgresql *postgresql, const char *sql,
                                    struct answer *answer, struct caa_diag *diag) {
    *answer = (struct answer){0};
    if (PQsendQuery(postgresql->link, sql) == 0) return lost(postgresql, diag);
    return collect(postgresql, take_answer, answer, diag);
}

/* A database may be shared with others, who have tables of their own. */
static enum caa_history_trouble has_tables(struct caa_history_database *database, bool *ours,
                                           bool *others, struct caa_diag *diag) {
    struct answer answer;
    enum caa_history_trouble trouble =
        ask(postgresql_of(database),
            "SELECT count(*) FROM pg_class WHERE oid = to_regclass('schema_version')", &answer,
            diag);
    *ours = answer.number > 0;
    *others = false;
    return trouble;
}

/* Until the COMMIT or the rollback. */
static enum caa_history_trouble lock_schema(struct caa_history_database *database,
                                            struct caa_diag *diag) {
    struct postgresql *postgresql = postgresql_of(database);
    postgresql->timeout_ms = MIGRATE_MS;
    enum caa_history_trouble trouble = execute(database, "BEGIN", diag);
    return trouble == CAA_HISTORY_FINE ? execute(database, LOCK_SCHEMA, diag) : trouble;
}

static enum caa_history_trouble measure(struct caa_history_database *database, uint64_t *octets,
                                        struct caa_diag *diag) {
    struct postgresql *postgresql = postgresql_of(database);
    struct answer answer;
    postgresql->timeout_ms = READ_MS;
    enum caa_history_trouble trouble =
        ask(postgresql, "SELECT CAST(COALESCE(sum(octets), 0) AS BIGINT) FROM record", &answer,
            diag);
    postgresql->timeout_ms = postgresql->usual_timeout_ms;
    *octets = answer.number < 0 ? 0 : (uint64_t)answer.number;
    return trouble;
}

/* The server's autovacuum does that. */
static void reclaim(struct caa_history_database *database, bool finished) {
    (void)database;
    (void)finished;
}

static void close_postgresql(struct caa_history_database *database) {
    struct postgresql *postgresql = postgresql_of(database);
    PQfinish(postgresql->link);
    free(postgresql);
}

static const struct caa_history_database_operations operations = {
    .measures_cheaply = false,
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
    .close = close_postgresql,
};

/* CAA_HISTORY_LASTING where the server's setting is not the one that is wanted. */
static enum caa_history_trouble want(struct postgresql *postgresql, const char *sql,
                                     const char *wanted, const char *complaint,
                                     struct caa_diag *diag) {
    struct answer answer;
    enum caa_history_trouble trouble = ask(postgresql, sql, &answer, diag);
    if (trouble != CAA_HISTORY_FINE || strcmp(answer.text, wanted) == 0) return trouble;
    caa_diag_set(diag, "PostgreSQL: %s", complaint);
    return CAA_HISTORY_LASTING;
}

/* A commit is on disk when the server says so; what waits for more than that is left alone. */
static enum caa_history_trouble set_up_durability(struct postgresql *postgresql, bool required,
                                                  struct caa_diag *diag) {
    struct answer answer;
    enum caa_history_trouble trouble = CAA_HISTORY_FINE;
    if (required)
        trouble =
            want(postgresql, "SHOW fsync", "on",
                 "the server has fsync off, and what it says is on disk may not be", diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = ask(postgresql, "SHOW synchronous_commit", &answer, diag);
    if (trouble == CAA_HISTORY_FINE && strcmp(answer.text, "remote_apply") != 0)
        trouble = execute(&postgresql->database, "SET synchronous_commit = on", diag);
    return trouble;
}

static enum caa_history_trouble set_up(struct postgresql *postgresql,
                                       const struct caa_history_database_setting *setting,
                                       struct caa_diag *diag) {
    enum caa_history_trouble trouble =
        want(postgresql, "SHOW server_encoding", "UTF8",
             "the database is not encoded in UTF8, so that not every record can be kept", diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = execute(&postgresql->database,
                          setting->read_only ? "SET SESSION CHARACTERISTICS AS TRANSACTION"
                                               " ISOLATION LEVEL READ COMMITTED READ ONLY"
                                             : "SET SESSION CHARACTERISTICS AS TRANSACTION"
                                               " ISOLATION LEVEL READ COMMITTED READ WRITE",
                          diag);
    if (trouble == CAA_HISTORY_FINE && !setting->read_only)
        trouble = set_up_durability(postgresql, setting->required, diag);
    return trouble;
}

enum caa_history_trouble caa_history_postgresql_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag) {
    struct postgresql *postgresql = calloc(1, sizeof *postgresql);
    if (postgresql == NULL) {
        caa_diag_set(diag, "out of memory");
        return CAA_HISTORY_DOWN;
    }
    postgresql->database.operations = &operations;
    postgresql->usual_timeout_ms = setting->read_only ? READ_MS : WRITE_MS;
    postgresql->timeout_ms = postgresql->usual_timeout_ms;
    enum caa_history_trouble trouble =
        caa_history_link_open(&postgresql->link, setting->place, diag);
    if (trouble == CAA_HISTORY_FINE) trouble = set_up(postgresql, setting, diag);
    if (trouble == CAA_HISTORY_FINE)
        *database = &postgresql->database;
    else
        close_postgresql(&postgresql->database);
    return trouble;
}
