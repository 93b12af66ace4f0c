#include "show.h"

#include "rescue/advice.h"

static const enum caa_fault faults[] = {CAA_FAULT_NONE,     CAA_FAULT_REGISTRY,
                                        CAA_FAULT_PLATFORM, CAA_FAULT_SUBSCRIBER,
                                        CAA_FAULT_RESOLVER, CAA_FAULT_UNKNOWN};
enum { FAULTS = sizeof faults / sizeof faults[0], FAILURES = CAA_FAILURE_RECURSOR + 1 };

static const enum caa_failure SERVFAILS = CAA_FAILURE_SERVFAIL, BOGUS = CAA_FAILURE_BOGUS;

static void whoever_runs_the_zone_is_at_fault_where_others_work(void **state) {
    (void)state;
    for (size_t i = CAA_FAULT_REGISTRY; i <= CAA_FAULT_SUBSCRIBER; i++)
        for (int heard = 0; heard < 2; heard++)
            for (int failure = 0; failure < FAILURES; failure++)
                assert_int_equal(caa_advice_fault((enum caa_fault)i, (enum caa_failure)failure,
                                                  heard, CAA_CONTROL_WORKS),
                                 i);
}

static void where_others_fail_too_and_nobody_is_heard_it_is_us(void **state) {
    (void)state;
    for (size_t i = 0; i < FAULTS; i++)
        for (int failure = 0; failure < FAILURES; failure++)
            for (int control = CAA_CONTROL_FAILS; control <= CAA_CONTROL_BOGUS; control++)
                assert_int_equal(caa_advice_fault(faults[i], (enum caa_failure)failure, false,
                                                  (enum caa_control)control),
                                 CAA_FAULT_RESOLVER);
}

/* The other registry may fail by itself, or a daemon that begins in a flood be in haste. */
static void a_failure_elsewhere_does_not_excuse_a_zone_on_whose_way_servers_spoke(
    void **state) {
    (void)state;
    assert_int_equal(caa_advice_fault(CAA_FAULT_SUBSCRIBER, SERVFAILS, true, CAA_CONTROL_FAILS),
                     CAA_FAULT_SUBSCRIBER);
    assert_int_equal(caa_advice_fault(CAA_FAULT_SUBSCRIBER, BOGUS, true, CAA_CONTROL_FAILS),
                     CAA_FAULT_SUBSCRIBER);
    assert_int_equal(caa_advice_fault(CAA_FAULT_SUBSCRIBER, SERVFAILS, true, CAA_CONTROL_BOGUS),
                     CAA_FAULT_SUBSCRIBER);
    assert_int_equal(caa_advice_fault(CAA_FAULT_REGISTRY, SERVFAILS, true, CAA_CONTROL_FAILS),
                     CAA_FAULT_UNKNOWN);
}

static void where_nothing_validates_it_is_our_trust_anchor(void **state) {
    (void)state;
    for (size_t i = 0; i < FAULTS; i++)
        assert_int_equal(caa_advice_fault(faults[i], BOGUS, true, CAA_CONTROL_BOGUS),
                         CAA_FAULT_RESOLVER);
}

static void no_registry_is_blamed_before_another_was_asked(void **state) {
    (void)state;
    assert_int_equal(caa_advice_fault(CAA_FAULT_REGISTRY, SERVFAILS, true, CAA_CONTROL_OPEN),
                     CAA_FAULT_UNKNOWN);
    assert_int_equal(caa_advice_fault(CAA_FAULT_SUBSCRIBER, SERVFAILS, true, CAA_CONTROL_OPEN),
                     CAA_FAULT_SUBSCRIBER);
}

static void without_a_zone_nobody_is_blamed(void **state) {
    (void)state;
    assert_int_equal(caa_advice_fault(CAA_FAULT_NONE, SERVFAILS, true, CAA_CONTROL_WORKS),
                     CAA_FAULT_UNKNOWN);
    assert_int_equal(caa_advice_fault(CAA_FAULT_NONE, SERVFAILS, true, CAA_CONTROL_OPEN),
                     CAA_FAULT_UNKNOWN);
}

/* Every fault with every failure, and numbers at both ends and between. */
static void an_advised_retry_is_in_whole_seconds_and_never_at_once(void **state) {
    (void)state;
    static const uint32_t numbers[] = {0, 1, 15, 30, 31, 150, 4711, UINT32_MAX};
    for (size_t f = 0; f < FAULTS; f++)
        for (int failure = 0; failure < FAILURES; failure++)
            for (size_t n = 0; n < sizeof numbers / sizeof numbers[0]; n++) {
                struct caa_retry_advice advice =
                    caa_advice_retry(faults[f], (enum caa_failure)failure, numbers[n]);
                /* No zone has to be mended; what is bogus everywhere is our trust anchor. */
                bool is_ours = faults[f] == CAA_FAULT_RESOLVER && failure != CAA_FAILURE_BOGUS;
                assert_int_equal(
                    advice.advised,
                    is_ours || !caa_advice_is_lasting(faults[f], (enum caa_failure)failure));
                assert_true(advice.why[0] != '\0');
                if (advice.advised)
                    assert_in_range(advice.after_s, 20, 400);
                else
                    assert_int_equal(advice.after_s, 0);
            }
}

static void clients_are_told_different_times(void **state) {
    (void)state;
    uint32_t least = UINT32_MAX, most = 0;
    for (uint32_t number = 0; number < 1000; number++) {
        struct caa_retry_advice advice =
            caa_advice_retry(CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL, number);
        if (advice.after_s < least) least = advice.after_s;
        if (advice.after_s > most) most = advice.after_s;
    }
    assert_int_equal(least, 45);
    assert_int_equal(most, 75);
}

