#include "show.h"

#include <stdio.h>

#include "levels.h"
#include "policy/decide.h"
#include "rrset.h"

/* A request for ca.example without account and method. */
static const struct caa_slice our_names[] = {{"ca.example", 10}, {"ca.example.net", 14}};
static const struct caa_request for_name = {.issuer_domain_names = our_names,
                                            .issuer_domain_name_count = 2};
static const struct caa_request for_wildcard = {
    .wildcard = true, .issuer_domain_names = our_names, .issuer_domain_name_count = 2};
static const struct caa_request for_mail = {.purpose = CAA_PURPOSE_SMIME,
                                            .issuer_domain_names = our_names,
                                            .issuer_domain_name_count = 2};

static struct caa_request request_by(const struct caa_slice *issuer, bool wildcard) {
    return (struct caa_request){
        .wildcard = wildcard, .issuer_domain_names = issuer, .issuer_domain_name_count = 1};
}

/* The decision about one set at the name itself, under an empty TLD. */
static struct caa_decision decide_set(const struct caa_request *request, const char *lines) {
    static struct rrset set;
    const struct caa_answer empty = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE);
    const struct caa_answer *answers[] = {rrset_of(&set, lines), &empty};
    struct caa_decision decision;
    caa_decide(&decision, request, answers, 2);
    assert_true(decision.decided);
    return decision;
}

static void assert_rule(const struct caa_request *request, const char *lines,
                        enum caa_rule rule, int record) {
    struct caa_decision decision = decide_set(request, lines);
    if (decision.rule != rule || decision.record != record)
        fail_msg("%s\ngives %s by record %d, not %s by %d", lines, caa_rule_code(decision.rule),
                 decision.record, caa_rule_code(rule), record);
    assert_int_equal(decision.level, 0);
}

/* The verdict for one CA's name, as RFC 8659 tells its examples. */
static enum caa_verdict verdict_for(const char *issuer, bool wildcard, const char *lines) {
    const struct caa_slice name = caa_slice_of(issuer);
    const struct caa_request request = request_by(&name, wildcard);
    return decide_set(&request, lines).verdict;
}

static size_t place_of(const struct caa_decision *decision, enum caa_finding_kind kind) {
    size_t i = 0;
    while (i < decision->finding_count && decision->findings[i].kind != kind) i++;
    return i;
}

static bool has_finding(const struct caa_decision *decision, enum caa_finding_kind kind) {
    return place_of(decision, kind) < decision->finding_count;
}

static void assert_finding_at(const struct caa_decision *decision, enum caa_finding_kind kind,
                              int record) {
    assert_true(has_finding(decision, kind));
    assert_int_equal(decision->findings[place_of(decision, kind)].record, record);
}

static void assert_only_finding(const char *lines, enum caa_finding_kind kind, int record,
                                size_t position) {
    struct caa_decision decision = decide_set(&for_name, lines);
    if (decision.finding_count != 1)
        fail_msg("%s\nhas %zu findings", lines, decision.finding_count);
    assert_string_equal(caa_finding_code(decision.findings[0].kind), caa_finding_code(kind));
    assert_int_equal(decision.findings[0].level, 0);
    assert_int_equal(decision.findings[0].record, record);
    assert_int_equal(decision.findings[0].position, position);
}

/* ---- the climb ---- */

static void the_nearest_set_that_is_not_empty_is_the_relevant_one(void **state) {
    (void)state;
    assert_decided("A", CAA_RULE_AUTHORIZED, 0);
    assert_decided("0A0", CAA_RULE_AUTHORIZED, 1);
    assert_decided("AFF", CAA_RULE_AUTHORIZED, 0);
    assert_decided("0FA", CAA_RULE_NOT_AUTHORIZED, 1);
    assert_decided("00F", CAA_RULE_NOT_AUTHORIZED, 2);
}

static void without_any_caa_every_ca_may_issue(void **state) {
    (void)state;
    assert_decided("000", CAA_RULE_NO_RECORDS, CAA_LEVEL_NONE);
    assert_decided("0", CAA_RULE_NO_RECORDS, CAA_LEVEL_NONE);
}

static void a_name_that_does_not_exist_is_empty_below_the_tld(void **state) {
    (void)state;
    assert_decided("xx0", CAA_RULE_NO_RECORDS, CAA_LEVEL_NONE);
    assert_decided("x0A", CAA_RULE_AUTHORIZED, 2);
}

static void a_tld_that_does_not_exist_is_a_failure(void **state) {
    (void)state;
    assert_decided("x", CAA_RULE_NO_SUCH_TLD, 0);
    assert_decided("xxx", CAA_RULE_NO_SUCH_TLD, 2);
    assert_int_equal(decide_levels("xxx").verdict, CAA_VERDICT_UNDECIDED);
    assert_false(decide_levels("xxx").retry_helps);
}

static void a_tld_that_does_not_exist_does_not_matter_behind_a_nearer_set(void **state) {
    (void)state;
    assert_decided("A0x", CAA_RULE_AUTHORIZED, 0);
    assert_decided("0Fx", CAA_RULE_NOT_AUTHORIZED, 1);
    assert_waits("0.x", 3);
    assert_waits("..x", 3);
}

