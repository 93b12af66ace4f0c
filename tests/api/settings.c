#include <stdio.h>
#include <string.h>

#include "client.h"

static void every_error_has_a_name_and_a_text(void) {
    for (int error = CAA_ERROR_NONE; error <= CAA_ERROR_SYSTEM; error++) {
        EXPECT(strncmp(caa_error_name((enum caa_error)error), "CAA_ERROR_", 10) == 0);
        EXPECT(strcmp(caa_error_name((enum caa_error)error), "CAA_ERROR_UNKNOWN") != 0);
        EXPECT(caa_error_text((enum caa_error)error)[0] != '\0');
    }
    EXPECT(strcmp(caa_error_name((enum caa_error)(CAA_ERROR_SYSTEM + 1)),
                  "CAA_ERROR_UNKNOWN") == 0);
}

static void versions_are_told(void) {
    EXPECT_TEXT(caa_version(), ".");
    EXPECT_TEXT(caa_resolver_version(), "1.");
    (void)caa_resolver_is_current();
}

static void a_forged_permission_is_refused_with_the_reason(void) {
    struct caa_settings *settings = caa_settings_new();
    EXPECT(caa_settings_add_resolver_option(settings, "outgoing-range: 900") == CAA_ERROR_NONE);
    EXPECT_TEXT("", caa_settings_error(settings));
    EXPECT(caa_settings_add_resolver_option(settings, "domain-insecure: org") ==
           CAA_ERROR_OPTION);
    EXPECT_TEXT(caa_settings_error(settings), "domain-insecure is refused");
    caa_settings_free(settings);
}

static void refuses(enum caa_error error, struct caa_settings *settings, enum caa_error wanted,
                    const char *why) {
    EXPECT(error == wanted);
    EXPECT_TEXT(caa_settings_error(settings), why);
    caa_settings_free(settings);
}

static void each_setter_says_what_is_wrong(void) {
    char long_path[5000];
    memset(long_path, 'a', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    struct caa_settings *s = caa_settings_new();
    refuses(caa_settings_add_forwarder(s, "dns.example"), s, CAA_ERROR_OPTION,
            "not an IP address");
    s = caa_settings_new();
    refuses(caa_settings_set_cache_mib(s, (1 << 20) + 1), s, CAA_ERROR_MISUSE,
            "1048577 is over 1048576");
    s = caa_settings_new();
    refuses(caa_settings_set_deadline_ms(s, 3600001), s, CAA_ERROR_MISUSE, "deadline");
    s = caa_settings_new();
    refuses(caa_settings_set_root_hints(s, ""), s, CAA_ERROR_SYNTAX, "root hints");
    s = caa_settings_new();
    refuses(caa_settings_set_trust_anchor(s, long_path), s, CAA_ERROR_LIMIT, "trust anchor");
    s = caa_settings_new();
    refuses(caa_settings_set_answers(s, NULL), s, CAA_ERROR_MISUSE, "NULL");
    s = caa_settings_new();
    refuses(caa_settings_load(s, "/nowhere/caa.conf"), s, CAA_ERROR_FILE, "/nowhere/caa.conf");
    s = caa_settings_new();
    for (int i = 0; i < 64; i++) caa_settings_add_forwarder(s, "192.0.2.1");
    refuses(caa_settings_add_forwarder(s, "192.0.2.1"), s, CAA_ERROR_LIMIT, "64 forwarders");
}

static void after_a_refusal_no_checker_is_made(void) {
    struct caa_settings *settings = api_settings("");
    struct caa_checker *checker = (struct caa_checker *)settings;
    caa_settings_add_forwarder(settings, "nonsense");
    EXPECT(caa_settings_set_cache_mib(settings, 64) == CAA_ERROR_OPTION);
    EXPECT(caa_checker_new(&checker, settings) == CAA_ERROR_OPTION);
    EXPECT(checker == NULL);
    EXPECT_TEXT(caa_settings_error(settings), "nonsense");
    caa_settings_free(settings);
}

static void a_configuration_file_is_taken(void) {
    struct caa_settings *settings = caa_settings_new();
    EXPECT(caa_settings_load(settings, api_file("forward: [\"192.0.2.1@5353\"]\n"
                                                "resolver-options: [\"outgoing-range: 900\"]\n"
                                                "cache-mib: 16\ndeadline-s: 3\n"
                                                "trust-anchor: /nowhere/anchor\n")) ==
           CAA_ERROR_NONE);
    struct caa_checker *checker;
    EXPECT(caa_checker_new(&checker, settings) == CAA_ERROR_FILE);
    EXPECT_TEXT(caa_settings_error(settings), "/nowhere/anchor");
    caa_settings_free(settings);
}

static void a_configuration_file_is_refused_with_its_place(void) {
    struct caa_settings *s = caa_settings_new();
    refuses(caa_settings_load(s, api_file("cache-mib: 16\nnonsense: 1\n")), s, CAA_ERROR_SYNTAX,
            ":2: ");
    s = caa_settings_new();
    const char *path = api_file("forward: [nonsense]\n");
    EXPECT(caa_settings_load(s, path) == CAA_ERROR_OPTION);
    EXPECT_TEXT(caa_settings_error(s), path);
    caa_settings_free(s);
}

static void nothing_can_be_checked_without_a_trust_anchor(void) {
    struct caa_settings *settings = caa_settings_new();
    struct caa_checker *checker;
    caa_settings_set_trust_anchor(settings, api_file("; no anchor\n"));
    EXPECT(caa_checker_new(&checker, settings) == CAA_ERROR_TRUST_ANCHOR);
    EXPECT_TEXT(caa_settings_error(settings), "without one nothing can be validated");
    /* A file may be mended: this is not a setter's refusal. */
    caa_settings_set_answers(settings, api_file(""));
    EXPECT(caa_checker_new(&checker, settings) == CAA_ERROR_NONE);
    EXPECT(caa_settings_error(settings)[0] == '\0');
    caa_checker_free(checker);
    caa_settings_free(settings);
}

static void a_malformed_answers_file_is_refused_with_its_line(void) {
    struct caa_settings *settings = api_settings("example. CAA 0 issue \";\"\nexample CAA\n");
    struct caa_checker *checker;
    EXPECT(caa_checker_new(&checker, settings) == CAA_ERROR_SYNTAX);
    EXPECT_TEXT(caa_settings_error(settings), ":2: ");
    caa_settings_free(settings);
}

const struct api_test settings_tests[] = {
    {"every error has a name and a text", every_error_has_a_name_and_a_text},
    {"versions are told", versions_are_told},
    {"an option that forges answers is refused with the reason",
     a_forged_permission_is_refused_with_the_reason},
    {"each setter says what is wrong", each_setter_says_what_is_wrong},
    {"after a refused setting no checker is made", after_a_refusal_no_checker_is_made},
    {"a configuration file is taken", a_configuration_file_is_taken},
    {"a configuration file is refused with its place",
     a_configuration_file_is_refused_with_its_place},
    {"nothing can be checked without a trust anchor",
     nothing_can_be_checked_without_a_trust_anchor},
    {"a malformed answers file is refused with its line",
     a_malformed_answers_file_is_refused_with_its_line},
    {NULL, NULL},
};
