/* Inside history: one connection to a database, used by one thread at a time. The SQL is the
   same for SQLite and PostgreSQL; values are always bound, never text of a statement. */
#ifndef CAA_HISTORY_DATABASE_H
#define CAA_HISTORY_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/slice.h"

enum caa_history_value_kind {
    CAA_HISTORY_NULL,
    CAA_HISTORY_INTEGER,
    CAA_HISTORY_TEXT,
};

struct caa_history_value {
    enum caa_history_value_kind kind;
    int64_t integer;
    struct caa_slice text;
};

/* What a failure asks for. */
enum caa_history_trouble {
    CAA_HISTORY_FINE,
    CAA_HISTORY_REFUSED, /* these values; others may be taken */
    CAA_HISTORY_DOWN,    /* try again later, with a new connection */
    CAA_HISTORY_LASTING, /* of no use until somebody mends it */
};

enum { CAA_HISTORY_VALUES_MAX = 32 }; /* of a statement's parameters, or of a row */

enum caa_history_statement {
#define CAA_HISTORY_STATEMENT(name, sql) CAA_HISTORY_##name,
#include "history/statement.def"
#undef CAA_HISTORY_STATEMENT
    CAA_HISTORY_STATEMENT_COUNT
};

/* The text of a statement. Static. */
const char *caa_history_statement_sql(enum caa_history_statement statement);

struct caa_history_parameters {
    size_t count;
    const struct caa_history_value *values;
};

/* One row; its values live during the call. False: no more rows are wanted. */
typedef bool caa_history_take(void *context, const struct caa_history_value *row, size_t count);

struct caa_history_database;

struct caa_history_database_operations {
    bool measures_cheaply;
    enum caa_history_trouble (*execute)(struct caa_history_database *database, const char *sql,
                                        struct caa_diag *diag);
    enum caa_history_trouble (*run)(struct caa_history_database *database,
                                    enum caa_history_statement statement,
                                    const struct caa_history_parameters *parameters,
                                    caa_history_take *take, void *context,
                                    struct caa_diag *diag);
    enum caa_history_trouble (*begin)(struct caa_history_database *database,
                                      struct caa_diag *diag);
    enum caa_history_trouble (*add)(struct caa_history_database *database,
                                    enum caa_history_statement statement,
                                    const struct caa_history_parameters *parameters,
                                    struct caa_diag *diag);
    enum caa_history_trouble (*commit)(struct caa_history_database *database,
                                       struct caa_diag *diag);
    void (*rollback)(struct caa_history_database *database);
    enum caa_history_trouble (*has_tables)(struct caa_history_database *database, bool *ours,
                                           bool *others, struct caa_diag *diag);
    enum caa_history_trouble (*lock_schema)(struct caa_history_database *database,
                                            struct caa_diag *diag);
    enum caa_history_trouble (*measure)(struct caa_history_database *database, uint64_t *octets,
                                        struct caa_diag *diag);
    void (*reclaim)(struct caa_history_database *database, bool finished);
    void (*close)(struct caa_history_database *database);
};

/* The first member of each implementation's struct. */
struct caa_history_database {
    const struct caa_history_database_operations *operations;
};

struct caa_history_database_setting {
    const char *place;
    bool read_only;
    bool required; /* a server that does not sync is refused */
};

/* Connects; the schema is not looked at. `*database` is NULL but for CAA_HISTORY_FINE. */
enum caa_history_trouble caa_history_database_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag);

/* The two of them, for the above. */
enum caa_history_trouble caa_history_sqlite_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag);
enum caa_history_trouble caa_history_postgresql_open(
    struct caa_history_database **database, const struct caa_history_database_setting *setting,
    struct caa_diag *diag);

/* Runs text without parameters and rows. */
static inline enum caa_history_trouble caa_history_execute(
    struct caa_history_database *database, const char *sql, struct caa_diag *diag) {
    return database->operations->execute(database, sql, diag);
}

/* Runs a statement outside a batch; each row goes to `take`, which may be NULL. */
static inline enum caa_history_trouble caa_history_run(
    struct caa_history_database *database, enum caa_history_statement statement,
    const struct caa_history_parameters *parameters, caa_history_take *take, void *context,
    struct caa_diag *diag) {
    return database->operations->run(database, statement, parameters, take, context, diag);
}

/* A batch: begin, add as often as wanted, commit; its values must live until the commit. After
   any failure in it: rollback. Only a commit that says CAA_HISTORY_FINE means anything. */
static inline enum caa_history_trouble caa_history_begin(struct caa_history_database *database,
                                                         struct caa_diag *diag) {
    return database->operations->begin(database, diag);
}
static inline enum caa_history_trouble caa_history_add(
    struct caa_history_database *database, enum caa_history_statement statement,
    const struct caa_history_parameters *parameters, struct caa_diag *diag) {
    return database->operations->add(database, statement, parameters, diag);
}
static inline enum caa_history_trouble caa_history_commit(struct caa_history_database *database,
                                                          struct caa_diag *diag) {
    return database->operations->commit(database, diag);
}
static inline void caa_history_rollback(struct caa_history_database *database) {
    database->operations->rollback(database);
}

/* `ours`: there is a schema_version table. `others`: there are tables, and the database is one
   that should be ours alone. */
static inline enum caa_history_trouble caa_history_has_tables(
    struct caa_history_database *database, bool *ours, bool *others, struct caa_diag *diag) {
    return database->operations->has_tables(database, ours, others, diag);
}

/* Begins a transaction in which nobody else changes the schema. */
static inline enum caa_history_trouble caa_history_lock_schema(
    struct caa_history_database *database, struct caa_diag *diag) {
    return database->operations->lock_schema(database, diag);
}

/* How much the history holds, as the setting's size_most_octets counts. */
static inline enum caa_history_trouble caa_history_measure(
    struct caa_history_database *database, uint64_t *octets, struct caa_diag *diag) {
    return database->operations->measure(database, octets, diag);
}

/* Gives back what was freed; `finished` after the last part of a deletion. A failure does no
   harm. */
static inline void caa_history_reclaim(struct caa_history_database *database, bool finished) {
    database->operations->reclaim(database, finished);
}

/* NULL is fine. */
static inline void caa_history_database_close(struct caa_history_database *database) {
    if (database != NULL) database->operations->close(database);
}

#endif