static void a_nearer_set_decides_while_farther_lookups_are_pending(void **state) {
    (void)state;
    assert_decided("A..", CAA_RULE_AUTHORIZED, 0);
    assert_decided("0F.", CAA_RULE_NOT_AUTHORIZED, 1);
    assert_decided("xA.", CAA_RULE_AUTHORIZED, 1);
    assert_int_equal(decide_levels("0F..").reach, 2);
}

static void a_farther_set_waits_for_every_nearer_answer(void **state) {
    (void)state;
    assert_waits(".A", 2);
    assert_waits(".A.", 2);
    assert_waits("0.F..", 3);
    assert_waits("..F.A", 3);
    assert_waits("...", 3);
    assert_waits("00.", 3);
}

static void a_failure_never_falls_through_to_a_farther_level(void **state) {
    (void)state;
    assert_decided("sA", CAA_RULE_LOOKUP_FAILED, 0);
    assert_decided("0s0", CAA_RULE_LOOKUP_FAILED, 1);
    assert_decided("0bA", CAA_RULE_LOOKUP_FAILED, 1);
    assert_decided("s..", CAA_RULE_LOOKUP_FAILED, 0);
    assert_waits(".s0", 2);
}

static void a_failure_behind_a_nearer_set_does_not_matter(void **state) {
    (void)state;
    assert_decided("As", CAA_RULE_AUTHORIZED, 0);
    assert_decided("0Ab", CAA_RULE_AUTHORIZED, 1);
    assert_decided("Fsb", CAA_RULE_NOT_AUTHORIZED, 0);
}

static void a_failure_is_traced_to_the_farthest_ancestor_that_failed_with_it(void **state) {
    (void)state;
    const struct {
        const char *levels;
        int cause;
        bool open;
        size_t reach;
    } cases[] = {
        {"s00", 0, false, 1}, {"ss0", 1, false, 2}, {"sss", 2, false, 3}, {"s0s", 0, false, 1},
        {"s..", 0, true, 3},  {"s.s", 0, true, 3},  {"s.0", 0, true, 2},  {"ss.", 1, true, 3},
        {"0ss", 2, false, 3}, {"sAs", 0, false, 1}, {"ssx", 1, false, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct caa_decision decision = decide_levels(cases[i].levels);
        assert_true(decision.decided);
        assert_int_equal(decision.level, strspn(cases[i].levels, "0"));
        assert_int_equal(decision.cause, cases[i].cause);
        assert_int_equal(decision.cause_open, cases[i].open);
        assert_int_equal(decision.reach, cases[i].reach);
    }
    assert_int_equal(decide_levels("0As").cause, CAA_LEVEL_NONE);
    assert_int_equal(decide_levels("xxx").cause, CAA_LEVEL_NONE);
}

static void a_retry_helps_where_the_cause_may_pass(void **state) {
    (void)state;
    assert_true(decide_levels("ss0").retry_helps);
    assert_false(decide_levels("sb0").retry_helps);
    assert_false(decide_levels("b0s").retry_helps);
}

static void no_level_at_all_is_no_permission(void **state) {
    (void)state;
    struct caa_decision decision;
    caa_decide(&decision, &for_name, NULL, 0);
    assert_true(decision.decided);
    assert_int_equal(decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_int_equal(decision.rule, CAA_RULE_LOOKUP_FAILED);
    assert_int_equal(decision.level, CAA_LEVEL_NONE);
    assert_int_equal(decision.reach, 0);
    assert_false(decision.retry_helps);
}

/* ---- the climb, against a model of it ---- */

static void what_is_decided_early_is_what_all_answers_would_say(void **state) {
    (void)state;
    for_every_climb(check_levels);
}

static void no_permission_ever_lies_behind_a_failure_or_an_open_question(void **state) {
    (void)state;
    for_every_climb(check_no_permission_past_failure);
}

/* ---- failures ---- */

static struct caa_decision decide_answer(const struct caa_answer *answer) {
    const struct caa_answer empty = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE);
    const struct caa_answer *answers[] = {answer, &empty};
    struct caa_decision decision;
    caa_decide(&decision, &for_name, answers, 2);
    assert_true(decision.decided);
    return decision;
}

static void assert_failed(const struct caa_answer *answer, bool retry_helps) {
    struct caa_decision decision = decide_answer(answer);
    assert_int_equal(decision.verdict, CAA_VERDICT_UNDECIDED);
    assert_int_equal(decision.rule, CAA_RULE_LOOKUP_FAILED);
    assert_int_equal(decision.level, 0);
    assert_int_equal(decision.record, CAA_RECORD_NONE);
    assert_int_equal(decision.retry_helps, retry_helps);
}

static void a_failure_that_may_pass_by_itself_is_worth_a_retry(void **state) {
    (void)state;
    const struct {
        enum caa_outcome outcome;
        bool retry_helps;
    } cases[] = {
        {CAA_OUTCOME_SERVFAIL, true},  {CAA_OUTCOME_REFUSED, true},
        {CAA_OUTCOME_RCODE, true},     {CAA_OUTCOME_TIMEOUT, true},
        {CAA_OUTCOME_TRUNCATED, true}, {CAA_OUTCOME_NETWORK, true},
        {CAA_OUTCOME_BOGUS, false},    {CAA_OUTCOME_MALFORMED, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int security = CAA_SECURITY_INDETERMINATE; security <= CAA_SECURITY_SECURE;
             security++) {
            struct caa_answer answer = answer_of(cases[i].outcome, (enum caa_security)security);
            assert_failed(&answer, cases[i].retry_helps);
        }
}

static void whatever_is_bogus_has_failed(void **state) {
    (void)state;
    for (int outcome = 0; outcome <= CAA_OUTCOME_COUNT; outcome++) {
        struct caa_answer answer = answer_of((enum caa_outcome)outcome, CAA_SECURITY_BOGUS);
        assert_failed(&answer, false);
    }
    struct rrset set;
    rrset_of(&set, "0 issue \"ca.example\"");
    set.answer.security = CAA_SECURITY_BOGUS;
    assert_failed(&set.answer, false);
}

static void data_that_nobody_validated_has_failed(void **state) {
    (void)state;
    struct rrset set;
    rrset_of(&set, "0 issue \"ca.example\"");
    set.answer.security = CAA_SECURITY_INDETERMINATE;
    assert_failed(&set.answer, false);
    set.answer.security = (enum caa_security)99;
    assert_failed(&set.answer, false);
    struct caa_answer nodata = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_INDETERMINATE);
    assert_failed(&nodata, false);
}

static void an_answer_that_contradicts_itself_has_failed(void **state) {
    (void)state;
    struct rrset set;
    rrset_of(&set, "0 issue \"ca.example\"");
    set.answer.type = 16;
    assert_failed(&set.answer, false);
    rrset_of(&set, "0 issue \"ca.example\"");
    set.answer.rdata_count = 0;
    assert_failed(&set.answer, false);
    rrset_of(&set, "0 issue \"ca.example\"");
    set.answer.rdata = NULL;
    assert_failed(&set.answer, false);
    rrset_of(&set, "0 issue \"ca.example\"");
    set.answer.outcome = CAA_OUTCOME_NODATA;
    assert_failed(&set.answer, false);
    struct caa_answer nodata = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE);
    nodata.type = 16;
    assert_failed(&nodata, false);
}

