#include "show.h"

#include <stdlib.h>
#include <string.h>

#include "dns/answer.h"

static const struct caa_name example = {9, "\7example"};

static void an_answer_is_a_copy_of_all_that_its_content_points_to(void **state) {
    (void)state;
    char rdata[2][8] = {"\0\5issue", "\200\5i\0"};
    struct caa_slice slices[2] = {{rdata[0], 7}, {rdata[1], 4}};
    struct caa_name aliases[1] = {{5, "\3org"}};
    char reason[] = "why", text[] = "extra", packet[] = "as\0it came";
    struct caa_answer content = {.owner = example,
                                 .type = CAA_TYPE_CAA,
                                 .outcome = CAA_OUTCOME_RECORDS,
                                 .security = CAA_SECURITY_SECURE,
                                 .ede = 3,
                                 .ttl_s = 60,
                                 .observed_at_us = 5,
                                 .elapsed_us = 6,
                                 .rdata_count = 2,
                                 .rdata = slices,
                                 .alias_count = 1,
                                 .aliases = aliases,
                                 .reason = reason,
                                 .ede_text = text,
                                 .packet = {packet, sizeof packet}};
    const struct caa_answer *answer = caa_answer_new(&content);
    memset(rdata, 'x', sizeof rdata);
    memset(aliases, 'x', sizeof aliases);
    memset(slices, 'x', sizeof slices);
    reason[0] = text[0] = packet[0] = 'x';
    assert_true(caa_name_equal(&answer->owner, &example));
    assert_int_equal(answer->security, CAA_SECURITY_SECURE);
    assert_int_equal(answer->ttl_s, 60);
    assert_int_equal(answer->rdata_count, 2);
    assert_int_equal(answer->rdata[1].len, 4);
    assert_memory_equal(answer->rdata[0].ptr, "\0\5issue", 7);
    assert_memory_equal(answer->rdata[1].ptr, "\200\5i\0", 4);
    assert_memory_equal(answer->aliases[0].wire, "\3org", 5);
    assert_string_equal(answer->reason, "why");
    assert_string_equal(answer->ede_text, "extra");
    assert_int_equal(answer->packet.len, sizeof packet);
    assert_memory_equal(answer->packet.ptr, "as\0it came", sizeof packet);
    caa_answer_release(answer);
}

static void texts_that_are_missing_become_empty(void **state) {
    (void)state;
    struct caa_answer content = {.owner = example};
    const struct caa_answer *answer = caa_answer_new(&content);
    assert_string_equal(answer->reason, "");
    assert_string_equal(answer->ede_text, "");
    assert_int_equal(answer->rdata_count, 0);
    caa_answer_release(answer);
}

static void an_answer_lives_until_its_last_reference_is_released(void **state) {
    (void)state;
    const struct caa_answer *answer =
        caa_answer_failure(&example, CAA_TYPE_CAA, CAA_OUTCOME_TIMEOUT, "slow", 1, 2);
    assert_ptr_equal(caa_answer_retain(answer), answer);
    caa_answer_release(answer);
    assert_string_equal(answer->reason, "slow");
    caa_answer_release(answer);
}

static void releasing_nothing_is_fine(void **state) {
    (void)state;
    caa_answer_release(NULL);
}

static void a_failure_has_no_data_and_no_time_to_live(void **state) {
    (void)state;
    const struct caa_answer *answer =
        caa_answer_failure(&example, CAA_TYPE_CAA, CAA_OUTCOME_SERVFAIL, NULL, 10, 20);
    assert_true(caa_name_equal(&answer->owner, &example));
    assert_int_equal(answer->type, CAA_TYPE_CAA);
    assert_int_equal(answer->outcome, CAA_OUTCOME_SERVFAIL);
    assert_int_equal(answer->security, CAA_SECURITY_INDETERMINATE);
    assert_int_equal(answer->rcode, 2);
    assert_int_equal(answer->ede, -1);
    assert_int_equal(answer->ttl_s, 0);
    assert_int_equal(answer->observed_at_us, 10);
    assert_int_equal(answer->elapsed_us, 20);
    assert_int_equal(answer->rdata_count, 0);
    assert_string_equal(answer->reason, "");
    caa_answer_release(answer);
}

static void a_bogus_failure_is_bogus_in_its_security_too(void **state) {
    (void)state;
    const struct caa_answer *answer =
        caa_answer_failure(&example, CAA_TYPE_CAA, CAA_OUTCOME_BOGUS, "expired", 0, 0);
    assert_int_equal(answer->security, CAA_SECURITY_BOGUS);
    caa_answer_release(answer);
}

static void content_that_no_memory_could_hold_gives_no_answer(void **state) {
    (void)state;
    struct caa_slice huge[2] = {{"", SIZE_MAX / 2}, {"", SIZE_MAX / 2}};
    struct caa_answer content = {.owner = example, .rdata_count = 2, .rdata = huge};
    assert_null(caa_answer_new(&content));
    content = (struct caa_answer){.owner = example, .packet = {"", SIZE_MAX}};
    assert_null(caa_answer_new(&content));
    content.rdata_count = SIZE_MAX;
    assert_null(caa_answer_new(&content));
}

static void every_outcome_has_a_code_and_a_word(void **state) {
    (void)state;
    for (enum caa_outcome i = 0; i < CAA_OUTCOME_COUNT; i++) {
        assert_string_not_equal(caa_outcome_code(i), "?");
        assert_string_not_equal(caa_outcome_text(i), "?");
    }
    assert_string_equal(caa_outcome_code(CAA_OUTCOME_SERVFAIL), "servfail");
    assert_string_equal(caa_outcome_text(CAA_OUTCOME_TIMEOUT), "time-out");
    assert_string_equal(caa_outcome_code(CAA_OUTCOME_COUNT), "?");
}

static void outcomes_have_the_rcodes_of_their_responses(void **state) {
    (void)state;
    assert_int_equal(caa_outcome_rcode(CAA_OUTCOME_RECORDS), 0);
    assert_int_equal(caa_outcome_rcode(CAA_OUTCOME_NODATA), 0);
    assert_int_equal(caa_outcome_rcode(CAA_OUTCOME_NXDOMAIN), 3);
    assert_int_equal(caa_outcome_rcode(CAA_OUTCOME_REFUSED), 5);
    assert_int_equal(caa_outcome_rcode(CAA_OUTCOME_TIMEOUT), 2);
}

static void every_validation_state_has_a_code(void **state) {
    (void)state;
    assert_string_equal(caa_security_code(CAA_SECURITY_SECURE), "secure");
    assert_string_equal(caa_security_code(CAA_SECURITY_INSECURE), "insecure");
    assert_string_equal(caa_security_code(CAA_SECURITY_BOGUS), "bogus");
    assert_string_equal(caa_security_code(CAA_SECURITY_INDETERMINATE), "indeterminate");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_a_copy_of_all_that_its_content_points_to),
        cmocka_unit_test(texts_that_are_missing_become_empty),
        cmocka_unit_test(an_answer_lives_until_its_last_reference_is_released),
        cmocka_unit_test(releasing_nothing_is_fine),
        cmocka_unit_test(a_failure_has_no_data_and_no_time_to_live),
        cmocka_unit_test(a_bogus_failure_is_bogus_in_its_security_too),
        cmocka_unit_test(content_that_no_memory_could_hold_gives_no_answer),
        cmocka_unit_test(every_outcome_has_a_code_and_a_word),
        cmocka_unit_test(outcomes_have_the_rcodes_of_their_responses),
        cmocka_unit_test(every_validation_state_has_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
