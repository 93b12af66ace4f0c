#include "history.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void a_check_is_on_disk_when_it_is_acknowledged(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    make_failed_check(&c);
    put_check(f, &c, id);
    assert_int_equal(f->done, 0); /* never from inside */
    wait_for(f, 1);
    assert_int_equal(f->err, CAA_OK);
    assert_string_equal(ask(f, "SELECT id FROM record"), id);
    assert_string_equal(
        ask(f,
            "SELECT kind || ' ' || name || ' ' || type || ' ' || tld || ' ' || verdict || ' '"
            " || rule || ' ' || decided_at || ' ' || cause || ' ' || outcome || ' ' ||"
            " security || ' ' || zone || ' ' || fault || ' ' || failure || ' ' ||"
            " retry_after_s || ' ' || rescued || ' ' || elapsed_us FROM record"),
        "check *.a.example 257 example undecided lookup-failed example example servfail "
        "indeterminate example registry servfail 60 0 12345");
    assert_string_equal(ask(f, "SELECT document FROM record"), "{\"name\":\"*.a.example\"}");
    assert_string_equal(ask(f, "SELECT count(*) FROM record WHERE octets > 0"), "1");
}

static void each_lookup_and_each_exchange_has_a_row(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    make_failed_check(&c);
    put_check(f, &c, id);
    put_check(f, &c, id); /* with the same evidence: the exchanges happened once */
    wait_for(f, 2);
    assert_string_equal(ask(f, "SELECT level || ' ' || name || ' ' || failed || ' ' || outcome"
                               " FROM lookup WHERE record_id ="
                               " (SELECT min(record_id) FROM lookup) ORDER BY level"),
                        "0 a.example 0 nodata, 1 example 1 servfail");
    assert_string_equal(
        ask(f, "SELECT DISTINCT zone || ' ' || fault || ' ' || failure || ' ' || retries ||"
               " ' ' || queries || ' ' || ede || ' ' || reason FROM lookup WHERE"
               " failed = 1"),
        "example registry servfail 3 26 22 no server answers??");
    assert_string_equal(ask(f,
                            "SELECT zone || ' ' || tld || ' ' || server || ' ' ||"
                            " address || ' ' || transport || ' ' || failure || ' ' || rcode ||"
                            " ' ' || ede || ' ' || size FROM exchange ORDER BY transport"),
                        "example example ns.example 192.0.2.1 tcp servfail 2 23 40, "
                        "example example ns.example 192.0.2.1 udp servfail 2 23 40");
}

static void what_strangers_write_is_data(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    make_failed_check(&c);
    c.names[0] = name_of("\\000\\255'\\;drop.example");
    c.result.request.name = c.names[0];
    put_check(f, &c, id);
    wait_for(f, 1);
    assert_int_equal(f->err, CAA_OK);
    assert_string_equal(ask(f, "SELECT name FROM record"), "*.\\000\\255';drop.example");
    assert_string_equal(ask(f, "SELECT DISTINCT text FROM exchange"),
                        "'); DROP TABLE record; --");
    assert_string_equal(ask(f, "SELECT client FROM record"), "token 'a'?");
}

static void an_answer_from_the_cache_has_no_row_of_its_own(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    make_failed_check(&c);
    c.answers[0].observed_at_us = c.result.started_at_us - 1;
    c.answers[1].observed_at_us = c.result.started_at_us - 1; /* it failed: it has one */
    put_check(f, &c, id);
    wait_for(f, 1);
    assert_string_equal(ask(f, "SELECT level FROM lookup"), "1");
}

static void a_served_answer_is_a_record(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    struct caa_history_record *record;
    open_required(f);
    make_failed_check(&c);
    const struct caa_history_about about = {.id = "0123", .client = "192.0.2.9"};
    const struct caa_history_served served = {
        .answer = &c.answers[1], .rcode = 2, .started_at_us = 7, .elapsed_us = 9};
    assert_int_equal(caa_history_record_of_answer(&record, &served, &about), CAA_OK);
    caa_history_put(f->client, record, on_done, f);
    wait_for(f, 1);
    assert_string_equal(ask(f,
                            "SELECT kind || ' ' || name || ' ' || type || ' ' || outcome || ' '"
                            " || rcode || ' ' || client || ' ' || zone FROM record"),
                        "answer example 257 servfail 2 192.0.2.9 example");
    assert_string_equal(ask(f, "SELECT count(*) FROM exchange"), "2");
}

