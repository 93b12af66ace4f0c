/* A history of its own, and a check to put into it: in SQLite, or in the PostgreSQL database
   that $CAA_TEST_HISTORY names, whose public schema is thrown away for each test
   (tests/history). */
#ifndef CAA_TESTS_UNIT_HISTORY_H
#define CAA_TESTS_UNIT_HISTORY_H

#include "show.h"

#include <event2/event.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/history.h"
#include "history/record_state.h"

/* A folder, a history in it, and a loop that waits for what was put. */
struct fixture {
    char folder[64];
    char path[96]; /* of the SQLite file, if any */
    const char *place;
    struct event_base *base;
    struct caa_history *history;
    struct caa_history_client *client;
    struct caa_clock clock;
    int64_t ahead_us; /* of the wall clock */
    size_t done;
    enum caa_err err;
    char why[512];
};

static inline int64_t shifted_wall_us(void *context) {
    const struct fixture *f = context;
    return caa_clock_wall_us(caa_clock_system()) + f->ahead_us;
}

static inline int64_t monotonic_us(void *context) {
    (void)context;
    return caa_clock_monotonic_us(caa_clock_system());
}

/* The column of each row, or nothing but the doing. */
static inline void ask_postgresql(const char *url, const char *sql, char *text, size_t size) {
    PGconn *link = PQconnectdb(url);
    PGresult *result = PQexec(link, sql);
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(link));
    for (int row = 0; row < PQntuples(result); row++) {
        size_t used = strlen(text);
        (void)snprintf(text + used, size - used, "%s%s", row > 0 ? ", " : "",
                       PQgetvalue(result, row, 0));
    }
    PQclear(result);
    PQfinish(link);
}

static inline const char *postgresql(void) {
    return getenv("CAA_TEST_HISTORY");
}

static inline int set_up(void **state) {
    char none[16] = "";
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/caa-history-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/h.db", f->folder);
    f->place = postgresql() != NULL ? postgresql() : f->path;
    if (postgresql() != NULL)
        ask_postgresql(postgresql(),
                       "SET client_min_messages = error; DROP SCHEMA public CASCADE;"
                       " CREATE SCHEMA public",
                       none, sizeof none);
    f->base = event_base_new();
    f->clock = (struct caa_clock){monotonic_us, shifted_wall_us, f};
    *state = f;
    return 0;
}

