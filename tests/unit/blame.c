#include "packet.h"

#include "base/writer.h"
#include "report/sentence.h"
#include "rrset.h"

/* What is advised where the lookup for other.net failed, and net's was fine: because of that
   zone. NULL: there is no evidence. */
static char *advise(const char *zone) {
    static char words[1024];
    static struct caa_name names[3];
    static const char *const texts[] = {"foo.other.net", "other.net", "net"};
    struct caa_answer answers[3];
    struct caa_level levels[3];
    struct caa_evidence evidence = {.failure = CAA_FAILURE_SERVFAIL, .retry_why = "it passes"};
    for (size_t i = 0; i < 3; i++) {
        names[i] = name_of(texts[i]);
        answers[i] = answer_of(i < 2 ? CAA_OUTCOME_SERVFAIL : CAA_OUTCOME_NODATA,
                               CAA_SECURITY_INDETERMINATE);
        answers[i].owner = names[i];
        levels[i] = (struct caa_level){.name = &names[i], .answer = &answers[i]};
    }
    if (zone != NULL) {
        evidence.zone = name_of(zone);
        answers[1].evidence = &evidence;
    }
    struct caa_check_result result = {.level_count = 3, .levels = levels};
    result.decision.verdict = CAA_VERDICT_UNDECIDED;
    result.decision.cause = 1;
    struct caa_writer out = caa_writer_into(words, sizeof words);
    caa_sentence_advice(&result, &out);
    return words;
}

static void the_zone_that_fails_is_the_cause_whichever_lookup_failed(void **state) {
    (void)state;
    const char *advice = advise("net");
    assert_non_null(strstr(advice,
                           "The name servers of foo.other.net and other.net are not the "
                           "cause: net does not depend on them.\n"));
    assert_non_null(strstr(advice, "The servers of net "));
}

static void a_zone_that_fails_at_its_own_name_clears_those_below(void **state) {
    (void)state;
    assert_non_null(strstr(advise("other.net"), "The name servers of foo.other.net are not the "
                                                "cause: other.net does not depend on them.\n"));
}

static void without_a_zone_above_it_is_the_name_that_failed(void **state) {
    (void)state;
    static const char *const zones[] = {NULL, ".", "elsewhere.org"};
    for (size_t i = 0; i < 3; i++)
        assert_non_null(
            strstr(advise(zones[i]), "cause: other.net does not depend on them.\n"));
}

static void where_nobody_was_asked_no_servers_are_told_of(void **state) {
    (void)state;
    assert_null(strstr(advise("."), "The servers of"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_zone_that_fails_is_the_cause_whichever_lookup_failed),
        cmocka_unit_test(a_zone_that_fails_at_its_own_name_clears_those_below),
        cmocka_unit_test(without_a_zone_above_it_is_the_name_that_failed),
        cmocka_unit_test(where_nobody_was_asked_no_servers_are_told_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