static void a_failed_refresh_is_a_record(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    struct caa_history_record *record;
    open_required(f);
    make_failed_check(&c);
    const struct caa_history_about about = {.id = "0123"};
    assert_int_equal(caa_history_record_of_refresh(&record, &c.answers[1], &about), CAA_OK);
    caa_history_put(f->client, record, on_done, f);
    wait_for(f, 1);
    assert_string_equal(
        ask(f, "SELECT r.kind || ' ' || r.name || ' ' || r.outcome || ' ' || r.zone || ' ' ||"
               " l.level || ' ' || l.failed FROM record r JOIN lookup l ON l.record_id = r.id"),
        "refresh example servfail example -1 1");
    assert_string_equal(ask(f, "SELECT count(*) FROM exchange"), "2");
}

static void a_document_has_a_limit(void **state) {
    (void)state;
    struct failed_check c;
    struct caa_history_record *record = NULL;
    char *document = malloc(CAA_HISTORY_DOCUMENT_MAX + 2);
    memset(document, 'x', CAA_HISTORY_DOCUMENT_MAX + 1);
    document[CAA_HISTORY_DOCUMENT_MAX + 1] = '\0';
    make_failed_check(&c);
    const struct caa_history_about about = {.id = "0", .document = document};
    assert_int_equal(caa_history_record_of_check(&record, &c.result, &about), CAA_ERR_LIMIT);
    document[CAA_HISTORY_DOCUMENT_MAX] = '\0';
    assert_int_equal(caa_history_record_of_check(&record, &c.result, &about), CAA_OK);
    caa_history_record_free(record);
    free(document);
}

static void best_effort_does_not_wait(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    struct caa_history_setting setting = setting_for(f);
    setting.audit = CAA_HISTORY_BEST_EFFORT;
    open_with(f, &setting);
    make_failed_check(&c);
    for (int i = 0; i < 100; i++) put_check(f, &c, id);
    wait_for(f, 100);
    assert_int_equal(f->err, CAA_OK);
    close_history(f); /* which writes what waits */
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "100");
}

/* Somebody else writes, so that nothing can be committed until he is done. */
static sqlite3 *hold_database(const struct fixture *f) {
    sqlite3 *other;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    return other;
}

static void what_is_lost_is_recorded_as_a_gap(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    struct caa_history_counters counters;
    char id[CAA_HISTORY_ID_MAX];
    struct caa_history_setting setting = setting_for(f);
    setting.audit = CAA_HISTORY_BEST_EFFORT;
    setting.queue_most = 10;
    open_with(f, &setting);
    sqlite3 *other = hold_database(f);
    make_failed_check(&c);
    for (int i = 0; i < 25; i++) {
        c.result.started_at_us = 1000000 + i;
        put_check(f, &c, id);
    }
    wait_for(f, 25);
    assert_int_equal(f->err, CAA_OK);
    caa_history_counters(f->history, &counters);
    assert_int_equal(counters.dropped, 15);
    assert_int_equal(counters.queue_length, 10);
    sqlite3_close(other);
    close_history(f);
    assert_string_equal(ask(f, "SELECT count(*) FROM record WHERE kind = 'check'"), "10");
    /* The writer may have taken the first of them along when it began to wait. */
    assert_string_equal(ask(f, "SELECT min(started_at_us) || ' ' ||"
                               " max(started_at_us + elapsed_us) || ' ' || sum(lost) || ' ' ||"
                               " cause FROM record WHERE kind = 'gap' GROUP BY cause"),
                        "1000010 1000024 15 the history's queue is full");
}

static void required_says_that_the_queue_is_full(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    struct caa_history_setting setting = setting_for(f);
    setting.queue_most = 10;
    open_with(f, &setting);
    sqlite3 *other = hold_database(f);
    make_failed_check(&c);
    for (int i = 0; i < 11; i++) put_check(f, &c, id);
    wait_for(f, 1);
    assert_int_equal(f->err, CAA_ERR_LIMIT);
    assert_string_equal(f->why, "the history's queue is full");
    sqlite3_close(other);
    wait_for(f, 11);
    assert_int_equal(f->err, CAA_OK);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "10");
}

static void a_refused_record_fails_alone(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    ask(f, postgresql() != NULL
               ? "ALTER TABLE record ADD CONSTRAINT c CHECK (name <> '*.bad.example')"
               : "CREATE TRIGGER t BEFORE INSERT ON record WHEN NEW.name = '*.bad.example'"
                 " BEGIN SELECT RAISE(ABORT, 'no'); END");
    make_failed_check(&c);
    struct caa_name good = c.result.request.name;
    for (int i = 0; i < 50; i++) {
        c.result.request.name = i == 25 ? name_of("bad.example") : good;
        put_check(f, &c, id);
    }
    wait_for(f, 50);
    struct caa_history_counters counters;
    caa_history_counters(f->history, &counters);
    assert_int_equal(counters.written, 49);
    assert_int_equal(counters.failed, 1);
    assert_true(counters.connected);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "49");
    assert_string_equal(ask(f, "SELECT count(*) FROM lookup"), "98");
}

