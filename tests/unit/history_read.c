#include "history.h"

#include <stdio.h>
#include <unistd.h>

#include "history/read.h"

/* What a read said, as text. */
struct said {
    size_t count; /* of calls */
    enum caa_err err;
    char text[4096];
    char last_id[CAA_HISTORY_ID_MAX];
    int64_t last_us;
    bool more;
};

static void add(struct said *said, const char *text) {
    size_t used = strlen(said->text);
    (void)snprintf(said->text + used, sizeof said->text - used, "%s%s", used > 0 ? " " : "",
                   text == NULL ? "-" : text);
}

static void add_number(struct said *said, uint64_t number) {
    char text[32];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    add(said, text);
}

static void wait_said(struct fixture *f, struct said *said, enum caa_err started) {
    assert_int_equal(started, CAA_OK);
    assert_int_equal(said->count, 0); /* never from inside */
    while (said->count == 0) assert_int_equal(event_base_loop(f->base, EVLOOP_ONCE), 0);
    assert_int_equal(said->count, 1);
}

static void on_view(void *context, enum caa_err err, const char *why,
                    const struct caa_history_view *view) {
    struct said *said = context;
    said->count++;
    said->err = err;
    if (err != CAA_OK) add(said, why);
    if (view == NULL) return;
    const char *const texts[] = {view->kind,  view->name,    view->tld,     view->verdict,
                                 view->rule,  view->cause,   view->outcome, view->zone,
                                 view->fault, view->failure, view->client,  view->document,
                                 view->quorum};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) add(said, texts[i]);
    add_number(said, (uint64_t)view->retry_after_s);
    add_number(said, (uint64_t)view->elapsed_us);
    assert_int_equal(view->lost, -1);
    assert_false(view->rescued);
}

static void on_page(void *context, enum caa_err err, const char *why,
                    const struct caa_history_view *views, size_t count, bool more) {
    struct said *said = context;
    said->count++;
    said->err = err;
    said->more = more;
    if (err != CAA_OK) add(said, why);
    for (size_t i = 0; i < count; i++) {
        add_number(said, (uint64_t)views[i].started_at_us);
        (void)snprintf(said->last_id, sizeof said->last_id, "%s", views[i].id);
        said->last_us = views[i].started_at_us;
    }
}

static void on_rates(void *context, enum caa_err err, const char *why,
                     const struct caa_history_rate *rates, size_t count) {
    struct said *said = context;
    said->count++;
    said->err = err;
    if (err != CAA_OK) add(said, why);
    for (size_t i = 0; i < count; i++) {
        add(said, rates[i].key);
        add_number(said, rates[i].total);
        add_number(said, rates[i].failed);
        add_number(said, rates[i].rescued);
    }
}

static void on_zone(void *context, enum caa_err err, const char *why,
                    const struct caa_history_zone_view *view) {
    struct said *said = context;
    said->count++;
    said->err = err;
    if (err != CAA_OK) add(said, why);
    if (view == NULL) return;
    add_number(said, view->lookups);
    add_number(said, view->failed);
    add_number(said, view->rescued);
    for (size_t i = 0; i < view->failure_count; i++) {
        add(said, view->failures[i].failure);
        add(said, view->failures[i].fault);
        add_number(said, view->failures[i].lookups);
        add_number(said, view->failures[i].failed);
    }
    for (size_t i = 0; i < view->server_count; i++) {
        add(said, view->servers[i].server);
        add(said, view->servers[i].address);
        add(said, view->servers[i].transport);
        add(said, view->servers[i].failure);
        add_number(said, view->servers[i].exchanges);
        add_number(said, (uint64_t)view->servers[i].round_trip_us);
    }
    for (size_t i = 0; i < view->recent_count; i++) {
        add(said, view->recent[i].name);
        add(said, view->recent[i].outcome);
        add(said, view->recent[i].failed ? "failed" : "sound");
    }
}

/* So many checks, a microsecond apart. */
static void put_checks(struct fixture *f, int64_t started_at_us, size_t count, char *id) {
    struct failed_check c;
    size_t done = f->done;
    make_failed_check(&c);
    for (size_t i = 0; i < count; i++) {
        c.result.started_at_us = started_at_us + (int64_t)i;
        for (int j = 0; j < 2; j++) c.answers[j].observed_at_us = c.result.started_at_us;
        for (int j = 0; j < 2; j++) c.items[j].sent_at_us = c.result.started_at_us;
        put_check(f, &c, id);
    }
    wait_for(f, done + count);
    assert_int_equal(f->err, CAA_OK);
}

static void a_record_is_found_by_its_id(void **state) {
    struct fixture *f = *state;
    struct said said = {0};
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    put_checks(f, 1000, 3, id);
    wait_said(f, &said, caa_history_get(f->client, id, on_view, &said));
    assert_int_equal(said.err, CAA_OK);
    assert_string_equal(said.text,
                        "check *.a.example example undecided lookup-failed example servfail "
                        "example registry servfail token 'a'? {\"name\":\"*.a.example\"} - 60 "
                        "12345");
}

