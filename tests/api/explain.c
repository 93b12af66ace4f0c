#include <stdlib.h>
#include <string.h>

#include "client.h"

#define NET                                                                                    \
    "While processing CAA for *.sabo28.deno.net: DNS problem: SERVFAIL looking up CAA for net"

static struct caa_explain *explain(const char *text) {
    struct caa_explain *made;
    EXPECT(caa_explain(&made, text, strlen(text)) == CAA_ERROR_NONE);
    return made;
}

static void an_error_comes_with_fault_and_retry(void) {
    struct caa_explain *made = explain(NET);
    const struct caa_explained *one = caa_explain_at(made, 0);
    EXPECT(caa_explain_count(made) == 1 && one != NULL);
    EXPECT(one->problem == 2 && one->fault == CAA_EXPLAINED_REGISTRY);
    EXPECT(one->retry == CAA_EXPLAINED_RETRY_YES && one->retry_after_s > 0);
    EXPECT(one->sureness == CAA_EXPLAINED_LIKELY);
    EXPECT_TEXT(one->problem_code, "servfail");
    EXPECT_TEXT(one->name, "*.sabo28.deno.net");
    EXPECT_TEXT(one->owner, "net");
    EXPECT_TEXT(one->type, "CAA");
    EXPECT_TEXT(one->text, "could not look up CAA for net");
    EXPECT_TEXT(one->advice, "A CAA record at deno.net");
    EXPECT_TEXT(caa_explain_json(made), "\"fault\":\"registry\"");
    EXPECT(caa_explain_at(made, 1) == NULL);
    caa_explain_free(made);
}

static void a_refusal_is_nobodys_fault(void) {
    struct caa_explain *made = explain("CAA record for a.example prevents issuance");
    const struct caa_explained *one = caa_explain_at(made, 0);
    EXPECT(one->fault == CAA_EXPLAINED_POLICY && one->retry == CAA_EXPLAINED_RETRY_NO);
    EXPECT(one->sureness == CAA_EXPLAINED_CERTAIN && one->retry_after_s == 0);
    caa_explain_free(made);
}

static void what_is_not_known_is_said(void) {
    struct caa_explain *made = explain("");
    const struct caa_explained *one = caa_explain_at(made, 0);
    EXPECT(caa_explain_count(made) == 1 && one->retry == CAA_EXPLAINED_RETRY_UNKNOWN);
    EXPECT(one->fault == CAA_EXPLAINED_FAULT_UNKNOWN && one->sureness == CAA_EXPLAINED_UNSURE);
    EXPECT_TEXT(one->problem_code, "unknown");
    caa_explain_free(made);
}

static void texts_have_a_limit(void) {
    enum { LINES = 3000, TOO_LONG = (1 << 20) + 1 };
    char *text = calloc(1, TOO_LONG);
    struct caa_explain *made;
    EXPECT(caa_explain(&made, text, TOO_LONG) == CAA_ERROR_LIMIT && made == NULL);
    for (size_t i = 0; i < LINES; i++) strcpy(text + i * sizeof NET, NET "\n");
    EXPECT(caa_explain(&made, text, LINES * sizeof NET) == CAA_ERROR_NONE);
    EXPECT(caa_explain_count(made) == 1000);
    EXPECT_TEXT(caa_explain_json(made), "\"dropped\":2000");
    caa_explain_free(made);
    free(text);
}

static void null_is_refused(void) {
    struct caa_explain *made;
    EXPECT(caa_explain(NULL, "x", 1) == CAA_ERROR_MISUSE);
    EXPECT(caa_explain(&made, NULL, 0) == CAA_ERROR_MISUSE);
    EXPECT(caa_explain_count(NULL) == 0 && caa_explain_at(NULL, 0) == NULL);
    EXPECT(caa_explain_json(NULL)[0] == '\0');
    caa_explain_free(NULL);
}

const struct api_test explain_tests[] = {
    {"an error comes with fault and retry", an_error_comes_with_fault_and_retry},
    {"a refusal is nobody's fault", a_refusal_is_nobodys_fault},
    {"what is not known is said", what_is_not_known_is_said},
    {"texts have a limit", texts_have_a_limit},
    {"NULL is refused by explain", null_is_refused},
    {0},
};