static void a_client_that_is_gone_is_not_called(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    make_failed_check(&c);
    for (int i = 0; i < 100; i++) put_check(f, &c, id);
    close_history(f);
    assert_int_equal(f->done, 0);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "100");
}

static void assert_refused(struct fixture *f, const char *place, const char *why) {
    struct caa_diag diag = {.text = ""};
    struct caa_history_setting setting = setting_for(f);
    setting.place = place;
    assert_int_equal(caa_history_open(&f->history, &setting, &f->clock, &diag),
                     CAA_ERR_HISTORY);
    if (strstr(diag.text, why) == NULL) fail_msg("'%s' does not say '%s'", diag.text, why);
}

static void a_place_of_no_use_is_refused(void **state) {
    struct fixture *f = *state;
    char path[128];
    assert_refused(f, f->folder, "is a directory");
    (void)snprintf(path, sizeof path, "%s/none/h.db", f->folder);
    assert_refused(f, path, "No such file or directory");
    (void)snprintf(path, sizeof path, "%s/text", f->folder);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 100; i++) fputs("This is no database, but a text. ", file);
    fclose(file);
    assert_refused(f, path, "file is not a database");
    assert_refused(f, "/dev/null", "is not a file");
}

static void somebody_elses_database_is_refused(void **state) {
    struct fixture *f = *state;
    ask(f, "CREATE TABLE accounts (x)");
    assert_refused(f, f->path, "something else than a history");
}

static void a_schema_from_the_future_is_refused(void **state) {
    struct fixture *f = *state;
    open_required(f);
    close_history(f);
    ask(f, "INSERT INTO schema_version (version, applied_at_us) VALUES (999, 0)");
    assert_refused(f, f->place, "schema version 999");
}

static void a_name_is_never_special(void **state) {
    struct fixture *f = *state;
    struct caa_history_setting setting = setting_for(f);
    assert_int_equal(chdir(f->folder), 0);
    setting.place = ":memory:";
    open_with(f, &setting);
    assert_int_equal(access(":memory:", F_OK), 0);
    assert_int_equal(chdir("/"), 0);
}

static void others_cannot_read_it(void **state) {
    struct fixture *f = *state;
    struct stat status;
    open_required(f);
    assert_int_equal(stat(f->path, &status), 0);
    assert_int_equal(status.st_mode & 07, 0);
}

static void a_deleted_file_is_noticed(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    make_failed_check(&c);
    assert_int_equal(unlink(f->path), 0);
    put_check(f, &c, id);
    wait_for(f, 1);
    assert_int_equal(f->err, CAA_OK);
    assert_string_equal(ask(f, "SELECT id FROM record"), id);
    struct caa_history_counters counters;
    struct caa_diag why;
    caa_history_counters(f->history, &counters);
    caa_history_why(f->history, &why);
    assert_int_equal(counters.reconnects, 1);
    assert_non_null(strstr(why.text, "moved or deleted"));
}

/* To be refused one record is no reason to try each of those that wait. */
static void a_file_that_refuses_all_records_is_not_written_to(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX], copy[sizeof f->path + 8], command[sizeof copy + 16];
    sqlite3 *other;
    open_required(f);
    make_failed_check(&c);
    put_check(f, &c, id);
    wait_for(f, 1); /* there are tables now */
    snprintf(copy, sizeof copy, "%s.copy", f->path);
    snprintf(command, sizeof command, "VACUUM INTO '%s'", copy);
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, command, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    assert_int_equal(sqlite3_open(copy, &other), SQLITE_OK);
    static const char refuse[] = "CREATE TRIGGER refuse BEFORE INSERT ON record "
                                 "BEGIN SELECT RAISE(ABORT, 'not here'); END";
    if (sqlite3_exec(other, refuse, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(other));
    sqlite3_close(other);
    assert_int_equal(rename(copy, f->path), 0);
    put_check(f, &c, id);
    wait_for(f, 2);
    assert_int_equal(f->err, CAA_ERR_HISTORY);
    assert_non_null(strstr(f->why, "constraint failed"));
}

