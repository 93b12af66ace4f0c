#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "resolve/answers.h"

enum { HEARD_MAX = 1000 };

/* A clock that goes on by one second each time it is read. */
static int64_t tick(void *context) {
    int64_t *now_us = context;
    return *now_us += 1000000;
}

struct scene {
    struct event_base *base;
    int64_t now_us;
    struct caa_clock clock;
    struct caa_lookup *lookup;
    size_t heard_count;
    const struct caa_answer *heard[HEARD_MAX];
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->base = event_base_new();
    scene->clock = (struct caa_clock){tick, tick, &scene->now_us};
    *state = scene;
    return scene->base == NULL;
}

static void forget(struct scene *scene) {
    for (size_t i = 0; i < scene->heard_count; i++) caa_answer_release(scene->heard[i]);
    scene->heard_count = 0;
    caa_lookup_free(scene->lookup);
    scene->lookup = NULL;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    forget(scene);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void read_bytes(struct scene *scene, struct caa_slice text) {
    struct caa_diag diag = {""};
    forget(scene);
    if (caa_answers_new(&scene->lookup, scene->base, &scene->clock, text, "f", &diag) != CAA_OK)
        fail_msg("%s", diag.text);
}

static void read_text(struct scene *scene, const char *text) {
    read_bytes(scene, caa_slice_of(text));
}

static void on_answer(void *context, const struct caa_answer *answer) {
    struct scene *scene = context;
    assert_in_range(scene->heard_count, 0, HEARD_MAX - 1);
    scene->heard[scene->heard_count++] = caa_answer_retain(answer);
}

static struct caa_question question_of(const char *name) {
    struct caa_question question = {.type = CAA_TYPE_CAA};
    assert_int_equal(caa_name_from_text(&question.name, caa_slice_of(name), NULL), CAA_OK);
    return question;
}

static struct caa_lookup_ticket *start(struct scene *scene, const char *name) {
    struct caa_lookup_ticket *ticket;
    struct caa_question question = question_of(name);
    assert_int_equal(caa_lookup_start(scene->lookup, &question, on_answer, scene, &ticket),
                     CAA_OK);
    return ticket;
}

static void run(struct scene *scene) {
    event_base_dispatch(scene->base);
}

/* The answer to one question, valid until the next. */
static const struct caa_answer *ask(struct scene *scene, const char *name) {
    size_t before = scene->heard_count;
    start(scene, name);
    run(scene);
    assert_int_equal(scene->heard_count, before + 1);
    return scene->heard[before];
}

static const struct caa_answer *ask_of(struct scene *scene, const char *text,
                                       const char *name) {
    read_text(scene, text);
    return ask(scene, name);
}

static void assert_refused(const char *text, const char *reason) {
    struct caa_lookup *lookup = NULL;
    struct caa_diag diag = {""};
    struct event_base *base = event_base_new();
    enum caa_err err = caa_answers_new(&lookup, base, caa_clock_system(), caa_slice_of(text),
                                       "zone.txt", &diag);
    event_base_free(base);
    assert_string_equal(diag.text, reason);
    assert_int_equal(err, CAA_ERR_SYNTAX);
    assert_null(lookup);
}

static void a_caa_line_is_an_insecure_record(void **state) {
    const struct caa_answer *answer =
        ask_of(*state, "example.org. 60 IN CAA 0 issue \"ca.example\"", "example.org");
    assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(answer->security, CAA_SECURITY_INSECURE);
    assert_int_equal(answer->type, CAA_TYPE_CAA);
    assert_int_equal(answer->rcode, 0);
    assert_int_equal(answer->ede, -1);
    assert_int_equal(answer->ttl_s, 60);
    assert_int_equal(answer->rdata_count, 1);
    assert_int_equal(answer->rdata[0].len, 17);
    assert_memory_equal(answer->rdata[0].ptr, "\0\5issueca.example", 17);
    assert_int_equal(answer->alias_count, 0);
}

static void ttl_and_class_may_be_left_out(void **state) {
    static const char *const lines[] = {"a. CAA 0 issue x",         "a CAA 0 issue x",
                                        "a. 3600 CAA 0 issue x",    "a. IN CAA 0 issue x",
                                        "a. 3600 IN CAA 0 issue x", "a.\tin\tcaa\t0\tissue\tx",
                                        "a. TYPE257 0 issue \"x\""};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const struct caa_answer *answer = ask_of(*state, lines[i], "a");
        assert_int_equal(answer->ttl_s, 3600);
        assert_int_equal(answer->rdata_count, 1);
        assert_memory_equal(answer->rdata[0].ptr, "\0\5issuex", 8);
    }
}