static void an_outcome_out_of_range_has_failed(void **state) {
    (void)state;
    static const int outcomes[] = {CAA_OUTCOME_COUNT, CAA_OUTCOME_COUNT + 1, 1000};
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        struct caa_answer answer =
            answer_of((enum caa_outcome)outcomes[i], CAA_SECURITY_SECURE);
        assert_failed(&answer, false);
    }
}

static void a_zeroed_answer_has_failed(void **state) {
    (void)state;
    const struct caa_answer nothing = {.type = 0};
    assert_failed(&nothing, false);
}

static void one_unreadable_record_makes_the_whole_set_a_failure(void **state) {
    (void)state;
    static const char *const sets[] = {
        "0 issue \"ca.example\"\n\\# 2 0000\n0 issue \"ca.example\"",
        "0 issue \";\"\n\\# 7 00066973737565",
        "128 tbs \"x\"\n\\# 1 00",
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct caa_decision decision = decide_set(&for_name, sets[i]);
        assert_int_equal(decision.rule, CAA_RULE_UNREADABLE);
        assert_int_equal(decision.verdict, CAA_VERDICT_UNDECIDED);
        assert_int_equal(decision.record, 1);
        assert_false(decision.retry_helps);
        assert_finding_at(&decision, CAA_FINDING_UNREADABLE_RDATA, 1);
    }
}

static void an_unreadable_set_is_not_climbed_past(void **state) {
    (void)state;
    struct rrset unreadable, allowing;
    const struct caa_answer *answers[] = {rrset_of(&unreadable, "\\# 0"),
                                          rrset_of(&allowing, "0 issue \"ca.example\"")};
    struct caa_decision decision;
    caa_decide(&decision, &for_name, answers, 2);
    assert_int_equal(decision.rule, CAA_RULE_UNREADABLE);
    assert_int_equal(decision.level, 0);
}

/* ---- what a set permits ---- */

static void the_first_record_that_authorizes_decides(void **state) {
    (void)state;
    assert_rule(&for_name, "0 issue \"ca.example\"", CAA_RULE_AUTHORIZED, 0);
    assert_rule(&for_name,
                "0 issue \";\"\n0 issue \"ca2.example\"\n0 issue \"CA.Example\"\n"
                "0 issue \"ca.example.net\"",
                CAA_RULE_AUTHORIZED, 2);
}

static void without_a_record_for_it_the_issuer_is_not_authorized(void **state) {
    (void)state;
    assert_rule(&for_name, "0 iodef \"mailto:a@b\"\n0 issue \";\"\n0 issue \"ca2.example\"",
                CAA_RULE_NOT_AUTHORIZED, 1);
}

static void the_record_that_names_the_issuer_is_told_before_others(void **state) {
    (void)state;
    assert_rule(&for_name,
                "0 issue \"ca2.example\"\n0 issue \"ca.example; accounturi=x\"\n"
                "0 issue \"ca.example; validationmethods=dns-01\"",
                CAA_RULE_NOT_AUTHORIZED, 1);
    assert_rule(&for_name, "0 issue \"ca2.example\"\n0 issue \"ca.example; accounturi=\"",
                CAA_RULE_NOT_AUTHORIZED, 1);
    assert_rule(&for_name,
                "0 issue \"ca2.example\"\n0 issue \"ca.example; validationmethods=,\"",
                CAA_RULE_NOT_AUTHORIZED, 1);
}