static void an_id_that_is_not_there_is_no_error(void **state) {
    struct fixture *f = *state;
    static const char *const ids[] = {"", "' OR 1=1 --", "0123456789abcdef0123456789abcdef",
                                      "\xff\xfe"};
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    put_checks(f, 1000, 1, id);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct said said = {0};
        wait_said(f, &said, caa_history_get(f->client, ids[i], on_view, &said));
        assert_int_equal(said.err, CAA_OK);
        assert_string_equal(said.text, "");
    }
}

static void pages_are_in_order_and_complete(void **state) {
    struct fixture *f = *state;
    char id[CAA_HISTORY_ID_MAX];
    char all[256] = "";
    struct said said = {.more = true};
    struct caa_history_page_request request = {.from_us = 1000, .to_us = 1006, .most = 4};
    open_required(f);
    put_checks(f, 998, 10, id);
    put_checks(f, 1003, 1, id); /* two at the same time */
    while (said.more) {
        char after[CAA_HISTORY_ID_MAX];
        strcpy(after, said.last_id);
        request.after = after;
        said = (struct said){0};
        wait_said(f, &said, caa_history_page(f->client, &request, on_page, &said));
        assert_int_equal(said.err, CAA_OK);
        strcat(strcat(all, said.text), "|");
        request.from_us = said.last_us;
    }
    assert_string_equal(all, "1000 1001 1002 1003|1003 1004 1005|");
}

static void pages_can_be_of_a_name_a_zone_or_a_kind(void **state) {
    struct fixture *f = *state;
    char id[CAA_HISTORY_ID_MAX];
    static const struct {
        enum caa_history_page_by by;
        const char *key, *kind, *expected;
    } cases[] = {
        {CAA_HISTORY_PAGE_BY_NAME, "*.a.example", NULL, "1000 1001"},
        {CAA_HISTORY_PAGE_BY_NAME, "a.example", NULL, ""},
        {CAA_HISTORY_PAGE_BY_ZONE, "example", NULL, "1000 1001"},
        {CAA_HISTORY_PAGE_BY_ZONE, "net", NULL, ""},
        {CAA_HISTORY_PAGE_BY_TIME, NULL, "check", "1000 1001"},
        {CAA_HISTORY_PAGE_BY_TIME, NULL, "gap", ""},
        {CAA_HISTORY_PAGE_BY_ZONE, "example", "gap", ""},
    };
    open_required(f);
    put_checks(f, 1000, 2, id);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said = {0};
        const struct caa_history_page_request request = {
            .by = cases[i].by, .key = cases[i].key, .kind = cases[i].kind, .to_us = 2000};
        wait_said(f, &said, caa_history_page(f->client, &request, on_page, &said));
        assert_int_equal(said.err, CAA_OK);
        assert_string_equal(said.text, cases[i].expected);
        assert_false(said.more);
    }
}

static void a_zone_tells_what_its_servers_did(void **state) {
    struct fixture *f = *state;
    struct said said = {0};
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    put_checks(f, 1000, 3, id);
    wait_said(f, &said, caa_history_zone(f->client, "example", 1001, on_zone, &said));
    assert_int_equal(said.err, CAA_OK);
    assert_string_equal(said.text, "2 2 0 servfail registry 2 2 "
                                   "ns.example 192.0.2.1 tcp servfail 2 77 "
                                   "ns.example 192.0.2.1 udp servfail 2 77 "
                                   "example servfail failed example servfail failed");
    said = (struct said){0};
    wait_said(f, &said, caa_history_zone(f->client, "net", 0, on_zone, &said));
    assert_int_equal(said.err, CAA_OK);
    assert_string_equal(said.text, "0 0 0");
}

static void put_refresh(struct fixture *f, int64_t started_at_us) {
    struct failed_check c;
    struct caa_history_record *record;
    char id[CAA_HISTORY_ID_MAX];
    size_t done = f->done;
    make_failed_check(&c);
    c.answers[1].observed_at_us = started_at_us + c.answers[1].elapsed_us;
    c.answers[1].evidence = NULL; /* whose exchanges would count */
    const struct caa_history_about about = {.id = id};
    assert_int_equal(caa_history_id_make(id), CAA_OK);
    assert_int_equal(caa_history_record_of_refresh(&record, &c.answers[1], &about), CAA_OK);
    caa_history_put(f->client, record, on_done, f);
    wait_for(f, done + 1);
    assert_int_equal(f->err, CAA_OK);
}

