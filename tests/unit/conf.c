#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/conf.h"

/* A configuration file with a text of the test's. */
struct scene {
    char path[64];
    struct caa_conf *conf;
    struct caa_diag diag;
};

static struct scene scene;

static int set_up(void **state) {
    (void)state;
    scene = (struct scene){.path = "/tmp/caa-conf-XXXXXX"};
    int file = mkstemp(scene.path);
    return file < 0 ? -1 : close(file);
}

static int tear_down(void **state) {
    (void)state;
    caa_conf_free(scene.conf);
    return unlink(scene.path);
}

static enum caa_err read_octets(const char *text, size_t len) {
    FILE *file = fopen(scene.path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
    caa_conf_free(scene.conf);
    scene.conf = NULL;
    scene.diag.text[0] = '\0';
    return caa_conf_read(&scene.conf, scene.path, &scene.diag);
}

static const struct caa_conf *read_text(const char *text) {
    if (read_octets(text, strlen(text)) != CAA_OK) fail_msg("%s", scene.diag.text);
    return scene.conf;
}

/* `where` is ":LINE: " or ": ", `what` a part of the reason. */
static void assert_refused(const char *text, const char *where, const char *what) {
    assert_int_equal(read_octets(text, strlen(text)), CAA_ERR_SYNTAX);
    assert_null(scene.conf);
    size_t path_len = strlen(scene.path);
    assert_int_equal(strncmp(scene.diag.text, scene.path, path_len), 0);
    if (strncmp(scene.diag.text + path_len, where, strlen(where)) != 0 ||
        strstr(scene.diag.text, what) == NULL)
        fail_msg("'%s' is not at '%s' or does not say '%s'", scene.diag.text, where, what);
}

static void everything_that_can_be_said_is_read(void **state) {
    (void)state;
    const struct caa_conf *conf = read_text("root-hints: /etc/caa/root.hints\n"
                                            "trust-anchor: /etc/caa/root.key\n"
                                            "forward: [192.0.2.1, '2001:db8::1@5353']\n"
                                            "tls-ca-bundle: /etc/ssl/ca.pem\n"
                                            "resolver-options:\n"
                                            "  - 'outgoing-range: 900'\n"
                                            "cache-mib: 64\n"
                                            "deadline-s: 30\n"
                                            "issuers: [letsencrypt.org]\n");
    assert_string_equal(conf->root_hints, "/etc/caa/root.hints");
    assert_string_equal(conf->trust_anchor, "/etc/caa/root.key");
    assert_int_equal(conf->forward_count, 2);
    assert_string_equal(conf->forward[1], "2001:db8::1@5353");
    assert_string_equal(conf->tls_ca_bundle, "/etc/ssl/ca.pem");
    assert_int_equal(conf->resolver_options_count, 1);
    assert_string_equal(conf->resolver_options[0], "outgoing-range: 900");
    assert_int_equal(conf->cache_mib, 64);
    assert_int_equal(conf->deadline_s, 30);
    assert_int_equal(conf->issuers_count, 1);
}

static void what_is_not_said_is_left_open(void **state) {
    (void)state;
    const struct caa_conf *conf = read_text("deadline-s: 5\n");
    assert_null(conf->root_hints);
    assert_null(conf->trust_anchor);
    assert_int_equal(conf->forward_count, 0);
    assert_int_equal(conf->cache_mib, 0);
}

static void an_unknown_key_is_refused_with_its_line(void **state) {
    (void)state;
    assert_refused("root-hints: x\ntrust-anchr: y\n", ":2: ", "trust-anchr");
    assert_refused("local-data: x\n", ":1: ", "local-data");
    assert_refused("# a comment\n\ndeadline-s: 5\n\nDeadline-s: 5\n", ":5: ", "Deadline-s");
}

static void text_that_is_no_yaml_is_refused(void **state) {
    (void)state;
    assert_refused("deadline-s: 5\nforward: [\n", ":", "");
    assert_refused("deadline-s: 5\n\troot-hints: x\n", ": ", "tab");
    assert_refused("deadline-s: 5\n: :\n - x", ":", "");
}

static void a_value_of_the_wrong_kind_is_refused_with_its_line(void **state) {
    (void)state;
    assert_refused("cache-mib: 5\ndeadline-s: soon\n", ":2: ", "");
    assert_refused("{deadline-s: -1}\n", ": ", "not a number");
    assert_refused("deadline-s: 1.5\n", ":1: ", "'1.5' is not a number");
    assert_refused("deadline-s: 5m\n", ":1: ", "'5m' is not a number");
    assert_refused("deadline-s: 0x10\n", ":1: ", "not a number");
    assert_refused("deadline-s:\n", ":1: ", "");
    assert_refused("deadline-s: [5]\n", ":1: ", "");
    assert_refused("cache-mib: 5\nforward: 192.0.2.1\n", ":2: ", "");
    assert_refused("root-hints: [x]\n", ":1: ", "");
    assert_refused("root-hints: ''\n", ":1: ", "");
    assert_refused("- deadline-s\n", ": ", "MAPPING");
}

static void numbers_out_of_range_are_refused_with_their_line(void **state) {
    (void)state;
    assert_int_equal(read_text("deadline-s: 3600\n")->deadline_s, 3600);
    assert_int_equal(read_text("deadline-s: 010\n")->deadline_s, 10);
    assert_refused("cache-mib: 5\ndeadline-s: 3601\n",
                   ":2: ", "'3601' is not a number from 1 to 3600");
    assert_refused("deadline-s: 5\n\ncache-mib: 1048577\n",
                   ":3: ", "'1048577' is not a number from 1 to 1048576");
    assert_refused("deadline-s: 0\n", ":1: ", "'0' is not a number from 1");
    assert_refused("rescue: no\ncache-mib: 0\n", ":2: ", "'0' is not a number from 1");
    assert_refused("deadline-s: 4294967301\n", ":1: ", ""); /* 2^32 + 5 */
    assert_refused("deadline-s: 18446744073709551621\n", ":1: ", "");
}

static void a_key_that_is_said_twice_is_refused(void **state) {
    (void)state;
    assert_refused("trust-anchor: a\ndeadline-s: 5\ntrust-anchor: b\n", ":3: ", "trust-anchor");
    assert_refused("forward: [192.0.2.1]\nforward: [192.0.2.2]\n", ":2: ", "forward");
}

/* In one's own words, not libcyaml's, and with the key's line. */
static void assert_option_refused(const char *text, const char *where, const char *what) {
    assert_int_equal(read_octets(text, strlen(text)), CAA_ERR_OPTION);
    assert_null(scene.conf);
    const char *rest = scene.diag.text + strlen(scene.path);
    if (strncmp(rest, where, strlen(where)) != 0 || strstr(rest, what) == NULL)
        fail_msg("'%s' is not at '%s' or does not say '%s'", scene.diag.text, where, what);
}

static void forwarders_and_options_are_refused_with_their_line(void **state) {
    (void)state;
    assert_option_refused("deadline-s: 5\nforward:\n  - 192.0.2.1\n  - dns.example\n",
                          ":2: forward: ", "'dns.example'");
    assert_option_refused("forward: [192.0.2.1@65536]\n", ":1: forward: ", "not a port");
    assert_option_refused("deadline-s: 5\n\nresolver-options: ['module-config: iterator']\n",
                          ":3: resolver-options: ", "module-config is refused");
}

static void an_empty_file_is_no_configuration(void **state) {
    (void)state;
    assert_refused("", ": ", "");
    assert_refused("# nothing\n", ": ", "");
}

static void aliases_are_refused(void **state) {
    (void)state;
    assert_refused("root-hints: &a x\ntrust-anchor: *a\n", ":", "alias");
}

static void a_second_document_is_refused_with_its_line(void **state) {
    (void)state;
    assert_int_equal(read_text("# a\n%YAML 1.1\n---\ndeadline-s: 5\n...\n")->deadline_s, 5);
    assert_int_equal(read_text("deadline-s: 5\n# ---\n")->deadline_s, 5);
    assert_refused("deadline-s: 5\n---\nrescue: no\n", ":2: ", "second document");
    assert_refused("---\n--- {rescue: no}\n", ":", "");
    assert_refused("--- {rescue: no}\n...\n---\r\nrescue: yes\n", ":3: ", "second document");
    assert_refused("deadline-s: 5\n---", ":2: ", "second document");
}

static void issuers_that_match_no_record_are_refused(void **state) {
    (void)state;
    assert_int_equal(read_text("issuers: [LetsEncrypt.org, a]\n")->issuers_count, 2);
    assert_refused("issuers: [\"Let's Encrypt\"]\n", ":1: ", "not an issuer domain name");
    assert_refused("issuers: [a.example.]\n", ":1: ", "not an issuer domain name");
    assert_refused("issuers:\n - \xc3\xa9.example\n", ":1: ", "not an issuer domain name");
    assert_refused("issuers: [192.0.2.1]\n", ":1: ", "not an issuer domain name");
}

static void an_empty_list_of_issuers_is_refused(void **state) {
    (void)state;
    assert_refused("deadline-s: 5\nissuers: []\n", ":2: ", "an empty list");
    assert_int_equal(read_text("forward: []\nresolver-options: []\n")->forward_count, 0);
}

static void lists_end_at_64(void **state) {
    (void)state;
    char text[2048] = "issuers: [a";
    for (int i = 1; i < 64; i++) strcat(text, ", a");
    size_t len = strlen(text);
    strcpy(text + len, "]\n");
    assert_int_equal(read_text(text)->issuers_count, 64);
    strcpy(text + len, ", a]\n");
    assert_refused(text, ":1: ", "");
}

static void octets_of_any_kind_do_no_harm(void **state) {
    (void)state;
    assert_int_equal(read_octets("deadline-s: \0005\n", 14), CAA_ERR_SYNTAX);
    assert_int_equal(read_octets("\xff\xfe\x00", 3), CAA_ERR_SYNTAX);
    assert_int_equal(read_octets("\xef\xbb\xbf", 3), CAA_ERR_SYNTAX);
    assert_null(scene.conf);
}

static void a_file_that_is_not_there_is_said(void **state) {
    (void)state;
    assert_int_equal(caa_conf_read(&scene.conf, "/nowhere/caa.conf", &scene.diag),
                     CAA_ERR_FILE);
    assert_non_null(strstr(scene.diag.text, "/nowhere/caa.conf: No such file"));
    assert_int_equal(caa_conf_read(&scene.conf, "/tmp", &scene.diag), CAA_ERR_FILE);
    scene.conf = NULL;
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(everything_that_can_be_said_is_read),
        SCENE(what_is_not_said_is_left_open),
        SCENE(an_unknown_key_is_refused_with_its_line),
        SCENE(text_that_is_no_yaml_is_refused),
        SCENE(a_value_of_the_wrong_kind_is_refused_with_its_line),
        SCENE(numbers_out_of_range_are_refused_with_their_line),
        SCENE(a_key_that_is_said_twice_is_refused),
        SCENE(forwarders_and_options_are_refused_with_their_line),
        SCENE(an_empty_file_is_no_configuration),
        SCENE(aliases_are_refused),
        SCENE(a_second_document_is_refused_with_its_line),
        SCENE(issuers_that_match_no_record_are_refused),
        SCENE(an_empty_list_of_issuers_is_refused),
        SCENE(lists_end_at_64),
        SCENE(octets_of_any_kind_do_no_harm),
        SCENE(a_file_that_is_not_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