static void a_set_of_iodef_or_unknown_tags_does_not_restrict_but_stops_the_climb(void **state) {
    (void)state;
    static const char *const sets[] = {
        "0 iodef \"mailto:a@example\"",
        "128 iodef \"mailto:a@example\"",
        "0 tbs \"Unknown\"",
        "0 tbs \"Unknown\"\n0 auth \"x\"\n0 iodef \"mailto:a@example\"",
        "128 contactemail \"a@example\"\n128 contactphone \"+1\"\n128 issuevmc \";\"",
        "128 issuemail \";\"",
        "0 issuewild \";\"",
        "128 issuewild \"ca2.example\"",
    };
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        struct rrset set, forbidding;
        const struct caa_answer *answers[] = {rrset_of(&set, sets[i]),
                                              rrset_of(&forbidding, "0 issue \";\"")};
        struct caa_decision decision;
        caa_decide(&decision, &for_name, answers, 2);
        assert_int_equal(decision.rule, CAA_RULE_UNRESTRICTED);
        assert_int_equal(decision.verdict, CAA_VERDICT_ALLOWED);
        assert_int_equal(decision.level, 0);
        assert_int_equal(decision.record, CAA_RECORD_NONE);
    }
}

static void a_critical_unknown_tag_denies_whatever_else_is_authorized(void **state) {
    (void)state;
    assert_rule(&for_name, "0 issue \"ca.example\"\n128 tbs \"Unknown\"",
                CAA_RULE_CRITICAL_UNKNOWN, 1);
    assert_rule(&for_name, "192 tbs \"Unknown\"\n0 issue \"ca.example\"",
                CAA_RULE_CRITICAL_UNKNOWN, 0);
    assert_rule(&for_wildcard, "128 tbs \"Unknown\"", CAA_RULE_CRITICAL_UNKNOWN, 0);
    assert_rule(&for_mail, "0 issuemail \"ca.example\"\n128 tbs \"x\"",
                CAA_RULE_CRITICAL_UNKNOWN, 1);
}

static void reserved_tags_deny_where_they_are_critical(void **state) {
    (void)state;
    assert_rule(&for_name, "0 issue \"ca.example\"\n128 auth \"x\"", CAA_RULE_CRITICAL_UNKNOWN,
                1);
    assert_rule(&for_name, "0 issue \"ca.example\"\n128 PATH \"x\"", CAA_RULE_CRITICAL_UNKNOWN,
                1);
    assert_rule(&for_name, "0 issue \"ca.example\"\n128 policy \"x\"",
                CAA_RULE_CRITICAL_UNKNOWN, 1);
    assert_rule(&for_name, "0 issue \"ca.example\"\n127 policy \"x\"", CAA_RULE_AUTHORIZED, 0);
}

static void flags_other_than_critical_change_nothing(void **state) {
    (void)state;
    for (int flags = 0; flags < 256; flags++) {
        char lines[64];
        snprintf(lines, sizeof lines, "%d issue \"ca.example\"", flags);
        assert_rule(&for_name, lines, CAA_RULE_AUTHORIZED, 0);
        snprintf(lines, sizeof lines, "%d tbs \"x\"", flags);
        bool critical = flags >= 128;
        assert_rule(&for_name, lines,
                    critical ? CAA_RULE_CRITICAL_UNKNOWN : CAA_RULE_UNRESTRICTED,
                    critical ? 0 : CAA_RECORD_NONE);
    }
}

static void tags_are_obeyed_whatever_their_case(void **state) {
    (void)state;
    assert_rule(&for_name, "0 ISSUE \";\"", CAA_RULE_NOT_AUTHORIZED, 0);
    assert_rule(&for_wildcard, "0 issue \"ca.example\"\n0 IssueWild \";\"",
                CAA_RULE_NOT_AUTHORIZED, 1);
    assert_rule(&for_name, "128 IODEF \"mailto:a@b\"", CAA_RULE_UNRESTRICTED, CAA_RECORD_NONE);
}

static void a_malformed_value_authorizes_nobody_and_cancels_nothing(void **state) {
    (void)state;
    assert_rule(&for_name, "0 issue \"%%%%%\"", CAA_RULE_NOT_AUTHORIZED, 0);
    assert_rule(&for_name, "0 issue \"ca.example; a=b;\"", CAA_RULE_NOT_AUTHORIZED, 0);
    assert_rule(&for_name, "0 issue \"ca_1.example\"\n0 issue \"ca.example\"",
                CAA_RULE_AUTHORIZED, 1);
    assert_rule(&for_name, "0 issue \"ca.example\"\n0 issue \"%%%%%\"", CAA_RULE_AUTHORIZED, 0);
}

static void an_empty_issuer_beside_another_changes_nothing(void **state) {
    (void)state;
    assert_rule(&for_name, "0 issue \";\"\n0 issue \"ca.example\"", CAA_RULE_AUTHORIZED, 1);
}

/* ---- wildcards and mail ---- */

static void an_issuewild_hides_every_issue_for_a_wildcard(void **state) {
    (void)state;
    static const char lines[] = "0 issue \"ca.example\"\n0 issuewild \"ca2.example\"";
    assert_rule(&for_wildcard, lines, CAA_RULE_NOT_AUTHORIZED, 1);
    assert_rule(&for_name, lines, CAA_RULE_AUTHORIZED, 0);
    struct caa_decision decision = decide_set(&for_wildcard, lines);
    assert_finding_at(&decision, CAA_FINDING_ISSUE_HIDDEN, 0);
    decision = decide_set(&for_name, lines);
    assert_false(has_finding(&decision, CAA_FINDING_ISSUE_HIDDEN));
}

