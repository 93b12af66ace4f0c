#include "show.h"

#include "fake.h"
#include "problem/detail.h"
#include "problem/document.h"
#include "problem/use.h"
#include "rrset.h"

#define ACME "urn:ietf:params:acme:error:"

enum { LEVELS = 3 };

/* A finished check of *.shop.example.net: the name, its parent, its TLD. */
struct scene {
    struct caa_name names[LEVELS];
    struct caa_answer answers[LEVELS];
    struct caa_level levels[LEVELS];
    struct caa_evidence evidence;
    struct rrset records;
    struct caa_slice issuer;
    struct caa_check_result result;
};

static struct caa_answer answer_with(enum caa_outcome outcome, enum caa_security security) {
    struct caa_answer answer = answer_of(outcome, security);
    answer.ede = -1;
    answer.rcode = caa_outcome_rcode(outcome);
    answer.reason = answer.ede_text = "";
    return answer;
}

static void begin(struct scene *scene) {
    static const char *const names[] = {"shop.example.net", "example.net", "net"};
    memset(scene, 0, sizeof *scene);
    scene->issuer = caa_slice_of("ca.example");
    for (int i = 0; i < LEVELS; i++) {
        scene->names[i] = fake_name(names[i]);
        scene->answers[i] = answer_with(CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    }
}

static const struct caa_check_result *decide(struct scene *scene) {
    const struct caa_answer *answers[LEVELS];
    for (int i = 0; i < LEVELS; i++) {
        answers[i] = &scene->answers[i];
        scene->levels[i] = (struct caa_level){&scene->names[i], answers[i], 0};
    }
    scene->result = (struct caa_check_result){
        .request = {.name = scene->names[0],
                    .wildcard = true,
                    .issuer_domain_names = &scene->issuer,
                    .issuer_domain_name_count = 1},
        .level_count = LEVELS,
        .levels = scene->levels,
        .started_at_us = 1763946000000000,
    };
    caa_decide(&scene->result.decision, &scene->result.request, answers, LEVELS);
    assert_true(scene->result.decision.decided);
    return &scene->result;
}

/* The lookup for net, and with it all others, comes to this. */
static const struct caa_check_result *fail_all(struct scene *scene, enum caa_outcome outcome) {
    bool bogus = outcome == CAA_OUTCOME_BOGUS;
    begin(scene);
    for (int i = 0; i < LEVELS; i++)
        scene->answers[i] =
            answer_with(outcome, bogus ? CAA_SECURITY_BOGUS : CAA_SECURITY_INDETERMINATE);
    return decide(scene);
}

static const struct caa_check_result *blame(struct scene *scene, enum caa_failure failure,
                                            enum caa_fault fault, uint32_t after_s) {
    fail_all(scene, CAA_OUTCOME_SERVFAIL);
    scene->evidence = (struct caa_evidence){.zone = fake_name("net"),
                                            .fault = fault,
                                            .failure = failure,
                                            .retry_advised = after_s > 0,
                                            .retry_after_s = after_s,
                                            .retry_why = "because"};
    scene->answers[LEVELS - 1].evidence = &scene->evidence;
    return decide(scene);
}

static const struct caa_check_result *find_records(struct scene *scene, const char *lines) {
    begin(scene);
    scene->answers[1] = *rrset_of(&scene->records, lines);
    scene->answers[1].reason = scene->answers[1].ede_text = "";
    return decide(scene);
}

static struct caa_problem_document document_of(const struct caa_check_result *result,
                                               enum caa_problem_place place) {
    const struct caa_problem_name name = {.result = result, .evidence_id = "evidence-7"};
    struct caa_problem_document document;
    assert_int_equal(caa_problem_of_check(&document, &name, 1, place), CAA_OK);
    assert_non_null(document.json);
    return document;
}

static const char *string_at(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "(none)" : text;
}

static int number_at(const json_t *object, const char *key) {
    const json_t *number = json_object_get(object, key);
    return json_is_integer(number) ? (int)json_integer_value(number) : -1;
}

static void assert_document(const struct caa_problem_document *document, const char *type,
                            const char *detail, int status) {
    assert_string_equal(string_at(document->json, "type"), type);
    assert_string_equal(string_at(document->json, "detail"), detail);
    assert_int_equal(document->status, status);
    assert_int_equal(number_at(document->json, "status"), status);
    const json_t *retry = json_object_get(json_object_get(document->json, "caa"), "retry");
    bool advised = json_is_true(json_object_get(retry, "advised"));
    assert_int_equal(advised, document->retry_after_s > 0);
    assert_int_equal(number_at(retry, "after_s"), advised ? (int)document->retry_after_s : -1);
}

/* A failed lookup, in a challenge and as an answer. */
static void assert_told(const struct caa_check_result *result, const char *detail,
                        bool passes) {
    for (int place = CAA_PROBLEM_IN_CHALLENGE; place <= CAA_PROBLEM_AS_ANSWER; place++) {
        struct caa_problem_document document = document_of(result, place);
        assert_document(&document, ACME "dns", detail,
                        passes && place == CAA_PROBLEM_AS_ANSWER ? 503 : 400);
        assert_int_equal(document.retry_after_s > 0, passes);
        caa_problem_document_free(&document);
    }
}

static void each_failure_is_told_to_the_letter(void **state) {
    (void)state;
    static const struct {
        enum caa_outcome outcome;
        const char *detail;
        bool passes;
    } told[] = {
        {CAA_OUTCOME_SERVFAIL,
         "DNS problem: SERVFAIL looking up CAA for net - the domain's nameservers may be "
         "malfunctioning",
         true},
        {CAA_OUTCOME_REFUSED, "DNS problem: REFUSED looking up CAA for net", true},
        {CAA_OUTCOME_TIMEOUT, "DNS problem: query timed out looking up CAA for net", true},
        {CAA_OUTCOME_NETWORK, "DNS problem: networking error looking up CAA for net", true},
        {CAA_OUTCOME_TRUNCATED, "DNS problem: response was truncated looking up CAA for net",
         true},
        {CAA_OUTCOME_MALFORMED,
         "DNS problem: server failure at resolver looking up CAA for net", false},
        {CAA_OUTCOME_BOGUS, "DNS problem: looking up CAA for net: DNSSEC: Bogus", false},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct scene scene;
        char detail[256] = "While processing CAA for *.shop.example.net: ";
        strcat(detail, told[i].detail);
        assert_told(fail_all(&scene, told[i].outcome), detail, told[i].passes);
    }
}

static void other_response_codes_are_named_as_in_boulder(void **state) {
    (void)state;
    static const struct {
        uint8_t rcode;
        const char *name;
    } known[] = {
        {1, "FORMERR"}, {4, "NOTIMP"}, {5, "REFUSED"}, {9, "NOTAUTH"}, {13, "RCODE13"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct scene scene;
        char detail[256];
        fail_all(&scene, CAA_OUTCOME_RCODE);
        for (int level = 0; level < LEVELS; level++)
            scene.answers[level].rcode = known[i].rcode;
        snprintf(detail, sizeof detail,
                 "While processing CAA for *.shop.example.net: DNS problem: %s looking up CAA "
                 "for net",
                 known[i].name);
        assert_told(decide(&scene), detail, true);
    }
}

static void an_extended_error_says_why(void **state) {
    (void)state;
    static const struct {
        int code;
        const char *text, *said;
    } errors[] = {
        {22, "at delegation net", "No Reachable Authority: at delegation net"},
        {23, "", "Network Error between Resolver and Authority"},
        {9, "no DNSKEY\n\x1b[31mfor net", "DNSSEC: DNSKEY Missing: no DNSKEY??[31mfor net"},
        {4711, "x", "Unknown Extended DNS Error code 4711: x"},
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct scene scene;
        char detail[256];
        fail_all(&scene, CAA_OUTCOME_SERVFAIL);
        scene.answers[LEVELS - 1].ede = errors[i].code;
        scene.answers[LEVELS - 1].ede_text = errors[i].text;
        snprintf(detail, sizeof detail,
                 "While processing CAA for *.shop.example.net: DNS problem: looking up CAA for "
                 "net: %s",
                 errors[i].said);
        assert_told(decide(&scene), detail, true);
    }
}

static void the_validators_reason_is_told(void **state) {
    (void)state;
    struct scene scene;
    fail_all(&scene, CAA_OUTCOME_BOGUS);
    scene.answers[LEVELS - 1].reason = "signature expired";
    assert_told(decide(&scene),
                "While processing CAA for *.shop.example.net: DNS problem: looking up CAA for "
                "net: DNSSEC: Bogus: signature expired",
                false);
}

static void a_top_level_domain_that_does_not_exist(void **state) {
    (void)state;
    struct scene scene;
    begin(&scene);
    for (int i = 0; i < LEVELS; i++)
        scene.answers[i] = answer_with(CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE);
    assert_told(decide(&scene),
                "While processing CAA for *.shop.example.net: DNS problem: NXDOMAIN looking up "
                "CAA for net - check that a DNS record exists for this domain",
                false);
}

static void a_record_that_cannot_be_read(void **state) {
    (void)state;
    struct scene scene;
    find_records(&scene, "0 issue \";\"");
    scene.records.rdata[0] = caa_slice_bytes("\0\0", 2);
    assert_told(decide(&scene),
                "While processing CAA for *.shop.example.net: DNS problem: server failure at "
                "resolver looking up CAA for example.net",
                false);
}

static void a_refusal_never_has_a_time_to_try_again(void **state) {
    (void)state;
    for (int place = CAA_PROBLEM_IN_CHALLENGE; place <= CAA_PROBLEM_AS_ANSWER; place++) {
        struct scene scene;
        struct caa_problem_document document =
            document_of(find_records(&scene, "0 issue \"other.example\""), place);
        assert_document(&document, ACME "caa",
                        "While processing CAA for *.shop.example.net: CAA record for "
                        "example.net prevents issuance",
                        403);
        assert_int_equal(document.retry_after_s, 0);
        const json_t *caa = json_object_get(document.json, "caa");
        assert_string_equal(string_at(caa, "fault"), "policy");
        assert_string_equal(string_at(caa, "kind"), "not-authorized");
        assert_string_equal(string_at(caa, "owner"), "example.net");
        assert_true(json_is_null(json_object_get(caa, "zone")));
        caa_problem_document_free(&document);
    }
}

static void what_a_rescue_found_is_passed_on(void **state) {
    (void)state;
    struct scene scene;
    struct caa_problem_document document = document_of(
        blame(&scene, CAA_FAILURE_SILENT, CAA_FAULT_REGISTRY, 47), CAA_PROBLEM_AS_ANSWER);
    assert_int_equal(document.retry_after_s, 47);
    assert_int_equal(document.status, 503);
    const json_t *caa = json_object_get(document.json, "caa");
    assert_string_equal(string_at(caa, "name"), "*.shop.example.net");
    assert_string_equal(string_at(caa, "problem"), "servfail");
    assert_string_equal(string_at(caa, "owner"), "net");
    assert_string_equal(string_at(caa, "fault"), "registry");
    assert_string_equal(string_at(caa, "zone"), "net");
    assert_string_equal(string_at(caa, "kind"), "silent");
    assert_string_equal(string_at(caa, "evidence"), "evidence-7");
    assert_string_equal(string_at(json_object_get(caa, "retry"), "why"), "because");
    caa_problem_document_free(&document);
}

static void a_time_to_try_again_is_there_exactly_where_it_may_help(void **state) {
    (void)state;
    for (int failure = CAA_FAILURE_NONE; failure <= CAA_FAILURE_RECURSOR; failure++)
        for (int fault = CAA_FAULT_NONE; fault <= CAA_FAULT_UNKNOWN; fault++)
            for (uint32_t after_s = 0; after_s <= 1; after_s++) {
                struct scene scene;
                const struct caa_check_result *result = blame(&scene, failure, fault, after_s);
                struct caa_problem_document document =
                    document_of(result, CAA_PROBLEM_AS_ANSWER);
                assert_int_equal(result->decision.retry_helps, after_s > 0);
                assert_int_equal(document.retry_after_s, after_s);
                assert_int_equal(document.status, after_s > 0 ? 503 : 400);
                caa_problem_document_free(&document);
            }
}

static void what_is_allowed_has_no_problem(void **state) {
    (void)state;
    struct scene scene;
    const struct caa_problem_name name = {.result =
                                              find_records(&scene, "0 issue \"ca.example\"")};
    struct caa_problem_document document;
    assert_int_equal(caa_problem_of_check(&document, &name, 1, CAA_PROBLEM_AS_ANSWER), CAA_OK);
    assert_null(document.json);
    assert_int_equal(document.status, 0);
    assert_int_equal(document.retry_after_s, 0);
    struct caa_problem_facts facts;
    caa_problem_of_result(&facts, name.result);
    assert_int_equal(facts.problem, CAA_PROBLEM_NONE);
}

static void names_that_are_not_checked(void **state) {
    (void)state;
    static const struct {
        struct caa_problem_name name;
        const char *type, *detail;
    } told[] = {
        {{.unchecked = CAA_PROBLEM_IP_ADDRESS, .given = {" 192.0.2.1", 10}},
         ACME "rejectedIdentifier",
         "Cannot issue for \"192.0.2.1\": CAA speaks of domain names only, and this is an IP "
         "address"},
        {{.unchecked = CAA_PROBLEM_ONION, .given = {"a.onion", 7}},
         ACME "rejectedIdentifier",
         "Cannot issue for \"a.onion\": an .onion name is never looked up in the DNS (RFC "
         "7686)"},
        {{.unchecked = CAA_PROBLEM_NOT_A_NAME, .given = {"a\xff\n", 3}, .reason = "no\a name"},
         ACME "malformed",
         "Cannot issue for \"a??\": no? name"},
    };
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct caa_problem_document document;
        assert_int_equal(
            caa_problem_of_check(&document, &told[i].name, 1, CAA_PROBLEM_AS_ANSWER), CAA_OK);
        assert_document(&document, told[i].type, told[i].detail, 400);
        caa_problem_document_free(&document);
    }
}

static struct caa_problem_document several(const struct caa_check_result *const *results,
                                           size_t count) {
    struct caa_problem_name names[4];
    struct caa_problem_document document;
    for (size_t i = 0; i < count; i++)
        names[i] = (struct caa_problem_name){.result = results[i]};
    assert_int_equal(caa_problem_of_check(&document, names, count, CAA_PROBLEM_AS_ANSWER),
                     CAA_OK);
    return document;
}

static void several_names_are_told_one_by_one(void **state) {
    (void)state;
    struct scene first, second, allowed;
    const struct caa_check_result *const results[] = {
        find_records(&allowed, "0 issue \"ca.example\""),
        blame(&first, CAA_FAILURE_SILENT, CAA_FAULT_REGISTRY, 47),
        blame(&second, CAA_FAILURE_SERVFAIL, CAA_FAULT_REGISTRY, 52)};
    struct caa_problem_document document = several(results, 3);
    assert_document(&document, ACME "dns",
                    "Rechecking CAA for \"*.shop.example.net\" and 1 more identifiers failed. "
                    "Refer to sub-problems for more information",
                    503);
    assert_int_equal(document.retry_after_s, 52);
    const json_t *caa = json_object_get(document.json, "caa");
    assert_string_equal(string_at(caa, "problem"), "several");
    assert_string_equal(string_at(caa, "fault"), "registry");
    assert_string_equal(string_at(caa, "zone"), "net");
    const json_t *subproblems = json_object_get(document.json, "subproblems");
    assert_int_equal(json_array_size(subproblems), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *one = json_array_get(subproblems, i);
        const json_t *identifier = json_object_get(one, "identifier");
        assert_string_equal(string_at(one, "type"), ACME "dns");
        assert_int_equal(number_at(one, "status"), 400);
        assert_string_equal(string_at(identifier, "type"), "dns");
        assert_string_equal(string_at(identifier, "value"), "*.shop.example.net");
        assert_null(json_object_get(one, "subproblems"));
    }
    caa_problem_document_free(&document);
}

static void one_refusal_among_several_ends_it(void **state) {
    (void)state;
    struct scene passing, refused;
    const struct caa_check_result *const results[] = {
        blame(&passing, CAA_FAILURE_SILENT, CAA_FAULT_REGISTRY, 47),
        find_records(&refused, "0 issue \";\"")};
    struct caa_problem_document document = several(results, 2);
    assert_string_equal(string_at(document.json, "type"), ACME "compound");
    assert_int_equal(document.status, 403);
    assert_int_equal(document.retry_after_s, 0);
    assert_true(json_is_null(json_object_get(json_object_get(document.json, "caa"), "fault")));
    caa_problem_document_free(&document);
}

static void the_only_one_of_several_is_told_by_itself(void **state) {
    (void)state;
    struct scene allowed, refused;
    const struct caa_check_result *const results[] = {
        find_records(&allowed, "0 issue \"ca.example\""),
        find_records(&refused, "0 issue \";\"")};
    struct caa_problem_document document = several(results, 2);
    assert_document(&document, ACME "caa",
                    "While processing CAA for *.shop.example.net: CAA record for example.net "
                    "prevents issuance",
                    403);
    assert_null(json_object_get(document.json, "subproblems"));
    assert_null(json_object_get(document.json, "identifier"));
    caa_problem_document_free(&document);
}

static void numbers_and_codes_are_unique(void **state) {
    (void)state;
    static const char *const codes[] = {
#define CAA_PROBLEM(name, number, code, type, phrase, hint, text) code,
#include "problem/problem.def"
#undef CAA_PROBLEM
#define CAA_USE(name, code, status, title) code,
#include "problem/problem.def"
#undef CAA_USE
    };
    static const int numbers[] = {
#define CAA_PROBLEM(name, number, code, type, phrase, hint, text) number,
#include "problem/problem.def"
#undef CAA_PROBLEM
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        for (size_t j = 0; j < i; j++) assert_string_not_equal(codes[i], codes[j]);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_int_equal(numbers[i], i + 1);
    assert_string_equal(caa_problem_code(CAA_PROBLEM_NONE), "");
    assert_string_equal(caa_problem_code((enum caa_problem)4711), "");
}

static void an_error_of_use_names_the_member_at_fault(void **state) {
    (void)state;
    struct caa_problem_document document;
    assert_int_equal(caa_problem_of_use(&document, CAA_USE_MEMBER_TYPE, "/issuers/0",
                                        "\x1b[1m is no string", 0),
                     CAA_OK);
    char *text = caa_problem_document_text(&document);
    assert_string_equal(text, "{\"type\":\"urn:caa:problem:member-type\","
                              "\"title\":\"A member has the wrong type\",\"status\":400,"
                              "\"detail\":\"?[1m is no string\",\"pointer\":\"/issuers/0\"}");
    free(text);
    caa_problem_document_free(&document);
    assert_int_equal(caa_problem_of_use(&document, CAA_USE_BUSY, NULL, NULL, 2), CAA_OK);
    assert_int_equal(document.status, 503);
    assert_int_equal(document.retry_after_s, 2);
    assert_int_equal(json_object_size(document.json), 3);
    caa_problem_document_free(&document);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failure_is_told_to_the_letter),
        cmocka_unit_test(other_response_codes_are_named_as_in_boulder),
        cmocka_unit_test(an_extended_error_says_why),
        cmocka_unit_test(the_validators_reason_is_told),
        cmocka_unit_test(a_top_level_domain_that_does_not_exist),
        cmocka_unit_test(a_record_that_cannot_be_read),
        cmocka_unit_test(a_refusal_never_has_a_time_to_try_again),
        cmocka_unit_test(what_a_rescue_found_is_passed_on),
        cmocka_unit_test(a_time_to_try_again_is_there_exactly_where_it_may_help),
        cmocka_unit_test(what_is_allowed_has_no_problem),
        cmocka_unit_test(names_that_are_not_checked),
        cmocka_unit_test(several_names_are_told_one_by_one),
        cmocka_unit_test(one_refusal_among_several_ends_it),
        cmocka_unit_test(the_only_one_of_several_is_told_by_itself),
        cmocka_unit_test(numbers_and_codes_are_unique),
        cmocka_unit_test(an_error_of_use_names_the_member_at_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
