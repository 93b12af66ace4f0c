#include "levels.h"

#include "dns/look.h"

static void answers_agree_by_their_set_and_security_not_their_order(void **state) {
    (void)state;
    struct caa_slice one[] = {{"a", 1}, {"bb", 2}, {"", 0}};
    struct caa_slice two[] = {{"", 0}, {"a", 1}, {"bb", 2}};
    struct caa_slice three[] = {{"", 0}, {"a", 1}, {"bc", 2}};
    struct caa_answer a = {.outcome = CAA_OUTCOME_RECORDS,
                           .security = CAA_SECURITY_SECURE,
                           .rdata_count = 3,
                           .rdata = one};
    struct caa_answer b = a;
    b.rdata = two;
    assert_true(caa_answers_agree(&a, &b));
    assert_true(caa_look_at(&a, CAA_LOOK_EARLIER).digest ==
                caa_look_at(&b, CAA_LOOK_BESIDE).digest);
    b.rdata = three;
    assert_false(caa_answers_agree(&a, &b));
    assert_false(caa_look_at(&a, CAA_LOOK_EARLIER).digest ==
                 caa_look_at(&b, CAA_LOOK_EARLIER).digest);
    b = a;
    b.security = CAA_SECURITY_INSECURE;
    assert_false(caa_answers_agree(&a, &b));
    b = a;
    b.rdata_count = 2;
    assert_false(caa_answers_agree(&a, &b));
    a = (struct caa_answer){.outcome = CAA_OUTCOME_NODATA};
    b = (struct caa_answer){.outcome = CAA_OUTCOME_NXDOMAIN};
    assert_true(caa_answers_agree(&a, &b)); /* none is none */
}

static void a_look_keeps_what_it_came_to_and_when(void **state) {
    (void)state;
    struct rrset set;
    struct caa_answer said = *rrset_of(&set, "0 issue \"ca.example\"");
    said.observed_at_us = 77;
    struct caa_look look = caa_look_at(&said, CAA_LOOK_EARLIER);
    struct caa_answer nodata = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    const struct caa_answer *told = caa_answer_beside(&nodata, &look);
    assert_int_equal(told->outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(told->other.kind, CAA_LOOK_EARLIER);
    assert_int_equal(told->other.outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(told->other.security, said.security);
    assert_int_equal(told->other.record_count, 1);
    assert_int_equal(told->other.observed_at_us, 77);
    assert_int_equal(nodata.other.kind, CAA_LOOK_NONE);
    caa_answer_release(told);
}

/* The climb again, with looks that disagree beside every answer that is one. */
static struct caa_decision decide_beside(const char *levels, enum caa_look_kind kind,
                                         size_t variants) {
    static const struct caa_slice issuer = {"ca.example", 10};
    const struct caa_request request = {.issuer_domain_names = &issuer,
                                        .issuer_domain_name_count = 1};
    const struct caa_evidence evidence = {.variant_count = variants};
    struct caa_answer beside[LEVELS_MAX];
    const struct caa_answer *answers[LEVELS_MAX] = {NULL};
    struct caa_decision decision;
    size_t count = strlen(levels);
    for (size_t i = 0; i < count; i++) {
        const struct caa_answer *answer = answer_for(levels[i]);
        if (answer == NULL) continue;
        beside[i] = *answer;
        answers[i] = &beside[i];
        if (!caa_answer_is_sound(answer)) continue;
        beside[i].other = (struct caa_look){.kind = kind, .outcome = CAA_OUTCOME_NODATA};
        beside[i].evidence = &evidence;
    }
    caa_decide(&decision, &request, answers, count);
    return decision;
}

static void check_nothing_but_findings(const char *levels) {
    struct caa_decision plain = decide_levels(levels);
    for (enum caa_look_kind kind = CAA_LOOK_NONE; kind <= CAA_LOOK_BESIDE; kind++) {
        struct caa_decision beside = decide_beside(levels, kind, 2);
        assert_int_equal(beside.decided, plain.decided);
        assert_int_equal(beside.reach, plain.reach);
        assert_int_equal(beside.verdict, plain.verdict);
        assert_int_equal(beside.rule, plain.rule);
        assert_int_equal(beside.level, plain.level);
        assert_int_equal(beside.record, plain.record);
        assert_int_equal(beside.retry_helps, plain.retry_helps);
        assert_int_equal(beside.cause, plain.cause);
    }
}

static void looks_that_disagree_decide_nothing(void **state) {
    (void)state;
    for_every_climb(check_nothing_but_findings);
}

static void assert_finds(const char *levels, enum caa_look_kind kind, size_t variants,
                         enum caa_finding_kind expected, int level) {
    struct caa_decision decision = decide_beside(levels, kind, variants);
    assert_true(decision.finding_count > 0);
    assert_int_equal(decision.findings[0].kind, expected);
    assert_int_equal(decision.findings[0].level, level);
    assert_int_equal(decision.findings[0].record, CAA_RECORD_NONE);
    assert_null(decision.findings[0].reason);
}

static void looks_that_disagree_are_found(void **state) {
    (void)state;
    assert_finds("00", CAA_LOOK_EARLIER, 1, CAA_FINDING_ANSWER_CHANGED, 0);
    assert_finds("A0", CAA_LOOK_BESIDE, 1, CAA_FINDING_LOOKS_DIFFER, 0);
    assert_finds("F0", CAA_LOOK_NONE, 2, CAA_FINDING_SERVERS_DIFFER, 0);
    assert_finds("0s", CAA_LOOK_EARLIER, 1, CAA_FINDING_ANSWER_CHANGED, 0);
}

static void what_agrees_or_does_not_matter_is_no_finding(void **state) {
    (void)state;
    assert_int_equal(decide_beside("00", CAA_LOOK_NONE, 1).finding_count, 0);
    assert_int_equal(decide_beside("A0", CAA_LOOK_EARLIER, 1).finding_count, 1);
    assert_int_equal(decide_beside("000", CAA_LOOK_EARLIER, 1).finding_count, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_agree_by_their_set_and_security_not_their_order),
        cmocka_unit_test(a_look_keeps_what_it_came_to_and_when),
        cmocka_unit_test(looks_that_disagree_decide_nothing),
        cmocka_unit_test(looks_that_disagree_are_found),
        cmocka_unit_test(what_agrees_or_does_not_matter_is_no_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