static void only_an_issue_is_told_to_be_hidden(void **state) {
    (void)state;
    struct caa_decision decision =
        decide_set(&for_wildcard, "128 iodef \"mailto:a@b\"\n0 issuewild \";\"");
    assert_int_equal(decision.finding_count, 0);
}

static void a_malformed_issuewild_still_hides_every_issue_for_a_wildcard(void **state) {
    (void)state;
    static const char lines[] = "0 issue \"ca.example\"\n0 issuewild \"%%%%%\"";
    assert_rule(&for_wildcard, lines, CAA_RULE_NOT_AUTHORIZED, 1);
    assert_rule(&for_name, lines, CAA_RULE_AUTHORIZED, 0);
}

static void without_issuewild_issue_counts_for_a_wildcard(void **state) {
    (void)state;
    assert_rule(&for_wildcard, "0 issue \"ca.example\"", CAA_RULE_AUTHORIZED, 0);
    assert_rule(&for_wildcard, "0 issue \"ca2.example\"", CAA_RULE_NOT_AUTHORIZED, 0);
}

static void an_issuewild_is_ignored_for_any_other_name(void **state) {
    (void)state;
    assert_rule(&for_name, "0 issuewild \"ca.example\"\n0 issue \"ca2.example\"",
                CAA_RULE_NOT_AUTHORIZED, 1);
    assert_rule(&for_name, "0 issuewild \";\"\n0 issue \"ca.example\"", CAA_RULE_AUTHORIZED, 1);
}

static void mail_is_restricted_by_issuemail_alone(void **state) {
    (void)state;
    assert_rule(&for_mail, "0 issue \";\"\n0 issuewild \";\"", CAA_RULE_UNRESTRICTED,
                CAA_RECORD_NONE);
    assert_rule(&for_mail, "0 issue \"ca.example\"\n0 issuemail \";\"", CAA_RULE_NOT_AUTHORIZED,
                1);
    assert_rule(&for_mail, "0 issue \";\"\n0 issuemail \"ca.example\"", CAA_RULE_AUTHORIZED, 1);
    assert_rule(&for_mail, "0 issuemail \"%%\"", CAA_RULE_NOT_AUTHORIZED, 0);
    assert_rule(&for_name, "0 issue \"ca.example\"\n0 issuemail \";\"", CAA_RULE_AUTHORIZED, 0);
}

static void mail_for_a_wildcard_is_mail(void **state) {
    (void)state;
    struct caa_request request = for_mail;
    request.wildcard = true;
    assert_rule(&request, "0 issuewild \";\"\n0 issuemail \"ca.example\"", CAA_RULE_AUTHORIZED,
                1);
    assert_rule(&request, "0 issuewild \";\"", CAA_RULE_UNRESTRICTED, CAA_RECORD_NONE);
    struct caa_decision decision =
        decide_set(&request, "0 issue \";\"\n0 issuewild \"ca2.example\"");
    assert_false(has_finding(&decision, CAA_FINDING_ISSUE_HIDDEN));
}

/* ---- account and method ---- */

static unsigned needs_of(const char *lines) {
    return decide_set(&for_name, lines).needs;
}

static void what_is_missing_is_told_where_it_would_help(void **state) {
    (void)state;
    static const char account[] = "0 issue \"ca.example; accounturi=x\"";
    static const char method[] = "0 issue \"ca.example; validationmethods=dns-01\"";
    static const char both[] = "0 issue \"ca.example; accounturi=x; validationmethods=dns-01\"";
    char lines[256];
    assert_int_equal(needs_of(account), CAA_NEEDS_ACCOUNT);
    assert_int_equal(needs_of(method), CAA_NEEDS_METHOD);
    assert_int_equal(needs_of(both), CAA_NEEDS_ACCOUNT | CAA_NEEDS_METHOD);
    snprintf(lines, sizeof lines, "%s\n%s", account, method);
    assert_int_equal(needs_of(lines), CAA_NEEDS_ACCOUNT | CAA_NEEDS_METHOD);
    assert_rule(&for_name, lines, CAA_RULE_NOT_AUTHORIZED, 0);
}

static void nothing_is_missing_where_nothing_would_help(void **state) {
    (void)state;
    assert_int_equal(needs_of("0 issue \"ca2.example; accounturi=x\""), 0);
    assert_int_equal(needs_of("0 issue \"ca.example; accounturi=\""), 0);
    assert_int_equal(needs_of("0 issue \"ca.example; validationmethods=\""), 0);
    assert_int_equal(needs_of("0 issue \"ca.example; accounturi=x; validationmethods=\""), 0);
    assert_int_equal(needs_of("0 issue \"ca.example; accounturi=x; accounturi=x\""), 0);
    assert_int_equal(needs_of("0 issue \"ca.example; accounturi=x\"\n0 issue \"ca.example\""),
                     0);
    assert_int_equal(needs_of("0 issue \"ca.example; accounturi=x\"\n128 tbs \"x\""), 0);
    assert_int_equal(needs_of("0 issue \"ca.example; accounturi=x\"\n\\# 0"), 0);
    assert_int_equal(needs_of("0 issuewild \"ca.example; accounturi=x\""), 0);
}

