#include "show.h"

#include <string.h>

#include "base/utf8.h"
#include "serve/dns_ede.h"

static struct caa_name name_of(const char *text) {
    struct caa_name name = {0};
    assert_int_equal(caa_name_from_text(&name, caa_slice_of(text), NULL), CAA_OK);
    return name;
}

static struct caa_dns_ede said_of(enum caa_outcome outcome, const char *reason,
                                  const struct caa_evidence *evidence) {
    const struct caa_answer answer = {.owner = name_of("www.shop.example"),
                                      .type = CAA_TYPE_CAA,
                                      .outcome = outcome,
                                      .reason = reason,
                                      .ede_text = "",
                                      .ede = -1,
                                      .evidence = evidence};
    struct caa_dns_ede ede;
    caa_dns_ede_of(&ede, &answer);
    assert_true(caa_utf8_is_valid(caa_slice_of(ede.text)));
    return ede;
}

static struct caa_evidence evidence_of(const char *zone, enum caa_failure failure,
                                       enum caa_fault fault) {
    return (struct caa_evidence){.zone = name_of(zone),
                                 .failure = failure,
                                 .fault = fault,
                                 .retry_advised = true,
                                 .retry_after_s = 30,
                                 .retry_why = "",
                                 .reason = ""};
}

static void what_a_zones_servers_do_is_told_with_fault_and_retry(void **state) {
    (void)state;
    struct caa_evidence evidence = evidence_of("net", CAA_FAILURE_SILENT, CAA_FAULT_REGISTRY);
    struct caa_dns_ede ede = said_of(CAA_OUTCOME_TIMEOUT, "", &evidence);
    assert_int_equal(ede.code, 22);
    assert_string_equal(ede.text,
                        "net: its servers do not answer; fault: registry; retry in 30 s");
    evidence = evidence_of(".", CAA_FAILURE_SERVFAIL, CAA_FAULT_REGISTRY);
    evidence.item_count = 1;
    ede = said_of(CAA_OUTCOME_SERVFAIL, "", &evidence);
    assert_string_equal(
        ede.text, "the root: its servers answer SERVFAIL; fault: registry; retry in 30 s");
}

static void each_failure_of_servers_has_its_code(void **state) {
    static const struct {
        enum caa_failure failure;
        int code;
    } rows[] = {
        {CAA_FAILURE_SILENT, 22},    {CAA_FAILURE_SERVFAIL, 22},
        {CAA_FAILURE_REFUSED, 22},   {CAA_FAILURE_LAME, 22},
        {CAA_FAILURE_TRUNCATED, 22}, {CAA_FAILURE_NOT_AUTHORITATIVE, 22},
        {CAA_FAILURE_MALFORMED, 22}, {CAA_FAILURE_UNREACHABLE, 23},
        {CAA_FAILURE_BOGUS, 6},      {CAA_FAILURE_RECURSOR, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct caa_evidence evidence =
            evidence_of("shop.example", rows[i].failure, CAA_FAULT_SUBSCRIBER);
        assert_int_equal(said_of(CAA_OUTCOME_SERVFAIL, "", &evidence).code, rows[i].code);
        evidence.fault = CAA_FAULT_RESOLVER; /* then it is us, whatever the servers do */
        assert_int_equal(said_of(CAA_OUTCOME_SERVFAIL, "", &evidence).code, 23);
    }
}

static void bogus_says_what_is_wrong_where_that_is_known(void **state) {
    static const struct {
        const char *reason;
        int code;
    } rows[] = {
        {"validation failure <a. CAA IN>: signature expired from 192.0.2.1", 7},
        {"validation failure <a. CAA IN>: signature before inception date from 192.0.2.1", 8},
        {"validation failure <a. CAA IN>: No DNSKEY record from 192.0.2.1 for key a.", 9},
        {"validation failure <a. CAA IN>: no keys have a DS with algorithm ECDSA", 9},
        {"validation failure <a. CAA IN>: no signatures from 192.0.2.1", 10},
        {"validation failure <a. CAA IN>: signature crypto failed from 192.0.2.1", 6},
        {"", 6},
    };
    (void)state;
    struct caa_evidence evidence =
        evidence_of("shop.example", CAA_FAILURE_BOGUS, CAA_FAULT_SUBSCRIBER);
    evidence.retry_advised = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(said_of(CAA_OUTCOME_BOGUS, rows[i].reason, NULL).code, rows[i].code);
        struct caa_dns_ede ede = said_of(CAA_OUTCOME_BOGUS, rows[i].reason, &evidence);
        assert_int_equal(ede.code, rows[i].code);
        assert_string_equal(ede.text,
                            "shop.example: its servers give answers that do not validate; "
                            "fault: subscriber; no retry before it is mended");
    }
}

