#include "fake.h"

#include "advise/advice.h"
#include "rrset.h"

/* A check of one name that stands in for the DNS: an answer for each level. */
struct world {
    struct caa_name names[4];
    struct caa_level levels[4];
    struct caa_check_result result;
    struct rrset set;
    struct caa_answer empty;
    struct caa_slice issuer, account, method;
    struct caa_arena *arena;
    const struct caa_advice *advice;
};

static void level_at(struct world *world, const char *name, const struct caa_answer *answer) {
    size_t i = world->result.level_count++;
    world->names[i] = fake_name(name);
    world->levels[i] = (struct caa_level){.name = &world->names[i], .answer = answer};
    world->result.levels = world->levels;
}

/* Advice for a.example, where these records are today; NULL for none. */
static enum caa_err make(struct world *world, const char *today, bool wildcard,
                         const char *account, const char *method) {
    struct caa_advice *advice = NULL;
    memset(world, 0, sizeof *world);
    world->empty = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    level_at(world, "a.example", today == NULL ? &world->empty : rrset_of(&world->set, today));
    world->issuer = caa_slice_of("ca.example");
    world->account = caa_slice_of(account);
    world->method = caa_slice_of(method);
    struct caa_request wish = {.name = fake_name("a.example"),
                               .wildcard = wildcard,
                               .issuer_domain_names = &world->issuer,
                               .issuer_domain_name_count = 1,
                               .account_uris = &world->account,
                               .account_uri_count = account != NULL,
                               .method_labels = &world->method,
                               .method_label_count = method != NULL};
    world->arena = caa_arena_new(1 << 20);
    enum caa_err err = caa_advice_make(&advice, world->arena, &wish, &wish.name, &world->result,
                                       &world->result, NULL);
    world->advice = advice;
    return err;
}

static void assert_set(const struct world *world, const char *expected) {
    char text[2048];
    struct caa_writer out = caa_writer_into(text, sizeof text);
    for (size_t i = 0; i < world->advice->record_count; i++) {
        struct caa_record record;
        assert_int_equal(caa_record_from_wire(&record, world->advice->records[i].rdata, NULL),
                         CAA_OK);
        caa_writer_char(&out, " +-"[world->advice->records[i].change]);
        caa_record_to_text(&record, &out);
        caa_writer_char(&out, '\n');
    }
    assert_string_equal(text, expected);
}

static void check_set(const char *today, bool wildcard, const char *account, const char *method,
                      const char *expected) {
    struct world world;
    assert_int_equal(make(&world, today, wildcard, account, method), CAA_OK);
    assert_set(&world, expected);
    caa_arena_free(world.arena);
}

#define ACCOUNT "https://ca.example/1"

static void the_ca_is_added_and_others_are_kept(void **state) {
    (void)state;
    check_set(NULL, false, NULL, NULL, "+0 issue \"ca.example\"\n");
    check_set("0 issue \"other.example\"\n0 iodef \"mailto:a@b.example\"", false, NULL, NULL,
              " 0 issue \"other.example\"\n 0 iodef \"mailto:a@b.example\"\n"
              "+0 issue \"ca.example\"\n");
    check_set("0 issue \"CA.example\"", false, NULL, NULL, " 0 issue \"CA.example\"\n");
}

static void a_wildcard_needs_an_issuewild_where_there_is_any(void **state) {
    (void)state;
    check_set("0 issue \"ca.example\"", true, NULL, NULL, " 0 issue \"ca.example\"\n");
    check_set("0 issue \"ca.example\"\n0 issuewild \";\"", true, NULL, NULL,
              " 0 issue \"ca.example\"\n 0 issuewild \";\"\n+0 issuewild \"ca.example\"\n");
    check_set("0 issue \"ca.example\"\n0 issuewild \";\"", false, NULL, NULL,
              " 0 issue \"ca.example\"\n 0 issuewild \";\"\n");
}

static void a_binding_takes_out_what_would_make_it_worthless(void **state) {
    (void)state;
    check_set("0 issue \"ca.example\"\n0 issue \"other.example\"", false, ACCOUNT, "dns-01",
              "-0 issue \"ca.example\"\n 0 issue \"other.example\"\n"
              "+0 issue \"ca.example; accounturi=" ACCOUNT "; validationmethods=dns-01\"\n");
    check_set("0 issue \"ca.example; accounturi=https://ca.example/2\"", false, ACCOUNT, NULL,
              " 0 issue \"ca.example; accounturi=https://ca.example/2\"\n"
              "+0 issue \"ca.example; accounturi=" ACCOUNT "\"\n");
}