static void a_hidden_issue_needs_nothing(void **state) {
    (void)state;
    struct caa_decision decision = decide_set(
        &for_wildcard, "0 issue \"ca.example; accounturi=x\"\n0 issuewild \"ca2.example\"");
    assert_int_equal(decision.needs, 0);
}

/* ---- findings ---- */

static void findings_say_what_is_odd_and_where(void **state) {
    (void)state;
    assert_only_finding("0 issue \"ca_1\"", CAA_FINDING_MALFORMED_VALUE, 0, 2);
    assert_only_finding("0 issue \";\"\n0 issuewild \"%\"", CAA_FINDING_MALFORMED_VALUE, 1, 0);
    assert_only_finding("0 issuemail \"a b\"", CAA_FINDING_MALFORMED_VALUE, 0, 2);
    assert_only_finding("0 issue \"a; accounturi=x; accounturi=y\"",
                        CAA_FINDING_MALFORMED_ACCOUNTURI, 0, 17);
    assert_only_finding("0 issue \"a; validationmethods=,\"",
                        CAA_FINDING_MALFORMED_VALIDATIONMETHODS, 0, 21);
    assert_only_finding("\\# 2 0000", CAA_FINDING_UNREADABLE_RDATA, 0, 1);
    assert_only_finding("0 tbs \"x\"", CAA_FINDING_UNKNOWN_TAG, 0, 0);
    assert_only_finding("0 policy \"x\"", CAA_FINDING_RESERVED_TAG, 0, 0);
    assert_only_finding("128 tbs \"x\"", CAA_FINDING_CRITICAL_UNKNOWN, 0, 0);
    assert_only_finding("64 issue \";\"", CAA_FINDING_UNDEFINED_FLAGS, 0, 0);
    assert_only_finding("1 issue \";\"", CAA_FINDING_UNDEFINED_FLAGS, 0, 0);
    assert_only_finding("0 issue \"a;  account=1; policy=2\"", CAA_FINDING_UNKNOWN_PARAMETER, 0,
                        4);
}

static void what_is_in_order_has_no_finding(void **state) {
    (void)state;
    struct caa_decision decision =
        decide_set(&for_name, "128 issue \"ca.example; accounturi=x; validationmethods=\"\n"
                              "0 issuewild \";\"\n128 iodef \"mailto:a@b\"\n0 issuemail \"\"");
    assert_int_equal(decision.finding_count, 0);
}

static void the_critical_alias_is_told_on_an_unknown_tag(void **state) {
    (void)state;
    struct caa_decision decision = decide_set(&for_name, "1 tbs \"x\"");
    assert_true(has_finding(&decision, CAA_FINDING_CRITICAL_ALIAS));
    assert_true(has_finding(&decision, CAA_FINDING_UNKNOWN_TAG));
    assert_false(has_finding(&decision, CAA_FINDING_UNDEFINED_FLAGS));
    decision = decide_set(&for_name, "3 tbs \"x\"");
    assert_true(has_finding(&decision, CAA_FINDING_CRITICAL_ALIAS));
    assert_true(has_finding(&decision, CAA_FINDING_UNDEFINED_FLAGS));
    decision = decide_set(&for_name, "129 tbs \"x\"");
    assert_false(has_finding(&decision, CAA_FINDING_CRITICAL_ALIAS));
    assert_true(has_finding(&decision, CAA_FINDING_CRITICAL_UNKNOWN));
}

static void both_malformed_bindings_are_told(void **state) {
    (void)state;
    struct caa_decision decision =
        decide_set(&for_name, "0 issue \"a; accounturi=x; accounturi=x; validationmethods=,\"");
    assert_true(has_finding(&decision, CAA_FINDING_MALFORMED_ACCOUNTURI));
    assert_true(has_finding(&decision, CAA_FINDING_MALFORMED_VALIDATIONMETHODS));
    assert_false(has_finding(&decision, CAA_FINDING_MALFORMED_VALUE));
}

static void findings_are_bounded_and_what_is_dropped_is_counted(void **state) {
    (void)state;
    struct rrset set;
    rrset_of(&set, "");
    for (int i = 0; i < RRSET_MAX - 1; i++) rrset_add(&set, "0 tbs \"x\"");
    rrset_add(&set, "0 issue \"ca.example\"");
    struct caa_decision decision = decide_answer(&set.answer);
    assert_int_equal(decision.rule, CAA_RULE_AUTHORIZED);
    assert_int_equal(decision.record, RRSET_MAX - 1);
    assert_int_equal(decision.finding_count, CAA_FINDINGS_MAX);
    assert_int_equal(decision.findings_dropped, RRSET_MAX - 1 - CAA_FINDINGS_MAX);
}

static void findings_are_about_the_relevant_set_only(void **state) {
    (void)state;
    struct rrset near, far;
    const struct caa_answer *answers[] = {rrset_of(&near, "0 issue \"ca.example\""),
                                          rrset_of(&far, "0 tbs \"x\"\n0 issue \"%\"")};
    struct caa_decision decision;
    caa_decide(&decision, &for_name, answers, 2);
    assert_int_equal(decision.finding_count, 0);
}

/* ---- the examples of the RFCs ---- */