static void without_evidence_the_outcome_is_told(void **state) {
    (void)state;
    struct caa_dns_ede ede = said_of(CAA_OUTCOME_NETWORK, "no route", NULL);
    assert_int_equal(ede.code, 23);
    assert_string_equal(ede.text, "www.shop.example: network failure: no route");
    assert_int_equal(said_of(CAA_OUTCOME_TIMEOUT, "", NULL).code, 22);
    assert_int_equal(said_of(CAA_OUTCOME_MALFORMED, "", NULL).code, 22);
    assert_int_equal(said_of(CAA_OUTCOME_NODATA, "", NULL).code, 0);
}

static void what_is_not_known_yet_blames_nobody(void **state) {
    (void)state;
    struct caa_evidence evidence = evidence_of(".", CAA_FAILURE_NONE, CAA_FAULT_UNKNOWN);
    struct caa_dns_ede ede = said_of(CAA_OUTCOME_TIMEOUT, "", &evidence);
    assert_int_equal(ede.code, 22);
    assert_string_equal(
        ede.text, "www.shop.example: no answer yet, and not yet known why; retry in 30 s");
    /* Nobody was asked: the root stands there for want of a zone. */
    evidence.failure = CAA_FAILURE_RECURSOR;
    ede = said_of(CAA_OUTCOME_SERVFAIL, "", &evidence);
    assert_string_equal(
        ede.text, "www.shop.example: no answer yet, and not yet known why; retry in 30 s");
}

static void hostile_text_stays_one_printable_line(void **state) {
    char reason[1000];
    (void)state;
    struct caa_dns_ede ede = said_of(CAA_OUTCOME_SERVFAIL, "a\nb\033[31m\377\200", NULL);
    assert_string_equal(ede.text, "www.shop.example: SERVFAIL: a?b?[31m??");
    /* Cut anywhere, it is still UTF-8: said_of looks. */
    for (size_t i = 0; i < 4; i++) {
        memset(reason, 'x', sizeof reason);
        for (size_t at = i; at + 2 < sizeof reason; at += 2) memcpy(reason + at, "\303\274", 2);
        reason[sizeof reason - 1] = '\0';
        ede = said_of(CAA_OUTCOME_SERVFAIL, reason, NULL);
        assert_in_range(strlen(ede.text), CAA_DNS_EDE_TEXT_MAX / 2, CAA_DNS_EDE_TEXT_MAX - 1);
    }
}

static void names_of_any_octets_leave_room_for_the_fault(void **state) {
    (void)state;
    struct caa_evidence evidence =
        evidence_of("x", CAA_FAILURE_NOT_AUTHORITATIVE, CAA_FAULT_SUBSCRIBER);
    evidence.zone.len = 255;
    memset(evidence.zone.wire, 1, 255); /* labels of one octet, which is 1 */
    evidence.zone.wire[254] = 0;
    struct caa_dns_ede ede = said_of(CAA_OUTCOME_SERVFAIL, "", &evidence);
    assert_non_null(strstr(ede.text, "\\001.\\001"));
    assert_non_null(strstr(ede.text, "; fault: subscriber; retry in 30 s"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_zones_servers_do_is_told_with_fault_and_retry),
        cmocka_unit_test(each_failure_of_servers_has_its_code),
        cmocka_unit_test(bogus_says_what_is_wrong_where_that_is_known),
        cmocka_unit_test(without_evidence_the_outcome_is_told),
        cmocka_unit_test(what_is_not_known_yet_blames_nobody),
        cmocka_unit_test(hostile_text_stays_one_printable_line),
        cmocka_unit_test(names_of_any_octets_leave_room_for_the_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