static void a_binding_that_is_there_is_never_undone(void **state) {
    (void)state;
    check_set("0 issue \"ca.example; accounturi=" ACCOUNT "\"", false, NULL, NULL,
              " 0 issue \"ca.example; accounturi=" ACCOUNT "\"\n");
    check_set("0 issue \"ca.example; validationmethods=dns-01\"", false, ACCOUNT, NULL,
              "-0 issue \"ca.example; validationmethods=dns-01\"\n"
              "+0 issue \"ca.example; accounturi=" ACCOUNT "; validationmethods=dns-01\"\n");
}

static void what_cannot_stand_in_a_record_is_refused(void **state) {
    (void)state;
    struct world world;
    assert_int_equal(make(&world, NULL, false, "https://ca.example/1;2", NULL), CAA_ERR_SYNTAX);
    caa_arena_free(world.arena);
}

static enum caa_advice_state state_of(const char *today, enum caa_outcome outcome) {
    struct world world;
    assert_int_equal(make(&world, today, false, NULL, NULL), CAA_OK);
    if (outcome != CAA_OUTCOME_RECORDS) {
        struct caa_advice *advice = NULL;
        struct caa_request wish = world.advice->wish;
        struct caa_answer answer =
            answer_of(outcome, outcome == CAA_OUTCOME_NXDOMAIN ? CAA_SECURITY_SECURE
                                                               : CAA_SECURITY_INDETERMINATE);
        world.levels[0].answer = &answer;
        assert_int_equal(caa_advice_make(&advice, world.arena, &wish, &wish.name, &world.result,
                                         &world.result, NULL),
                         CAA_OK);
        assert_int_equal(advice->record_count, 0);
        world.advice = advice;
    }
    enum caa_advice_state found = world.advice->state;
    caa_arena_free(world.arena);
    return found;
}

static void nothing_is_advised_where_todays_set_is_not_known(void **state) {
    (void)state;
    assert_int_equal(state_of(NULL, CAA_OUTCOME_SERVFAIL), CAA_ADVICE_UNKNOWN);
    assert_int_equal(state_of(NULL, CAA_OUTCOME_BOGUS), CAA_ADVICE_UNKNOWN);
    assert_int_equal(state_of(NULL, CAA_OUTCOME_NXDOMAIN), CAA_ADVICE_NO_DOMAIN);
    assert_int_equal(state_of("\\# 2 0000", CAA_OUTCOME_RECORDS), CAA_ADVICE_UNREADABLE);
    assert_int_equal(state_of("128 tbs \"x\"", CAA_OUTCOME_RECORDS), CAA_ADVICE_CRITICAL);
    assert_int_equal(state_of("0 issue \"ca.example\"", CAA_OUTCOME_RECORDS),
                     CAA_ADVICE_PUBLISHED);
}

static bool warns_of(const char *today, enum caa_risk kind) {
    struct world world;
    bool found = false;
    assert_int_equal(make(&world, today, false, NULL, NULL), CAA_OK);
    for (size_t i = 0; i < world.advice->risk_count; i++)
        found |= world.advice->risks[i].kind == kind;
    caa_arena_free(world.arena);
    return found;
}

static void what_forbids_everybody_is_not_lifted_in_silence(void **state) {
    (void)state;
    assert_true(warns_of("0 issue \";\"", CAA_RISK_LIFTS_BAN));
    assert_false(warns_of("0 issue \";\"", CAA_RISK_CAS_KEPT));
    assert_false(warns_of("0 issue \"other.example\"", CAA_RISK_LIFTS_BAN));
    assert_false(warns_of(NULL, CAA_RISK_LIFTS_BAN));
    assert_true(warns_of("0 issue \"ca.example; a=b;\"", CAA_RISK_MALFORMED_KEPT));
    assert_false(warns_of("0 issue \"other.example\"", CAA_RISK_MALFORMED_KEPT));
}

/* --- certificates in use */

static enum caa_in_use_effect effect_of(const char *today, const char *line,
                                        const struct caa_answer *nearer) {
    struct world world, below = {.arena = NULL};
    struct caa_in_use_list list;
    int shield;
    assert_int_equal(make(&world, today, false, ACCOUNT, NULL), CAA_OK);
    assert_int_equal(caa_in_use_read(&list, caa_slice_of(line), "list", NULL), CAA_OK);
    assert_int_equal(list.count, 1);
    level_at(&below, "b.a.example", nearer);
    level_at(&below, "a.example", world.levels[0].answer);
    enum caa_in_use_effect effect =
        caa_advice_effect(world.advice, &list.items[0], &below.result, &shield);
    assert_int_equal(shield, effect == CAA_IN_USE_SHIELDED ? 0 : CAA_LEVEL_NONE);
    caa_in_use_free(&list);
    caa_arena_free(world.arena);
    return effect;
}