static void the_examples_of_rfc_8659_are_obeyed(void **state) {
    (void)state;
    static const char ca1[] = "ca1.example.net", ca2[] = "ca2.example.org",
                      ca3[] = "ca3.example.com";
    static const char certs[] = "0 issue \"ca1.example.net\"\n0 issue \"ca2.example.org\"";
    static const char wild[] = "0 issue \"ca1.example.net\"\n0 issuewild \"ca2.example.org\"";
    static const char wild2[] = "0 issue \"ca1.example.net\"";
    static const char wild3[] = "0 issuewild \"ca2.example.org\"\n0 issue \";\"";
    static const char only_wild[] = "0 issuewild \"ca2.example.org\"";
    static const char new_tag[] = "0 issue \"ca1.example.net\"\n128 tbs \"Unknown\"";
    static const char report[] = "0 issue \"ca1.example.net\"\n"
                                 "0 iodef \"mailto:security@example.com\"\n"
                                 "0 iodef \"https://iodef.example.com/\"";
    const struct {
        const char *lines, *issuer;
        bool wildcard, allowed;
    } cases[] = {
        {certs, ca1, false, true},
        {certs, ca2, false, true},
        {certs, ca3, false, false},
        {"0 issue \";\"", ca1, false, false},
        {"0 issue \"%%%%%\"", ca1, false, false},
        {"0 issue \"ca1.example.net; account=230123\"", ca1, false, true},
        {wild, ca1, false, true},
        {wild, ca2, false, false},
        {wild, ca1, true, false},
        {wild, ca2, true, true},
        {wild2, ca1, false, true},
        {wild2, ca1, true, true},
        {wild2, ca2, true, false},
        {wild3, ca1, false, false},
        {wild3, ca2, false, false},
        {wild3, ca1, true, false},
        {wild3, ca2, true, true},
        {only_wild, ca3, false, true},
        {only_wild, ca3, true, false},
        {report, ca1, false, true},
        {report, ca2, false, false},
        {new_tag, ca1, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum caa_verdict verdict =
            verdict_for(cases[i].issuer, cases[i].wildcard, cases[i].lines);
        if (verdict != (cases[i].allowed ? CAA_VERDICT_ALLOWED : CAA_VERDICT_FORBIDDEN))
            fail_msg("%s\nfor %s%s: %s", cases[i].lines, cases[i].issuer,
                     cases[i].wildcard ? " (wildcard)" : "", caa_verdict_code(verdict));
    }
}

static void the_examples_of_rfc_8657_are_obeyed(void **state) {
    (void)state;
#define ACCOUNT(number) "https://example.net/account/" number
    static const char accounts[] = "0 issue \"example.net; accounturi=" ACCOUNT(
        "1234") "\"\n"
                "0 issue \"example.net; accounturi=" ACCOUNT("2345") "\"";
    static const char methods[] = "0 issue \"example.net; validationmethods=dns-01,xyz-01\"";
    static const char methods_apart[] = "0 issue \"example.net; validationmethods=dns-01\"\n"
                                        "0 issue \"example.net; validationmethods=xyz-01\"";
    static const char pairs[] = "0 issue \"example.net; accounturi=" ACCOUNT(
        "1234") "; validationmethods=dns-01\"\n"
                "0 issue \"example.net; accounturi=" ACCOUNT(
                    "2345") "; validationmethods=http-01\"";
    static const char ca_label[] = "0 issue \"example.net; validationmethods=dns-01,ca-foo\"";
    const struct {
        const char *lines, *account, *method;
        bool allowed;
    } cases[] = {
        {accounts, ACCOUNT("1234"), "http-01", true},
        {accounts, ACCOUNT("2345"), "dns-01", true},
        {accounts, ACCOUNT("3456"), "dns-01", false},
        {methods, ACCOUNT("1"), "dns-01", true},
        {methods, ACCOUNT("1"), "xyz-01", true},
        {methods, ACCOUNT("1"), "http-01", false},
        {methods_apart, ACCOUNT("1"), "dns-01", true},
        {methods_apart, ACCOUNT("1"), "xyz-01", true},
        {methods_apart, ACCOUNT("1"), "http-01", false},
        {pairs, ACCOUNT("1234"), "dns-01", true},
        {pairs, ACCOUNT("1234"), "http-01", false},
        {pairs, ACCOUNT("2345"), "http-01", true},
        {pairs, ACCOUNT("2345"), "dns-01", false},
        {ca_label, ACCOUNT("1"), "ca-foo", true},
        {ca_label, ACCOUNT("1"), "tls-alpn-01", false},
    };
#undef ACCOUNT
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct caa_slice issuer = caa_slice_of("example.net");
        const struct caa_slice account = caa_slice_of(cases[i].account);
        const struct caa_slice method = caa_slice_of(cases[i].method);
        struct caa_request request = request_by(&issuer, false);
        request.account_uris = &account;
        request.account_uri_count = 1;
        request.method_labels = &method;
        request.method_label_count = 1;
        struct caa_decision decision = decide_set(&request, cases[i].lines);
        if ((decision.verdict == CAA_VERDICT_ALLOWED) != cases[i].allowed)
            fail_msg("%s\nfor %s by %s: %s", cases[i].lines, cases[i].account, cases[i].method,
                     caa_verdict_code(decision.verdict));
        assert_int_equal(decision.needs, 0);
    }
}