/* Its log stays behind, where the new file begins its own. */
static void a_moved_file_has_what_was_acknowledged(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX], first[CAA_HISTORY_ID_MAX], moved[sizeof f->path];
    open_required(f);
    make_failed_check(&c);
    put_check(f, &c, first);
    wait_for(f, 1);
    assert_int_equal(f->err, CAA_OK);
    (void)snprintf(moved, sizeof moved, "%s/moved.db", f->folder);
    assert_int_equal(rename(f->path, moved), 0);
    put_check(f, &c, id);
    wait_for(f, 2);
    assert_int_equal(f->err, CAA_OK);
    assert_string_equal(ask(f, "SELECT id FROM record"), id);
    (void)snprintf(f->path, sizeof f->path, "%s", moved);
    assert_string_equal(ask(f, "SELECT id FROM record"), first);
}

/* Whoever waits for another thread leaves it the processor. */
static void sleep_a_little(void) {
    static const struct timespec millisecond = {.tv_nsec = 1000000};
    nanosleep(&millisecond, NULL);
}

/* Puts records that began so many days ago. */
static void put_old(struct fixture *f, int64_t days, size_t count) {
    struct failed_check c;
    char id[CAA_HISTORY_ID_MAX];
    size_t done = f->done;
    make_failed_check(&c);
    c.result.started_at_us -= days * 24 * 3600 * 1000000;
    for (int i = 0; i < 2; i++) c.items[i].sent_at_us = c.result.started_at_us;
    for (size_t i = 0; i < count; i++) put_check(f, &c, id);
    wait_for(f, done + count);
    assert_int_equal(f->err, CAA_OK);
}

/* Returns how many are deleted, once there are so many. */
static uint64_t wait_for_deleted(struct fixture *f, uint64_t deleted) {
    struct caa_history_counters counters = {0};
    for (;; sleep_a_little()) {
        caa_history_counters(f->history, &counters);
        if (counters.deleted >= deleted) return counters.deleted;
    }
}

static void what_is_too_old_goes(void **state) {
    struct fixture *f = *state;
    struct caa_history_setting setting = setting_for(f);
    open_with(f, &setting);
    put_old(f, 3, 700);
    put_old(f, 0, 2);
    close_history(f);
    setting.retention_days = 2;
    open_with(f, &setting);
    assert_int_equal(wait_for_deleted(f, 700), 700);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "2");
    assert_string_equal(ask(f, "SELECT count(*) FROM lookup"), "4");
    assert_string_equal(ask(f, "SELECT count(*) FROM exchange"), "2");
}

/* Ten days, one after the other. */
static void put_ten_days(struct fixture *f, size_t a_day) {
    for (int64_t day = 10; day > 0; day--) put_old(f, day, a_day);
}

static void what_is_too_much_goes(void **state) {
    struct fixture *f = *state;
    struct caa_history_setting setting = setting_for(f);
    open_with(f, &setting);
    put_ten_days(f, 200);
    close_history(f);
    setting.size_most_octets = 900000; /* some 2000000 are there in either database */
    open_with(f, &setting);
    wait_for_deleted(f, 1000);
    close_history(f); /* the oldest went, and not all */
    assert_string_equal(ask(f, "SELECT count(*) FROM record WHERE started_at_us <"
                               " (SELECT max(started_at_us) FROM record) - 86400000000 * 6"),
                        "0");
    assert_string_equal(ask(f, "SELECT count(*) FROM lookup WHERE started_at_us <"
                               " (SELECT min(started_at_us) FROM record)"),
                        "0");
    assert_string_not_equal(ask(f, "SELECT count(*) FROM record"), "0");
}

static void the_file_shrinks(void **state) {
    struct fixture *f = *state;
    struct stat before;
    struct stat after;
    struct caa_history_setting setting = setting_for(f);
    open_with(f, &setting);
    put_ten_days(f, 300);
    close_history(f);
    assert_int_equal(stat(f->path, &before), 0);
    setting.size_most_octets = (uint64_t)before.st_size / 2;
    open_with(f, &setting);
    for (;; sleep_a_little()) {
        assert_int_equal(stat(f->path, &after), 0);
        if (after.st_size <= before.st_size / 2) break;
    }
    assert_true(strtoul(ask(f, "SELECT count(*) FROM record"), NULL, 10) >= 300);
}

static int64_t stopped_us(void *context) {
    (void)context;
    return 1000000;
}