static void an_owner_collects_its_caa_lines_in_their_order(void **state) {
    const struct caa_answer *answer = ask_of(*state,
                                             "a. 300 CAA 0 issue x\n"
                                             "b. CAA 0 issue no\n"
                                             "A. 100 CAA 0 issue y\n"
                                             "a. 200 CAA 0 issue x\n",
                                             "a");
    assert_int_equal(answer->rdata_count, 3);
    assert_int_equal(answer->rdata[0].ptr[7], 'x');
    assert_int_equal(answer->rdata[1].ptr[7], 'y');
    assert_int_equal(answer->rdata[2].ptr[7], 'x');
    assert_int_equal(answer->ttl_s, 100);
}

static void owners_compare_without_case(void **state) {
    const struct caa_answer *answer =
        ask_of(*state, "Www.EXAMPLE.org. CAA 0 issue x", "wWW.example.ORG");
    assert_int_equal(answer->rdata_count, 1);
    assert_memory_equal(answer->owner.wire, "\3wWW\7example\3ORG", 17);
}

static void an_owner_that_is_not_listed_is_nodata(void **state) {
    const struct caa_answer *answer = ask_of(*state, "a.b. CAA 0 issue x", "b");
    assert_int_equal(answer->outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(answer->security, CAA_SECURITY_INSECURE);
    assert_int_equal(answer->ttl_s, 3600);
    assert_int_equal(answer->rdata_count, 0);
    assert_int_equal(ask_of(*state, "", "a")->outcome, CAA_OUTCOME_NODATA);
}

static void every_outcome_can_be_written(void **state) {
    static const struct {
        const char *line;
        enum caa_outcome outcome;
        enum caa_security security;
        uint8_t rcode;
    } outcomes[] = {
        {"a. !SERVFAIL", CAA_OUTCOME_SERVFAIL, CAA_SECURITY_INDETERMINATE, 2},
        {"a. !NXDOMAIN", CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_INSECURE, 3},
        {"a. !NODATA", CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE, 0},
        {"a. !TIMEOUT", CAA_OUTCOME_TIMEOUT, CAA_SECURITY_INDETERMINATE, 2},
        {"a. !REFUSED", CAA_OUTCOME_REFUSED, CAA_SECURITY_INDETERMINATE, 5},
        {"a. !TRUNCATED", CAA_OUTCOME_TRUNCATED, CAA_SECURITY_INDETERMINATE, 0},
        {"a. !BOGUS(no signature)", CAA_OUTCOME_BOGUS, CAA_SECURITY_BOGUS, 2},
        {"a. !BOGUS", CAA_OUTCOME_BOGUS, CAA_SECURITY_BOGUS, 2},
        {"a. !servfail # lower case", CAA_OUTCOME_SERVFAIL, CAA_SECURITY_INDETERMINATE, 2},
    };
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        const struct caa_answer *answer = ask_of(*state, outcomes[i].line, "a");
        assert_int_equal(answer->outcome, outcomes[i].outcome);
        assert_int_equal(answer->security, outcomes[i].security);
        assert_int_equal(answer->rcode, outcomes[i].rcode);
        assert_int_equal(answer->rdata_count, 0);
    }
}