static void every_code_and_text_is_there(void **state) {
    (void)state;
    assert_string_equal(caa_verdict_code(CAA_VERDICT_UNDECIDED), "undecided");
    assert_string_equal(caa_rule_code(CAA_RULE_NO_SUCH_TLD), "no-such-tld");
    assert_string_equal(caa_rule_text(CAA_RULE_AUTHORIZED),
                        "a CAA record authorizes the issuer");
    assert_string_equal(caa_finding_code(CAA_FINDING_ISSUE_HIDDEN), "issue-hidden");
    assert_string_equal(caa_finding_text(CAA_FINDING_UNREADABLE_RDATA),
                        "the record cannot be read");
    assert_string_equal(caa_verdict_code((enum caa_verdict)99), "?");
    assert_string_equal(caa_rule_code((enum caa_rule)99), "?");
    assert_string_equal(caa_rule_text((enum caa_rule)99), "?");
    assert_string_equal(caa_finding_code((enum caa_finding_kind)99), "?");
    assert_string_equal(caa_finding_text((enum caa_finding_kind)99), "?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_set_that_is_not_empty_is_the_relevant_one),
        cmocka_unit_test(without_any_caa_every_ca_may_issue),
        cmocka_unit_test(a_name_that_does_not_exist_is_empty_below_the_tld),
        cmocka_unit_test(a_tld_that_does_not_exist_is_a_failure),
        cmocka_unit_test(a_tld_that_does_not_exist_does_not_matter_behind_a_nearer_set),
        cmocka_unit_test(a_nearer_set_decides_while_farther_lookups_are_pending),
        cmocka_unit_test(a_farther_set_waits_for_every_nearer_answer),
        cmocka_unit_test(a_failure_never_falls_through_to_a_farther_level),
        cmocka_unit_test(a_failure_behind_a_nearer_set_does_not_matter),
        cmocka_unit_test(a_failure_is_traced_to_the_farthest_ancestor_that_failed_with_it),
        cmocka_unit_test(a_retry_helps_where_the_cause_may_pass),
        cmocka_unit_test(no_level_at_all_is_no_permission),
        cmocka_unit_test(what_is_decided_early_is_what_all_answers_would_say),
        cmocka_unit_test(no_permission_ever_lies_behind_a_failure_or_an_open_question),
        cmocka_unit_test(a_failure_that_may_pass_by_itself_is_worth_a_retry),
        cmocka_unit_test(whatever_is_bogus_has_failed),
        cmocka_unit_test(data_that_nobody_validated_has_failed),
        cmocka_unit_test(an_answer_that_contradicts_itself_has_failed),
        cmocka_unit_test(an_outcome_out_of_range_has_failed),
        cmocka_unit_test(a_zeroed_answer_has_failed),
        cmocka_unit_test(one_unreadable_record_makes_the_whole_set_a_failure),
        cmocka_unit_test(an_unreadable_set_is_not_climbed_past),
        cmocka_unit_test(the_first_record_that_authorizes_decides),
        cmocka_unit_test(without_a_record_for_it_the_issuer_is_not_authorized),
        cmocka_unit_test(the_record_that_names_the_issuer_is_told_before_others),
        cmocka_unit_test(a_set_of_iodef_or_unknown_tags_does_not_restrict_but_stops_the_climb),
        cmocka_unit_test(a_critical_unknown_tag_denies_whatever_else_is_authorized),
        cmocka_unit_test(reserved_tags_deny_where_they_are_critical),
        cmocka_unit_test(flags_other_than_critical_change_nothing),
        cmocka_unit_test(tags_are_obeyed_whatever_their_case),
        cmocka_unit_test(a_malformed_value_authorizes_nobody_and_cancels_nothing),
        cmocka_unit_test(an_empty_issuer_beside_another_changes_nothing),
        cmocka_unit_test(an_issuewild_hides_every_issue_for_a_wildcard),
        cmocka_unit_test(only_an_issue_is_told_to_be_hidden),
        cmocka_unit_test(a_malformed_issuewild_still_hides_every_issue_for_a_wildcard),
        cmocka_unit_test(without_issuewild_issue_counts_for_a_wildcard),
        cmocka_unit_test(an_issuewild_is_ignored_for_any_other_name),
        cmocka_unit_test(mail_is_restricted_by_issuemail_alone),
        cmocka_unit_test(mail_for_a_wildcard_is_mail),
        cmocka_unit_test(what_is_missing_is_told_where_it_would_help),
        cmocka_unit_test(nothing_is_missing_where_nothing_would_help),
        cmocka_unit_test(a_hidden_issue_needs_nothing),
        cmocka_unit_test(findings_say_what_is_odd_and_where),
        cmocka_unit_test(what_is_in_order_has_no_finding),
        cmocka_unit_test(the_critical_alias_is_told_on_an_unknown_tag),
        cmocka_unit_test(both_malformed_bindings_are_told),
        cmocka_unit_test(findings_are_bounded_and_what_is_dropped_is_counted),
        cmocka_unit_test(findings_are_about_the_relevant_set_only),
        cmocka_unit_test(the_examples_of_rfc_8659_are_obeyed),
        cmocka_unit_test(the_examples_of_rfc_8657_are_obeyed),
        cmocka_unit_test(every_code_and_text_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