/* The clock stands still: no minute passes in which retention would come by again. */
static void the_limit_holds_while_much_is_written(void **state) {
    struct fixture *f = *state;
    struct caa_history_counters counters = {0};
    struct caa_history_setting setting = setting_for(f);
    f->clock.monotonic_us = stopped_us;
    setting.size_most_octets = 1000000;
    open_with(f, &setting);
    put_old(f, 0, 3000);
    for (int left = 20000; counters.deleted == 0; left--, sleep_a_little()) {
        if (left == 0) fail_msg("nothing is deleted");
        caa_history_counters(f->history, &counters);
    }
}

static void a_new_file_has_large_pages_and_an_old_one_keeps_its_own(void **state) {
    struct fixture *f = *state;
    open_required(f);
    put_old(f, 0, 1);
    close_history(f);
    assert_string_equal(ask(f, "PRAGMA page_size"), "16384");
    sqlite3 *file;
    assert_int_equal(sqlite3_open(f->path, &file), SQLITE_OK);
    assert_int_equal(sqlite3_exec(file,
                                  "PRAGMA journal_mode = DELETE; PRAGMA page_size = 4096;"
                                  " VACUUM",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(file);
    open_required(f);
    put_old(f, 0, 1);
    assert_string_equal(ask(f, "PRAGMA page_size"), "4096");
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "2");
}

static void every_column_has_its_place(void **state) {
    (void)state;
    static const char *const record[] = {
#define CAA_RECORD_COLUMN(name, text) text,
#include "history/column.def"
#undef CAA_RECORD_COLUMN
    };
    static const char *const lookup[] = {
#define CAA_LOOKUP_COLUMN(name, text) text,
#include "history/column.def"
#undef CAA_LOOKUP_COLUMN
    };
    static const char *const exchange[] = {
#define CAA_EXCHANGE_COLUMN(name, text) text,
#include "history/column.def"
#undef CAA_EXCHANGE_COLUMN
    };
    static const struct {
        const char *const *columns;
        size_t count;
        enum caa_history_statement statement;
    } tables[] = {
        {record, CAA_RECORD_COLUMN_COUNT, CAA_HISTORY_INSERT_RECORD},
        {lookup, CAA_LOOKUP_COLUMN_COUNT, CAA_HISTORY_INSERT_LOOKUP},
        {exchange, CAA_EXCHANGE_COLUMN_COUNT, CAA_HISTORY_INSERT_EXCHANGE},
    };
    for (size_t t = 0; t < 3; t++) {
        char expected[1024] = "(";
        for (size_t i = 0; i < tables[t].count; i++) {
            strcat(expected, i > 0 ? ", " : "");
            strcat(expected, tables[t].columns[i]);
        }
        strcat(expected, ") VALUES (");
        for (size_t i = 0; i < tables[t].count; i++)
            (void)snprintf(expected + strlen(expected), 32, "%s$%zu", i > 0 ? ", " : "", i + 1);
        if (strstr(caa_history_statement_sql(tables[t].statement), expected) == NULL)
            fail_msg("not %s", expected);
    }
}

static const struct CMUnitTest for_both[] = {
    TEST(a_check_is_on_disk_when_it_is_acknowledged),
    TEST(each_lookup_and_each_exchange_has_a_row),
    TEST(what_strangers_write_is_data),
    TEST(an_answer_from_the_cache_has_no_row_of_its_own),
    TEST(a_served_answer_is_a_record),
    TEST(a_failed_refresh_is_a_record),
    TEST(best_effort_does_not_wait),
    TEST(a_refused_record_fails_alone),
    TEST(a_client_that_is_gone_is_not_called),
    TEST(a_schema_from_the_future_is_refused),
    TEST(what_is_too_old_goes),
    TEST(what_is_too_much_goes),
    TEST(every_column_has_its_place),
};

static const struct CMUnitTest for_sqlite[] = {
    TEST(a_document_has_a_limit),
    TEST(what_is_lost_is_recorded_as_a_gap),
    TEST(required_says_that_the_queue_is_full),
    TEST(a_place_of_no_use_is_refused),
    TEST(somebody_elses_database_is_refused),
    TEST(a_name_is_never_special),
    TEST(others_cannot_read_it),
    TEST(a_deleted_file_is_noticed),
    TEST(a_file_that_refuses_all_records_is_not_written_to),
    TEST(a_moved_file_has_what_was_acknowledged),
    TEST(the_file_shrinks),
    TEST(the_limit_holds_while_much_is_written),
    TEST(a_new_file_has_large_pages_and_an_old_one_keeps_its_own),
};

int main(void) {
    int failed = cmocka_run_group_tests(for_both, NULL, NULL);
    if (postgresql() == NULL) failed += cmocka_run_group_tests(for_sqlite, NULL, NULL);
    return failed;
}