static void a_failure_may_not_be_remembered(void **state) {
    assert_int_equal(ask_of(*state, "a. !SERVFAIL", "a")->ttl_s, 0);
    assert_int_equal(ask_of(*state, "a. !NXDOMAIN", "a")->ttl_s, 3600);
}

static void bogus_says_why(void **state) {
    assert_string_equal(ask_of(*state, "a. !BOGUS(expired (today))  # c", "a")->reason,
                        "expired (today)");
    assert_string_equal(ask_of(*state, "a. !BOGUS()", "a")->reason, "");
}

static void an_alias_is_followed_to_the_data(void **state) {
    const struct caa_answer *answer = ask_of(*state,
                                             "www.a. 30 CNAME x.B.\n"
                                             "x.b. 20 CNAME c\n"
                                             "c. 50 CAA 0 issue x\n",
                                             "www.a");
    assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(answer->rdata_count, 1);
    assert_int_equal(answer->ttl_s, 20);
    assert_int_equal(answer->alias_count, 2);
    assert_memory_equal(answer->aliases[0].wire, "\1x\1b", 5);
    assert_memory_equal(answer->aliases[1].wire, "\1c", 3);
    assert_memory_equal(answer->owner.wire, "\3www\1a", 7);
}

static void an_alias_to_what_is_not_listed_is_nodata(void **state) {
    const struct caa_answer *answer = ask_of(*state, "a. 60 CNAME b.", "a");
    assert_int_equal(answer->outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(answer->alias_count, 1);
    assert_int_equal(answer->ttl_s, 60);
}

static void a_chain_takes_the_outcome_at_its_end(void **state) {
    const struct caa_answer *answer =
        ask_of(*state, "a. CNAME b.\nb. CNAME c.\nc. !BOGUS(why)\n", "a");
    assert_int_equal(answer->outcome, CAA_OUTCOME_BOGUS);
    assert_int_equal(answer->security, CAA_SECURITY_BOGUS);
    assert_string_equal(answer->reason, "why");
    assert_int_equal(answer->alias_count, 2);
}

static void a_loop_of_aliases_is_servfail(void **state) {
    const struct caa_answer *answer = ask_of(*state, "a. CNAME b.\nb. CNAME a.\n", "a");
    assert_int_equal(answer->outcome, CAA_OUTCOME_SERVFAIL);
    assert_string_equal(answer->reason, "a loop of aliases, or more than 12 in a row");
    assert_int_equal(ask_of(*state, "a. CNAME a.", "a")->outcome, CAA_OUTCOME_SERVFAIL);
}

static void twelve_aliases_are_followed_and_no_more(void **state) {
    char text[1000] = "";
    for (int i = 0; i < 13; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "n%d. CNAME n%d.\n", i,
                 i + 1);
    strcat(text, "n13. CAA 0 issue x\n");
    const struct caa_answer *answer = ask_of(*state, text, "n1");
    assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(answer->alias_count, 12);
    assert_int_equal(ask(*state, "n0")->outcome, CAA_OUTCOME_SERVFAIL);
}

static void a_question_for_another_type_finds_no_caa_data(void **state) {
    struct scene *scene = *state;
    struct caa_lookup_ticket *ticket;
    struct caa_question question = question_of("a");
    question.type = 1;
    read_text(scene, "a. CAA 0 issue x");
    caa_lookup_start(scene->lookup, &question, on_answer, scene, &ticket);
    run(scene);
    assert_int_equal(scene->heard[0]->outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(scene->heard[0]->type, 1);
}

static void escapes_write_any_octet_in_owners_and_values(void **state) {
    const struct caa_answer *answer =
        ask_of(*state, "a\\.b\\032c\\ d. CAA 0 issue \"\\000\\\"\\255\"", "A\\.B\\032C\\032D");
    assert_int_equal(answer->rdata_count, 1);
    assert_memory_equal(answer->rdata[0].ptr, "\0\5issue\0\"\377", 10);
}

static void rdata_that_cannot_be_read_can_be_written(void **state) {
    static const char *const lines[] = {"a. TYPE257 \\# 2 0000", "a. CAA \\# 2 0000 # c"};
    for (size_t i = 0; i < 2; i++) {
        const struct caa_answer *answer = ask_of(*state, lines[i], "a");
        assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
        assert_int_equal(answer->rdata_count, 1);
        assert_int_equal(answer->rdata[0].len, 2);
        assert_memory_equal(answer->rdata[0].ptr, "\0\0", 2);
    }
    assert_int_equal(ask_of(*state, "a. CAA \\# 0", "a")->rdata[0].len, 0);
}

static void comments_and_blank_lines_say_nothing(void **state) {
    const struct caa_answer *answer = ask_of(*state,
                                             "# a. !SERVFAIL\n"
                                             "\n"
                                             "  \t \n"
                                             "   # indented\n"
                                             "a. CAA 0 issue x# at once\n",
                                             "a");
    assert_int_equal(answer->rdata[0].len, 8);
}

static void a_number_sign_in_quotes_or_behind_a_backslash_is_no_comment(void **state) {
    const struct caa_answer *answer = ask_of(*state, "a. CAA 0 issue \"x#\\\"#y\" # c", "a");
    assert_int_equal(answer->rdata[0].len, 12);
    assert_memory_equal(answer->rdata[0].ptr + 7, "x#\"#y", 5);
    answer = ask_of(*state, "a. CAA 0 issue x\\#y # c", "a");
    assert_memory_equal(answer->rdata[0].ptr + 7, "x#y", 3);
    assert_int_equal(ask_of(*state, "a\\#b. !TIMEOUT", "a#b")->outcome, CAA_OUTCOME_TIMEOUT);
}

static void lines_may_end_as_on_windows_and_the_last_without_an_end(void **state) {
    const struct caa_answer *answer =
        ask_of(*state, "# c\r\n\r\na. CAA 0 issue \"x\"\r\nb. !NXDOMAIN\r", "a");
    assert_int_equal(answer->rdata[0].len, 8);
    assert_int_equal(ask(*state, "b")->outcome, CAA_OUTCOME_NXDOMAIN);
}

static void a_record_may_have_65535_octets(void **state) {
    size_t value = 65535 - 7;
    char *text = calloc(1, value + 100);
    strcpy(text, "a. CAA 0 issue \"");
    memset(text + strlen(text), 'x', value);
    strcat(text, "\"");
    assert_int_equal(ask_of(*state, text, "a")->rdata[0].len, 65535);
    text[strlen(text) - 1] = '\0';
    strcat(text, "x\"");
    assert_refused(text, "zone.txt:1: the record is longer than 65535 octets");
    free(text);
}

static void a_set_may_have_a_thousand_records(void **state) {
    char *text = calloc(1001, 40);
    size_t len = 0;
    for (int i = 0; i < 1001; i++)
        len += (size_t)sprintf(text + len, "a. CAA 0 issue ca%d.example\n", i);
    const struct caa_answer *answer = ask_of(*state, text, "a");
    assert_int_equal(answer->rdata_count, 1001);
    assert_memory_equal(answer->rdata[1000].ptr + 7, "ca1000.example", 14);
    free(text);
}

static void errors_name_file_and_line(void **state) {
    (void)state;
    assert_refused("a. !SERVFAIL\n\n# c\nb. !NONSENSE\n",
                   "zone.txt:4: \"!NONSENSE\" is none of !SERVFAIL, !NXDOMAIN, !NODATA, "
                   "!TIMEOUT, !REFUSED, !BOGUS(reason) and !TRUNCATED");
    assert_refused("a. \n", "zone.txt:1: nothing is said of the owner");
    assert_refused("a. 60 IN\r\n", "zone.txt:1: nothing is said of the owner");
    assert_refused("a. TXT x",
                   "zone.txt:1: \"TXT\" is neither CAA nor CNAME nor an outcome such as "
                   "!SERVFAIL");
    assert_refused("a. CH CAA 0 issue x",
                   "zone.txt:1: \"CH\" is neither CAA nor CNAME nor an outcome such as "
                   "!SERVFAIL");
    assert_refused("a. !SERVFAIL now", "zone.txt:1: \"now\" is too much");
    assert_refused("a. !SERVFAIL(why)", "zone.txt:1: \"(why)\" is too much");
    assert_refused("a. 60 !SERVFAIL", "zone.txt:1: an outcome has neither TTL nor class");
    assert_refused("a. !BOGUS(open",
                   "zone.txt:1: the reason of !BOGUS stands in parentheses behind it");
    assert_refused("a. !BOGUS why",
                   "zone.txt:1: the reason of !BOGUS stands in parentheses behind it");
}

static void a_bad_record_is_told_with_its_place(void **state) {
    (void)state;
    assert_refused("\na. CAA 256 issue x",
                   "zone.txt:2: CAA, octet 2: flags is not a number from 0 to 255");
    assert_refused("a. CAA 0 issue", "zone.txt:1: CAA, octet 9: the value is missing");
    assert_refused("a. CAA 0 issue \"x",
                   "zone.txt:1: CAA, octet 10: the quotation mark is never closed");
    assert_refused(
        "a. CAA \\# 3 0000",
        "zone.txt:1: CAA, octet 5: the length is not that of the octets that follow");
}

static void a_bad_name_is_told_with_its_place(void **state) {
    (void)state;
    assert_refused("a..b !NODATA", "zone.txt:1: owner \"a..b\": octet 3: a label is empty");
    assert_refused("a\\300. !NODATA", "zone.txt:1: owner \"a\\300.\": octet 2: \\DDD needs "
                                      "three digits, at most 255");
    assert_refused("a. CNAME", "zone.txt:1: target \"\": octet 1: the name is empty");
    assert_refused("a. CNAME b..", "zone.txt:1: target \"b..\": octet 3: a label is empty");
    assert_refused("a. CNAME b. c.", "zone.txt:1: \"c.\" is too much");
}

static void a_ttl_has_31_bits(void **state) {
    assert_int_equal(ask_of(*state, "a. 2147483647 CAA 0 issue x", "a")->ttl_s, 2147483647);
    assert_int_equal(ask_of(*state, "a. 0 CAA 0 issue x", "a")->ttl_s, 0);
    assert_refused("a. 2147483648 CAA 0 issue x",
                   "zone.txt:1: the TTL is greater than 2147483647");
    assert_refused("a. 99999999999999999999 CAA 0 issue x",
                   "zone.txt:1: the TTL is greater than 2147483647");
}

static void an_owner_that_nobody_could_ask_for_is_refused(void **state) {
    (void)state;
    assert_refused("  3600 IN CAA 0 issue x",
                   "zone.txt:1: a line starts with its owner, not with white space");
    assert_refused("@ CAA 0 issue x",
                   "zone.txt:1: owner \"@\": there is no origin, write the name out");
    assert_refused("*.a. CAA 0 issue x", "zone.txt:1: owner \"*.a.\": nothing is synthesized "
                                         "from a wildcard here, write the names out");
    assert_refused("b\u00fccher. CAA 0 issue x",
                   "zone.txt:1: owner \"b\u00fccher.\": octet 2 is not printable ASCII (an IDN "
                   "is written in A-labels, xn--)");
    assert_refused(
        "\ufeff"
        "a. CAA 0 issue x",
        "zone.txt:1: owner \"\ufeff"
        "a.\": octet 1 is not printable ASCII (an IDN is written in A-labels, xn--)");
}

static void lines_that_contradict_each_other_are_refused_at_the_second(void **state) {
    (void)state;
    static const char *const seconds[] = {"A CAA 0 issue x", "a. CNAME c.", "a. !NODATA"};
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            char text[128];
            if (i == 0 && j == 0) continue;
            snprintf(text, sizeof text, "%s\nb. !NODATA\n\n%s\n", seconds[i], seconds[j]);
            assert_refused(text, "zone.txt:4: the owner has line 1 already: only CAA lines may "
                                 "share an owner");
        }
}

static void the_first_of_several_contradictions_is_told(void **state) {
    (void)state;
    assert_refused("a. !NODATA\nzzz. !NODATA\nzzz. !NODATA\na. !NODATA\n",
                   "zone.txt:3: the owner has line 2 already: only CAA lines may share an "
                   "owner");
}

static void a_text_over_the_limit_is_refused(void **state) {
    struct scene *scene = *state;
    size_t len = CAA_ANSWERS_FILE_MAX;
    char *text = malloc(len + 1);
    struct caa_diag diag = {""};
    memset(text, '\n', len + 1);
    read_bytes(scene, caa_slice_bytes(text, len));
    forget(scene);
    assert_int_equal(caa_answers_new(&scene->lookup, scene->base, &scene->clock,
                                     caa_slice_bytes(text, len + 1), "big", &diag),
                     CAA_ERR_LIMIT);
    assert_string_equal(diag.text, "big: larger than 16777216 octets");
    free(text);
}

static void a_text_full_of_the_shortest_lines_fits_in_memory(void **state) {
    static const char line[] = "a CAA \\# 0\n";
    size_t count = CAA_ANSWERS_FILE_MAX / strlen(line);
    char *text = malloc(CAA_ANSWERS_FILE_MAX);
    for (size_t i = 0; i < count; i++) memcpy(text + i * strlen(line), line, strlen(line));
    read_bytes(*state, caa_slice_bytes(text, count * strlen(line)));
    assert_int_equal(ask(*state, "a")->rdata_count, count);
    free(text);
}

static void an_answer_is_never_given_inside_start(void **state) {
    struct scene *scene = *state;
    read_text(scene, "a. !SERVFAIL");
    start(scene, "a");
    start(scene, "b");
    assert_int_equal(scene->heard_count, 0);
    run(scene);
    assert_int_equal(scene->heard_count, 2);
}

static void each_question_is_answered_exactly_once_and_in_order(void **state) {
    struct scene *scene = *state;
    read_text(scene, "");
    for (int i = 0; i < HEARD_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        start(scene, name);
    }
    run(scene);
    run(scene);
    assert_int_equal(scene->heard_count, HEARD_MAX);
    struct caa_question last = question_of("n999");
    assert_true(caa_name_equal(&scene->heard[HEARD_MAX - 1]->owner, &last.name));
}

static void a_cancelled_question_is_never_answered(void **state) {
    struct scene *scene = *state;
    read_text(scene, "");
    start(scene, "a");
    struct caa_lookup_ticket *second = start(scene, "b");
    start(scene, "c");
    caa_lookup_cancel(scene->lookup, second);
    run(scene);
    assert_int_equal(scene->heard_count, 2);
    assert_memory_equal(scene->heard[0]->owner.wire, "\1a", 3);
    assert_memory_equal(scene->heard[1]->owner.wire, "\1c", 3);
}

static void cancelling_all_lets_the_loop_end(void **state) {
    struct scene *scene = *state;
    read_text(scene, "");
    caa_lookup_cancel(scene->lookup, start(scene, "a"));
    run(scene);
    assert_int_equal(scene->heard_count, 0);
    assert_int_equal(ask(scene, "b")->outcome, CAA_OUTCOME_NODATA);
}

struct exchange {
    struct scene *scene;
    struct caa_lookup_ticket *victim;
    bool inside;
    int calls;
};

static void ask_again(void *context, const struct caa_answer *answer) {
    struct exchange *exchange = context;
    struct caa_question question = question_of("next");
    struct caa_lookup_ticket *ticket;
    (void)answer;
    assert_false(exchange->inside);
    exchange->inside = true;
    if (exchange->victim != NULL) caa_lookup_cancel(exchange->scene->lookup, exchange->victim);
    exchange->victim = NULL;
    if (++exchange->calls < 600)
        caa_lookup_start(exchange->scene->lookup, &question, ask_again, exchange, &ticket);
    exchange->inside = false;
}

static void an_answer_may_start_and_cancel_others(void **state) {
    struct scene *scene = *state;
    struct exchange exchange = {.scene = scene};
    struct caa_question question = question_of("first");
    struct caa_lookup_ticket *ticket;
    read_text(scene, "");
    caa_lookup_start(scene->lookup, &question, ask_again, &exchange, &ticket);
    exchange.victim = start(scene, "victim");
    run(scene);
    assert_int_equal(exchange.calls, 600);
    assert_int_equal(scene->heard_count, 0);
}

static void freeing_drops_questions_without_a_call(void **state) {
    struct scene *scene = *state;
    read_text(scene, "");
    start(scene, "a");
    caa_lookup_free(scene->lookup);
    scene->lookup = NULL;
    run(scene);
    assert_int_equal(scene->heard_count, 0);
}

static void an_answer_tells_when_it_came_and_how_long_it_took(void **state) {
    const struct caa_answer *answer = ask_of(*state, "", "a");
    /* The clock is read at the question, then for the time it came, then for how long. */
    assert_int_equal(answer->observed_at_us, 2000000);
    assert_int_equal(answer->elapsed_us, 2000000);
}

static void the_text_is_not_needed_any_more(void **state) {
    struct scene *scene = *state;
    char text[] = "a. !BOGUS(why)\nb. CNAME a.\n";
    read_text(scene, text);
    memset(text, 'x', sizeof text - 1);
    assert_string_equal(ask(scene, "b")->reason, "why");
}

static void a_file_is_read_and_named_in_errors(void **state) {
    struct scene *scene = *state;
    char path[] = "/tmp/caa-answers-XXXXXX", reason[200];
    struct caa_diag diag = {""};
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "a. !TIMEOUT\n", 12), 12);
    assert_int_equal(caa_answers_open(&scene->lookup, scene->base, &scene->clock, path, &diag),
                     CAA_OK);
    assert_int_equal(ask(scene, "a")->outcome, CAA_OUTCOME_TIMEOUT);
    forget(scene);
    assert_int_equal(write(fd, "b. !X\n", 6), 6);
    close(fd);
    enum caa_err err =
        caa_answers_open(&scene->lookup, scene->base, &scene->clock, path, &diag);
    unlink(path);
    assert_int_equal(err, CAA_ERR_SYNTAX);
    snprintf(reason, sizeof reason, "%s:2: \"!X\" is none of ", path);
    assert_memory_equal(diag.text, reason, strlen(reason));
}