static void rates_are_counted_by_what_is_asked(void **state) {
    struct fixture *f = *state;
    char id[CAA_HISTORY_ID_MAX];
    const int64_t hour_us = 3600LL * 1000000;
    static const struct {
        enum caa_history_rate_by by;
        const char *tld, *expected;
    } cases[] = {
        {CAA_HISTORY_RATE_BY_TLD, NULL, "example 6 3 0"},
        {CAA_HISTORY_RATE_BY_TLD, "net", ""},
        {CAA_HISTORY_RATE_BY_NAME, NULL, "example 3 3 0 a.example 3 0 0"},
        {CAA_HISTORY_RATE_BY_ZONE, "example", "example 3 3 0"},
        {CAA_HISTORY_RATE_BY_FAILURE, NULL, "servfail 3 3 0"},
        {CAA_HISTORY_RATE_BY_HOUR, NULL, "0 4 2 0 3600000000 2 1 0"},
        {CAA_HISTORY_RATE_BY_SERVER, "example", "ns.example 6 6 0"},
    };
    open_required(f);
    put_checks(f, 1000, 2, id);
    put_checks(f, hour_us, 2, id);
    put_refresh(f, 2000); /* which they leave out: those that succeed are not on record */
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct said said = {0};
        wait_said(f, &said,
                  caa_history_rates(f->client, cases[i].by, cases[i].tld, 0, hour_us + 1,
                                    on_rates, &said));
        assert_int_equal(said.err, CAA_OK);
        assert_string_equal(said.text, cases[i].expected);
    }
}

static void a_history_can_be_read_while_it_is_written(void **state) {
    struct fixture *f = *state;
    struct caa_history_setting setting = setting_for(f);
    struct caa_history *writing;
    struct caa_history_client *client;
    struct said said = {0};
    char id[CAA_HISTORY_ID_MAX];
    open_required(f);
    put_checks(f, 1000, 1, id);
    writing = f->history;
    client = f->client;
    setting.read_only = true;
    open_with(f, &setting);
    wait_said(f, &said, caa_history_get(f->client, id, on_view, &said));
    assert_int_equal(strncmp(said.text, "check ", 6), 0);
    struct failed_check c;
    make_failed_check(&c);
    size_t done = f->done;
    put_check(f, &c, id); /* which is not for reports */
    wait_for(f, done + 1);
    assert_int_equal(f->err, CAA_ERR_LIMIT);
    assert_string_equal(f->why, "the history is open for reading only");
    caa_history_client_free(client);
    caa_history_close(writing);
}

static void reports_do_not_make_a_history(void **state) {
    struct fixture *f = *state;
    struct caa_history_setting setting = setting_for(f);
    struct caa_diag why = {.text = ""};
    setting.read_only = true;
    assert_int_equal(caa_history_open(&f->history, &setting, &f->clock, &why), CAA_ERR_HISTORY);
    assert_non_null(strstr(why.text, "No such file"));
    assert_int_equal(access(f->path, F_OK), -1);
}

static void read_one(struct fixture *f, const char *id) {
    struct said said = {0};
    wait_said(f, &said, caa_history_get(f->client, id, on_view, &said));
    if (said.err != CAA_OK || said.text[0] == '\0') fail_msg("%s: %s", id, said.text);
}

/* The reader still holds the old one, and the log and the shared memory that the new one uses
   by the same names. */
static void a_file_is_moved_while_it_is_read(void **state) {
    struct fixture *f = *state;
    struct failed_check c;
    char old[CAA_HISTORY_ID_MAX], new[CAA_HISTORY_ID_MAX], moved[sizeof f->path];
    open_required(f);
    put_checks(f, 1000, 50, old);
    read_one(f, old);
    (void)snprintf(moved, sizeof moved, "%s/moved.db", f->folder);
    assert_int_equal(rename(f->path, moved), 0);
    make_failed_check(&c);
    put_check(f, &c, new);
    wait_for(f, f->done + 1);
    put_checks(f, 2000, 50, new);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "51");
    read_one(f, new);
    put_checks(f, 3000, 50, new);
    read_one(f, new);
    close_history(f);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "101");
    assert_string_equal(ask(f, "PRAGMA integrity_check"), "ok");
    (void)snprintf(f->path, sizeof f->path, "%s", moved);
    assert_string_equal(ask(f, "SELECT count(*) FROM record"), "50");
    assert_string_equal(ask(f, "PRAGMA integrity_check"), "ok");
}

static const struct CMUnitTest for_both[] = {
    TEST(a_record_is_found_by_its_id),
    TEST(an_id_that_is_not_there_is_no_error),
    TEST(pages_are_in_order_and_complete),
    TEST(pages_can_be_of_a_name_a_zone_or_a_kind),
    TEST(a_zone_tells_what_its_servers_did),
    TEST(rates_are_counted_by_what_is_asked),
    TEST(a_history_can_be_read_while_it_is_written),
};

static const struct CMUnitTest for_sqlite[] = {
    TEST(reports_do_not_make_a_history),
    TEST(a_file_is_moved_while_it_is_read),
};

int main(void) {
    int failed = cmocka_run_group_tests(for_both, NULL, NULL);
    if (postgresql() == NULL) failed += cmocka_run_group_tests(for_sqlite, NULL, NULL);
    return failed;
}
