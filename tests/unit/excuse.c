#include "show.h"

#include "policy/decide.h"

/* A climb of two levels: the name, whose lookup failed, and its TLD. */
struct scene {
    struct caa_request request;
    struct caa_evidence evidence;
    struct caa_answer failed;
    struct caa_answer tld;
    struct caa_slice rdata[1];
};

static struct scene excused_scene(void) {
    struct scene scene = {
        .request = {.purpose = CAA_PURPOSE_TLS, .br_insecure_failure = true},
        .evidence = {.fault = CAA_FAULT_SUBSCRIBER,
                     .failure = CAA_FAILURE_SERVFAIL,
                     .insecure_proved = true,
                     .retry_count = 1,
                     .retry_advised = true},
        .failed = {.type = CAA_TYPE_CAA, .outcome = CAA_OUTCOME_SERVFAIL},
        .tld = {.type = CAA_TYPE_CAA,
                .outcome = CAA_OUTCOME_NODATA,
                .security = CAA_SECURITY_SECURE},
    };
    return scene;
}

static struct caa_decision decide(struct scene *scene) {
    const struct caa_answer *answers[] = {&scene->failed, &scene->tld};
    struct caa_decision decision;
    scene->failed.evidence = &scene->evidence;
    caa_decide(&decision, &scene->request, answers, 2);
    return decision;
}

static void assert_undecided(struct scene *scene) {
    struct caa_decision decision = decide(scene);
    assert_true(decision.decided);
    assert_int_equal(decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_int_equal(decision.rule, CAA_RULE_LOOKUP_FAILED);
}

static void a_failure_passes_with_all_that_the_requirements_ask_for(void **state) {
    (void)state;
    struct scene scene = excused_scene();
    struct caa_decision decision = decide(&scene);
    assert_int_equal(decision.verdict, CAA_VERDICT_ALLOWED);
    assert_int_equal(decision.rule, CAA_RULE_INSECURE_FAILURE);
    assert_int_equal(decision.level, 0);
}

static void it_does_not_pass_unless_the_policy_is_on(void **state) {
    (void)state;
    struct scene scene = excused_scene();
    scene.request.br_insecure_failure = false;
    assert_undecided(&scene);
}

static void it_does_not_pass_without_the_proof(void **state) {
    (void)state;
    struct scene scene = excused_scene();
    scene.evidence.insecure_proved = false;
    assert_undecided(&scene);
}

static void it_does_not_pass_without_a_retry(void **state) {
    (void)state;
    struct scene scene = excused_scene();
    scene.evidence.retry_count = 0;
    assert_undecided(&scene);
}

static void it_does_not_pass_where_the_fault_is_ours_or_unknown(void **state) {
    (void)state;
    const enum caa_fault faults[] = {CAA_FAULT_NONE, CAA_FAULT_RESOLVER, CAA_FAULT_UNKNOWN};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct scene scene = excused_scene();
        scene.evidence.fault = faults[i];
        assert_undecided(&scene);
    }
}

static void bogus_never_passes(void **state) {
    (void)state;
    struct scene by_outcome = excused_scene(), by_security = excused_scene(),
                 by_evidence = excused_scene();
    by_outcome.failed.outcome = CAA_OUTCOME_BOGUS;
    by_security.failed.security = CAA_SECURITY_BOGUS;
    by_evidence.evidence.failure = CAA_FAILURE_BOGUS;
    assert_undecided(&by_outcome);
    assert_undecided(&by_security);
    assert_undecided(&by_evidence);
}

static void a_farther_set_is_obeyed_all_the_same(void **state) {
    (void)state;
    static const char nobody[] = "\0\5issue;";
    struct scene scene = excused_scene();
    scene.rdata[0] = caa_slice_bytes(nobody, sizeof nobody - 1);
    scene.tld.outcome = CAA_OUTCOME_RECORDS;
    scene.tld.rdata_count = 1;
    scene.tld.rdata = scene.rdata;
    struct caa_decision decision = decide(&scene);
    assert_int_equal(decision.verdict, CAA_VERDICT_FORBIDDEN);
    assert_int_equal(decision.level, 1);
}

static void a_failure_farther_up_still_counts(void **state) {
    (void)state;
    struct scene scene = excused_scene();
    scene.tld.outcome = CAA_OUTCOME_SERVFAIL;
    scene.tld.security = CAA_SECURITY_INDETERMINATE;
    struct caa_decision decision = decide(&scene);
    assert_int_equal(decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_int_equal(decision.level, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_passes_with_all_that_the_requirements_ask_for),
        cmocka_unit_test(it_does_not_pass_unless_the_policy_is_on),
        cmocka_unit_test(it_does_not_pass_without_the_proof),
        cmocka_unit_test(it_does_not_pass_without_a_retry),
        cmocka_unit_test(it_does_not_pass_where_the_fault_is_ours_or_unknown),
        cmocka_unit_test(bogus_never_passes),
        cmocka_unit_test(a_farther_set_is_obeyed_all_the_same),
        cmocka_unit_test(a_failure_farther_up_still_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