static void a_file_that_is_not_there_is_told(void **state) {
    struct scene *scene = *state;
    struct caa_diag diag = {""};
    assert_int_equal(
        caa_answers_open(&scene->lookup, scene->base, &scene->clock, "/nowhere/answers", &diag),
        CAA_ERR_FILE);
    assert_string_equal(diag.text, "/nowhere/answers: No such file or directory");
}

struct visits {
    size_t count;
    unsigned long lines[8];
    char owners[8][CAA_NAME_TEXT_MAX];
    size_t rdata_octets[8];
};

static void visit(void *context, unsigned long line, const struct caa_name *owner,
                  struct caa_slice rdata) {
    struct visits *visits = context;
    caa_name_to_text(owner, visits->owners[visits->count]);
    visits->rdata_octets[visits->count] = rdata.len;
    visits->lines[visits->count++] = line;
}

static void every_caa_record_is_visited_in_the_order_of_the_text(void **state) {
    (void)state;
    struct visits visits = {0};
    const char *text = "# c\nZ.example. CAA 0 issue \"malformed;;\"\nb. CNAME a.\n"
                       "c. !NODATA\na. CAA \\# 2 0000\n";
    assert_int_equal(caa_answers_each(caa_slice_of(text), "f", visit, &visits, NULL), CAA_OK);
    assert_int_equal(visits.count, 2);
    assert_int_equal(visits.lines[0], 2);
    assert_string_equal(visits.owners[0], "z.example");
    assert_int_equal(visits.rdata_octets[0], 18);
    assert_int_equal(visits.lines[1], 5);
    assert_string_equal(visits.owners[1], "a");
    assert_int_equal(visits.rdata_octets[1], 2);
}

