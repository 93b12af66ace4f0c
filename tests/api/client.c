#include "client.h"

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int failures;
static const char *folder;

void api_expect(bool holds, const char *file, int line, const char *what) {
    if (holds) return;
    failures++;
    printf("  %s:%d: not so: %s\n", file, line, what);
}

void api_expect_text(const char *text, const char *part, const char *file, int line) {
    if (strstr(text, part) != NULL) return;
    failures++;
    printf("  %s:%d: \"%s\" is not in \"%s\"\n", file, line, part, text);
}

const char *api_file(const char *text) {
    static _Thread_local char path[512];
    static atomic_uint number;
    snprintf(path, sizeof path, "%s/%u", folder, atomic_fetch_add(&number, 1));
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) == EOF || fclose(file) != 0) abort();
    return path;
}

struct caa_settings *api_settings(const char *answers) {
    struct caa_settings *settings = caa_settings_new();
    caa_settings_set_answers(settings, api_file(answers));
    return settings;
}

static struct caa_checker *checker_of(struct caa_settings *settings) {
    struct caa_checker *checker;
    if (caa_checker_new(&checker, settings) != CAA_ERROR_NONE)
        api_expect_text(caa_settings_error(settings), "no error", __FILE__, __LINE__);
    caa_settings_free(settings);
    return checker;
}

struct caa_checker *api_checker(const char *answers) {
    return checker_of(api_settings(answers));
}

struct caa_query *api_query(const char *name) {
    struct caa_query *query = caa_query_new();
    caa_query_set_name(query, name);
    caa_query_add_issuer(query, "ca.example");
    return query;
}

struct caa_result *api_result(const char *answers, const char *name) {
    struct caa_checker *checker = api_checker(answers);
    struct caa_query *query = api_query(name);
    struct caa_result *result;
    EXPECT(caa_checker_check(checker, query, &result) == CAA_ERROR_NONE);
    caa_query_free(query);
    caa_checker_free(checker);
    return result;
}

struct caa_checker *api_silent_checker(uint32_t deadline_ms) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t octets = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int silent = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* open until the end */
    if (bind(silent, (const struct sockaddr *)&address, octets) != 0 ||
        getsockname(silent, (struct sockaddr *)&address, &octets) != 0)
        abort();
    char forwarder[64];
    snprintf(forwarder, sizeof forwarder, "127.0.0.1@%u", ntohs(address.sin_port));
    struct caa_settings *settings = caa_settings_new();
    caa_settings_add_forwarder(settings, forwarder);
    caa_settings_set_deadline_ms(settings, deadline_ms);
    return checker_of(settings);
}

static int run_tests(const struct api_test *tests) {
    int failed = 0;
    for (; tests->run != NULL; tests++) {
        failures = 0;
        tests->run();
        printf("%s api: %s%s\n", failures == 0 ? "ok" : "not ok", tests->name,
               failures == 0 ? "" : ": see above");
        failed += failures > 0;
    }
    return failed;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fputs("usage: api-client FOLDER\n", stderr);
        return 64;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    folder = argv[1];
    int failed = run_tests(settings_tests) + run_tests(query_tests) + run_tests(result_tests) +
                 run_tests(checker_tests) + run_tests(explain_tests);
    return failed == 0 ? 0 : 1;
}
