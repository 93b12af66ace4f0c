#include "history/schema.h"

/* Forward only. What has been released is never changed: a change is one more at the end. */
static const char *const migrations[] = {
    "CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY,"
    " applied_at_us BIGINT NOT NULL);"

    "CREATE TABLE record (id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL,"
    " started_at_us BIGINT NOT NULL, elapsed_us BIGINT NOT NULL, name TEXT, type BIGINT, tld "
    "TEXT,"
    " verdict TEXT, rule TEXT, decided_at TEXT, cause TEXT, outcome TEXT, security TEXT,"
    " rcode BIGINT, zone TEXT, fault TEXT, failure TEXT, retry_after_s BIGINT,"
    " rescued BIGINT NOT NULL, lost BIGINT, client TEXT, perspective TEXT, perspective_name "
    "TEXT,"
    " quorum TEXT, parent_id TEXT, document TEXT, octets BIGINT NOT NULL);"
    "CREATE INDEX record_by_time ON record (started_at_us, id);"
    "CREATE INDEX record_by_name ON record (name, started_at_us, id);"
    "CREATE INDEX record_by_zone ON record (zone, started_at_us, id) WHERE zone IS NOT NULL;"
    "CREATE INDEX record_by_parent ON record (parent_id) WHERE parent_id IS NOT NULL;"

    "CREATE TABLE lookup (record_id TEXT NOT NULL, level BIGINT NOT NULL, name TEXT NOT NULL,"
    " type BIGINT NOT NULL, tld TEXT NOT NULL, started_at_us BIGINT NOT NULL,"
    " elapsed_us BIGINT NOT NULL, failed BIGINT NOT NULL, outcome TEXT NOT NULL,"
    " security TEXT NOT NULL, rcode BIGINT NOT NULL, ede BIGINT, reason TEXT,"
    " rescued BIGINT NOT NULL, zone TEXT, fault TEXT, failure TEXT, retry_after_s BIGINT,"
    " retries BIGINT, queries BIGINT, PRIMARY KEY (record_id, level));"
    "CREATE INDEX lookup_by_time ON lookup (started_at_us);"
    "CREATE INDEX lookup_by_name ON lookup (name, started_at_us);"
    "CREATE INDEX lookup_by_zone ON lookup (zone, started_at_us) WHERE zone IS NOT NULL;"

    "CREATE TABLE exchange (sent_at_us BIGINT NOT NULL, address TEXT NOT NULL,"
    " transport TEXT NOT NULL, zone TEXT NOT NULL, tld TEXT NOT NULL, server TEXT,"
    " round_trip_us BIGINT NOT NULL, failure TEXT, rcode BIGINT, ede BIGINT, size BIGINT NOT "
    "NULL,"
    " text TEXT, record_id TEXT NOT NULL,"
    " PRIMARY KEY (sent_at_us, address, transport, zone));"
    "CREATE INDEX exchange_by_zone ON exchange (zone, sent_at_us);"};

enum { NEWEST = sizeof migrations / sizeof migrations[0] };

int64_t caa_history_schema_version(void) {
    return NEWEST;
}

static bool take_version(void *context, const struct caa_history_value *row, size_t count) {
    int64_t *version = context;
    if (count > 0 && row[0].kind == CAA_HISTORY_INTEGER) *version = row[0].integer;
    return false;
}

/* 0 where there are no tables yet. */
static enum caa_history_trouble read_version(struct caa_history_database *database,
                                             int64_t *version, struct caa_diag *diag) {
    static const struct caa_history_parameters none = {0};
    bool ours = false;
    bool others = false;
    enum caa_history_trouble trouble = caa_history_has_tables(database, &ours, &others, diag);
    *version = 0;
    if (trouble != CAA_HISTORY_FINE) return trouble;
    if (ours)
        return caa_history_run(database, CAA_HISTORY_VERSION, &none, take_version, version,
                               diag);
    if (!others) return CAA_HISTORY_FINE;
    caa_diag_set(diag, "the database holds something else than a history");
    return CAA_HISTORY_LASTING;
}

static enum caa_history_trouble migrate_by_one(struct caa_history_database *database,
                                               int64_t version, int64_t now_us,
                                               struct caa_diag *diag) {
    const struct caa_history_value values[] = {
        {.kind = CAA_HISTORY_INTEGER, .integer = version + 1},
        {.kind = CAA_HISTORY_INTEGER, .integer = now_us},
    };
    const struct caa_history_parameters parameters = {2, values};
    enum caa_history_trouble trouble = caa_history_execute(database, migrations[version], diag);
    if (trouble == CAA_HISTORY_FINE)
        trouble = caa_history_run(database, CAA_HISTORY_INSERT_VERSION, &parameters, NULL, NULL,
                                  diag);
    return trouble;
}

/* All migrations that are due, or none; several programs may try at once. */
static enum caa_history_trouble migrate(struct caa_history_database *database, int64_t now_us,
                                        struct caa_diag *diag) {
    int64_t version = 0;
    enum caa_history_trouble trouble = caa_history_lock_schema(database, diag);
    if (trouble != CAA_HISTORY_FINE) return trouble;
    trouble = read_version(database, &version, diag);
    for (; trouble == CAA_HISTORY_FINE && version < NEWEST; version++)
        trouble = migrate_by_one(database, version, now_us, diag);
    if (trouble == CAA_HISTORY_FINE) trouble = caa_history_execute(database, "COMMIT", diag);
    if (trouble != CAA_HISTORY_FINE) caa_history_rollback(database);
    return trouble;
}

static enum caa_history_trouble refuse(int64_t version, struct caa_diag *diag) {
    if (version > NEWEST)
        caa_diag_set(
            diag,
            "the history has schema version %lld, and this program knows %d at most: a "
            "newer caa wrote it",
            (long long)version, (int)NEWEST);
    else if (version == 0)
        caa_diag_set(diag, "there is no history in it");
    else
        caa_diag_set(diag,
                     "the history has schema version %lld, and this program reads %d: whoever "
                     "writes it brings it up to date",
                     (long long)version, (int)NEWEST);
    return CAA_HISTORY_LASTING;
}

enum caa_history_trouble caa_history_schema_ready(struct caa_history_database *database,
                                                  bool read_only, int64_t now_us,
                                                  struct caa_diag *diag) {
    int64_t version = 0;
    enum caa_history_trouble trouble = read_version(database, &version, diag);
    if (trouble != CAA_HISTORY_FINE || version == NEWEST) return trouble;
    if (version > NEWEST || read_only) return refuse(version, diag);
    return migrate(database, now_us, diag);
}