static void a_subscriber_is_told_to_wait_longer_than_a_registrys_customer(void **state) {
    (void)state;
    for (uint32_t number = 0; number < 200; number++)
        assert_true(
            caa_advice_retry(CAA_FAULT_SUBSCRIBER, CAA_FAILURE_SERVFAIL, number).after_s >
            caa_advice_retry(CAA_FAULT_REGISTRY, CAA_FAILURE_SERVFAIL, number).after_s);
}

static void what_somebody_has_to_mend_is_lasting_and_what_may_pass_is_not(void **state) {
    (void)state;
    static const enum caa_failure lasting[] = {
        CAA_FAILURE_LAME,      CAA_FAILURE_NOT_AUTHORITATIVE, CAA_FAILURE_BOGUS,
        CAA_FAILURE_MALFORMED, CAA_FAILURE_ALIAS_LOOP,        CAA_FAILURE_NO_SUCH_TLD};
    size_t count = 0;
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++)
        assert_true(caa_advice_is_lasting(CAA_FAULT_SUBSCRIBER, lasting[i]));
    for (int failure = 0; failure < FAILURES; failure++)
        count += caa_advice_is_lasting(CAA_FAULT_SUBSCRIBER, (enum caa_failure)failure);
    assert_int_equal(count, sizeof lasting / sizeof lasting[0]);
}

static void a_registrys_mishap_passes_but_bad_signatures_stay(void **state) {
    (void)state;
    static const enum caa_failure mishaps[] = {CAA_FAILURE_LAME, CAA_FAILURE_NOT_AUTHORITATIVE};
    for (size_t i = 0; i < sizeof mishaps / sizeof mishaps[0]; i++) {
        assert_false(caa_advice_is_lasting(CAA_FAULT_REGISTRY, mishaps[i]));
        assert_true(caa_advice_is_lasting(CAA_FAULT_PLATFORM, mishaps[i]));
        assert_true(caa_advice_retry(CAA_FAULT_REGISTRY, mishaps[i], 0).advised);
    }
    assert_true(caa_advice_is_lasting(CAA_FAULT_REGISTRY, CAA_FAILURE_BOGUS));
    assert_true(caa_advice_is_lasting(CAA_FAULT_REGISTRY, CAA_FAILURE_MALFORMED));
    assert_true(caa_advice_is_lasting(CAA_FAULT_REGISTRY, CAA_FAILURE_NO_SUCH_TLD));
}

static bool is_bogus(enum caa_outcome outcome, const char *reason) {
    struct caa_answer answer = {.outcome = outcome, .reason = reason};
    return caa_advice_is_bogus(&answer);
}

static void a_key_that_nobody_sent_makes_nobody_bogus(void **state) {
    (void)state;
    assert_false(is_bogus(CAA_OUTCOME_BOGUS,
                          "validation failure <x.net. CAA IN>: No DNSKEY "
                          "record for key net. while building chain of trust"));
    assert_false(
        is_bogus(CAA_OUTCOME_BOGUS, "no DNSKEY rrset for trust anchor . while building"));
    assert_false(
        is_bogus(CAA_OUTCOME_BOGUS, "validation failure <x.>: SERVFAIL no DS for DS x."));
    assert_false(is_bogus(CAA_OUTCOME_SERVFAIL, "signature expired"));
}

static void a_key_that_a_server_denies_is_bogus(void **state) {
    (void)state;
    assert_true(is_bogus(CAA_OUTCOME_BOGUS, "No DNSKEY record from 192.0.2.1 for key net."));
    assert_true(is_bogus(CAA_OUTCOME_BOGUS, "signature expired from 192.0.2.1"));
    assert_true(is_bogus(CAA_OUTCOME_BOGUS, ""));
}

static void all_the_roots_servers_fail_for_us_alone(void **state) {
    (void)state;
    static const struct caa_name root = {.len = 1}, net = {.len = 5, .wire = "\3net"};
    assert_true(caa_advice_is_ours(&root, CAA_CONTROL_OPEN));
    assert_true(caa_advice_is_ours(&root, CAA_CONTROL_FAILS));
    assert_false(caa_advice_is_ours(&root, CAA_CONTROL_WORKS));
    assert_false(caa_advice_is_ours(&net, CAA_CONTROL_FAILS));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_runs_the_zone_is_at_fault_where_others_work),
        cmocka_unit_test(where_others_fail_too_and_nobody_is_heard_it_is_us),
        cmocka_unit_test(a_failure_elsewhere_does_not_excuse_a_zone_on_whose_way_servers_spoke),
        cmocka_unit_test(where_nothing_validates_it_is_our_trust_anchor),
        cmocka_unit_test(no_registry_is_blamed_before_another_was_asked),
        cmocka_unit_test(without_a_zone_nobody_is_blamed),
        cmocka_unit_test(an_advised_retry_is_in_whole_seconds_and_never_at_once),
        cmocka_unit_test(clients_are_told_different_times),
        cmocka_unit_test(a_subscriber_is_told_to_wait_longer_than_a_registrys_customer),
        cmocka_unit_test(what_somebody_has_to_mend_is_lasting_and_what_may_pass_is_not),
        cmocka_unit_test(a_registrys_mishap_passes_but_bad_signatures_stay),
        cmocka_unit_test(a_key_that_nobody_sent_makes_nobody_bogus),
        cmocka_unit_test(a_key_that_a_server_denies_is_bogus),
        cmocka_unit_test(all_the_roots_servers_fail_for_us_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