static void nothing_is_visited_where_a_later_line_is_wrong(void **state) {
    (void)state;
    struct visits visits = {0};
    struct caa_diag diag = {""};
    assert_int_equal(
        caa_answers_each(caa_slice_of("a. CAA 0 issue x\nb. A\n"), "f", visit, &visits, &diag),
        CAA_ERR_SYNTAX);
    assert_int_equal(visits.count, 0);
    assert_memory_equal(diag.text, "f:2: ", 5);
}

#define SHOWS(behaviour) cmocka_unit_test_setup_teardown(behaviour, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SHOWS(a_caa_line_is_an_insecure_record),
        SHOWS(ttl_and_class_may_be_left_out),
        SHOWS(an_owner_collects_its_caa_lines_in_their_order),
        SHOWS(owners_compare_without_case),
        SHOWS(an_owner_that_is_not_listed_is_nodata),
        SHOWS(every_outcome_can_be_written),
        SHOWS(a_failure_may_not_be_remembered),
        SHOWS(bogus_says_why),
        SHOWS(an_alias_is_followed_to_the_data),
        SHOWS(an_alias_to_what_is_not_listed_is_nodata),
        SHOWS(a_chain_takes_the_outcome_at_its_end),
        SHOWS(a_loop_of_aliases_is_servfail),
        SHOWS(twelve_aliases_are_followed_and_no_more),
        SHOWS(a_question_for_another_type_finds_no_caa_data),
        SHOWS(escapes_write_any_octet_in_owners_and_values),
        SHOWS(rdata_that_cannot_be_read_can_be_written),
        SHOWS(comments_and_blank_lines_say_nothing),
        SHOWS(a_number_sign_in_quotes_or_behind_a_backslash_is_no_comment),
        SHOWS(lines_may_end_as_on_windows_and_the_last_without_an_end),
        SHOWS(a_record_may_have_65535_octets),
        SHOWS(a_set_may_have_a_thousand_records),
        SHOWS(errors_name_file_and_line),
        SHOWS(a_bad_record_is_told_with_its_place),
        SHOWS(a_bad_name_is_told_with_its_place),
        SHOWS(a_ttl_has_31_bits),
        SHOWS(an_owner_that_nobody_could_ask_for_is_refused),
        SHOWS(lines_that_contradict_each_other_are_refused_at_the_second),
        SHOWS(the_first_of_several_contradictions_is_told),
        SHOWS(a_text_over_the_limit_is_refused),
        SHOWS(a_text_full_of_the_shortest_lines_fits_in_memory),
        SHOWS(an_answer_is_never_given_inside_start),
        SHOWS(each_question_is_answered_exactly_once_and_in_order),
        SHOWS(a_cancelled_question_is_never_answered),
        SHOWS(cancelling_all_lets_the_loop_end),
        SHOWS(an_answer_may_start_and_cancel_others),
        SHOWS(freeing_drops_questions_without_a_call),
        SHOWS(an_answer_tells_when_it_came_and_how_long_it_took),
        SHOWS(the_text_is_not_needed_any_more),
        SHOWS(a_file_is_read_and_named_in_errors),
        SHOWS(a_file_that_is_not_there_is_told),
        SHOWS(every_caa_record_is_visited_in_the_order_of_the_text),
        SHOWS(nothing_is_visited_where_a_later_line_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