static void what_a_set_does_to_certificates_in_use(void **state) {
    (void)state;
    struct rrset own;
    struct caa_answer none = answer_of(CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    struct caa_answer failed = answer_of(CAA_OUTCOME_SERVFAIL, CAA_SECURITY_INDETERMINATE);
    const char *other = "b.a.example other.example";
    assert_int_equal(effect_of(NULL, "b.a.example ca.example " ACCOUNT, &none),
                     CAA_IN_USE_KEEPS);
    assert_int_equal(effect_of(NULL, "b.a.example ca.example", &none), CAA_IN_USE_MAY_LOSE);
    assert_int_equal(effect_of(NULL, other, &none), CAA_IN_USE_LOSES);
    assert_int_equal(effect_of("0 issue \"x.example\"", other, &none), CAA_IN_USE_LOST_BEFORE);
    assert_int_equal(effect_of(NULL, other, rrset_of(&own, "0 issue \"other.example\"")),
                     CAA_IN_USE_SHIELDED);
    assert_int_equal(effect_of(NULL, other, &failed), CAA_IN_USE_UNKNOWN);
    assert_int_equal(effect_of(NULL, other, NULL), CAA_IN_USE_UNKNOWN);
    assert_int_equal(effect_of(NULL, "b.c.example other.example", &none), CAA_IN_USE_OUTSIDE);
}

static void what_is_above_the_domain_does_not_count(void **state) {
    (void)state;
    struct world world;
    struct caa_answer failed = answer_of(CAA_OUTCOME_SERVFAIL, CAA_SECURITY_INDETERMINATE);
    assert_int_equal(make(&world, "0 issue \"ca.example\"", false, NULL, NULL), CAA_OK);
    level_at(&world, "example", &failed);
    world.result.request = world.advice->wish;
    assert_true(caa_advice_ends_climb(&world.names[0], &world.result));
    caa_arena_free(world.arena);
    assert_int_equal(make(&world, NULL, false, NULL, NULL), CAA_OK);
    level_at(&world, "example", &world.empty);
    world.result.request = world.advice->wish;
    assert_false(caa_advice_ends_climb(&world.names[0], &world.result));
    caa_arena_free(world.arena);
}

/* --- the list */

static void assert_refused(const char *text, const char *expected) {
    struct caa_in_use_list list;
    struct caa_diag diag;
    assert_int_equal(caa_in_use_read(&list, caa_slice_of(text), "list", &diag), CAA_ERR_SYNTAX);
    if (strstr(diag.text, expected) == NULL) fail_msg("%s: %s", text, diag.text);
}

static void a_list_of_certificates_has_lines_and_objects(void **state) {
    (void)state;
    struct caa_in_use_list list;
    const char *text = "# comment\n\nb.example  CA.example\r\n"
                       "{\"name\":\"*.a.example\",\"issuer\":\"ca.example\",\"serial\":7,"
                       "\"account\":null,\"method\":\"dns-01\"}\nb.example CA.example\n";
    assert_int_equal(caa_in_use_read(&list, caa_slice_of(text), "list", NULL), CAA_OK);
    assert_int_equal(list.count, 2);
    assert_string_equal(list.items[0].identifier.text, "*.a.example");
    assert_true(caa_slice_equal(list.items[0].method, caa_slice_of("dns-01")));
    assert_int_equal(list.items[0].account.len, 0);
    assert_int_equal(list.items[1].line, 3);
    caa_in_use_free(&list);
}

static void a_wrong_line_is_refused_by_its_number(void **state) {
    (void)state;
    assert_refused("a.example ca.example\nb.example\n", "list:2: a name and the issuer");
    assert_refused("a_b ca.example", "list:1: ");
    assert_refused("a.example *.ca.example", "not an issuer domain name");
    assert_refused("a.example ca.example x", "the account is not a URI");
    assert_refused("a.example ca.example a:b dns_01", "the method is not a label");
    assert_refused("a.example ca.example a:b c d", "more than four words");
    assert_refused("{\"name\":\"a.example\"", "not a JSON object");
    assert_refused("{\"name\":[\"a.example\"],\"issuer\":\"b.example\"}", "are strings");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ca_is_added_and_others_are_kept),
        cmocka_unit_test(a_wildcard_needs_an_issuewild_where_there_is_any),
        cmocka_unit_test(a_binding_takes_out_what_would_make_it_worthless),
        cmocka_unit_test(a_binding_that_is_there_is_never_undone),
        cmocka_unit_test(what_cannot_stand_in_a_record_is_refused),
        cmocka_unit_test(nothing_is_advised_where_todays_set_is_not_known),
        cmocka_unit_test(what_forbids_everybody_is_not_lifted_in_silence),
        cmocka_unit_test(what_a_set_does_to_certificates_in_use),
        cmocka_unit_test(what_is_above_the_domain_does_not_count),
        cmocka_unit_test(a_list_of_certificates_has_lines_and_objects),
        cmocka_unit_test(a_wrong_line_is_refused_by_its_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