static inline int tear_down(void **state) {
    struct fixture *f = *state;
    char command[128];
    caa_history_client_free(f->client);
    caa_history_close(f->history);
    event_base_free(f->base);
    (void)snprintf(command, sizeof command, "rm -rf %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static inline struct caa_history_setting setting_for(const struct fixture *f) {
    return (struct caa_history_setting){.place = f->place, .audit = CAA_HISTORY_REQUIRED};
}

static inline void open_with(struct fixture *f, const struct caa_history_setting *setting) {
    struct caa_diag why = {.text = ""};
    enum caa_err err = caa_history_open(&f->history, setting, &f->clock, &why);
    if (err != CAA_OK) fail_msg("%s", why.text);
    assert_int_equal(caa_history_client_new(&f->client, f->history, f->base), CAA_OK);
}

static inline void open_required(struct fixture *f) {
    struct caa_history_setting setting = setting_for(f);
    open_with(f, &setting);
}

static inline void close_history(struct fixture *f) {
    caa_history_client_free(f->client);
    caa_history_close(f->history);
    f->client = NULL;
    f->history = NULL;
}

static inline void on_done(void *context, enum caa_err err, const char *why) {
    struct fixture *f = context;
    f->done++;
    f->err = err;
    (void)snprintf(f->why, sizeof f->why, "%s", why);
}

static inline void wait_for(struct fixture *f, size_t done) {
    while (f->done < done) assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
}

static inline struct caa_name name_of(const char *text) {
    struct caa_name name;
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    return name;
}

/* A check of *.a.example, whose TLD failed: its servers and what they did. */
struct failed_check {
    struct caa_name names[2];
    struct caa_evidence_item items[2];
    struct caa_evidence evidence;
    struct caa_answer answers[2];
    struct caa_level levels[2];
    struct caa_check_result result;
};

static inline void make_failed_check(struct failed_check *c) {
    int64_t now = caa_clock_wall_us(caa_clock_system());
    memset(c, 0, sizeof *c);
    c->names[0] = name_of("A.Example");
    c->names[1] = name_of("example");
    for (int i = 0; i < 2; i++)
        c->items[i] = (struct caa_evidence_item){.zone = c->names[1],
                                                 .server = name_of("ns.example"),
                                                 .over_tcp = i == 1,
                                                 .sent_at_us = now + 5,
                                                 .round_trip_us = 77,
                                                 .failure = CAA_FAILURE_SERVFAIL,
                                                 .rcode = 2,
                                                 .ede = 23,
                                                 .size = 40,
                                                 .address = "192.0.2.1",
                                                 .text = "'); DROP TABLE record; --"};
    c->evidence = (struct caa_evidence){.zone = c->names[1],
                                        .fault = CAA_FAULT_REGISTRY,
                                        .failure = CAA_FAILURE_SERVFAIL,
                                        .retry_count = 3,
                                        .retry_advised = true,
                                        .retry_after_s = 60,
                                        .retry_why = "",
                                        .reason = "",
                                        .query_count = 26,
                                        .item_count = 2,
                                        .items = c->items};
    c->answers[0] = (struct caa_answer){.owner = c->names[0],
                                        .type = CAA_TYPE_CAA,
                                        .outcome = CAA_OUTCOME_NODATA,
                                        .security = CAA_SECURITY_INSECURE,
                                        .observed_at_us = now + 9,
                                        .ede = -1,
                                        .reason = ""};
    c->answers[1] = (struct caa_answer){.owner = c->names[1],
                                        .type = CAA_TYPE_CAA,
                                        .outcome = CAA_OUTCOME_SERVFAIL,
                                        .observed_at_us = now + 9,
                                        .rcode = 2,
                                        .ede = 22,
                                        .reason = "no server answers\x01\xff",
                                        .evidence = &c->evidence};
    for (int i = 0; i < 2; i++)
        c->levels[i] = (struct caa_level){&c->names[i], &c->answers[i], 1000 + i};
    c->result = (struct caa_check_result){.request = {.name = c->names[0], .wildcard = true},
                                          .decision = {.decided = true,
                                                       .verdict = CAA_VERDICT_UNDECIDED,
                                                       .rule = CAA_RULE_LOOKUP_FAILED,
                                                       .level = 1,
                                                       .cause = 1},
                                          .level_count = 2,
                                          .levels = c->levels,
                                          .started_at_us = now,
                                          .elapsed_us = 12345};
}

static inline void put_check(struct fixture *f, const struct failed_check *c, char *id) {
    struct caa_history_record *record;
    assert_int_equal(caa_history_id_make(id), CAA_OK);
    const struct caa_history_about about = {
        .id = id, .client = "token 'a'\n", .document = "{\"name\":\"*.a.example\"}"};
    assert_int_equal(caa_history_record_of_check(&record, &c->result, &about), CAA_OK);
    caa_history_put(f->client, record, on_done, f);
}

static inline void ask_sqlite(const char *path, const char *sql, char *text, size_t size) {
    sqlite3 *database;
    sqlite3_stmt *statement;
    int code = 0;
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(database));
    for (int row = 0; (code = sqlite3_step(statement)) == SQLITE_ROW; row++) {
        size_t used = strlen(text);
        const unsigned char *column = sqlite3_column_text(statement, 0);
        (void)snprintf(text + used, size - used, "%s%s", row > 0 ? ", " : "",
                       column == NULL ? "" : (const char *)column);
    }
    assert_int_equal(code, SQLITE_DONE);
    sqlite3_finalize(statement);
    sqlite3_close(database);
}

/* The first column of each row. */
static inline const char *ask(const struct fixture *f, const char *sql) {
    static char text[2048];
    text[0] = '\0';
    if (postgresql() != NULL)
        ask_postgresql(f->place, sql, text, sizeof text);
    else
        ask_sqlite(f->path, sql, text, sizeof text);
    return text;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
