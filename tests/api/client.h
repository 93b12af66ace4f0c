/* What the api's tests share. Only caa.h is known here. */
#ifndef CAA_TESTS_API_CLIENT_H
#define CAA_TESTS_API_CLIENT_H

#include <caa/caa.h>

struct api_test {
    const char *name;
    void (*run)(void);
};

extern const struct api_test settings_tests[], query_tests[], result_tests[], checker_tests[],
    explain_tests[];

/* Notes a failure of the test that runs. */
void api_expect(bool holds, const char *file, int line, const char *what);
#define EXPECT(condition) api_expect(condition, __FILE__, __LINE__, #condition)

/* Fails unless `text` contains `part`. */
void api_expect_text(const char *text, const char *part, const char *file, int line);
#define EXPECT_TEXT(text, part) api_expect_text(text, part, __FILE__, __LINE__)

/* A new file in the test's folder with this text; its path, valid until the thread's next
   call. */
const char *api_file(const char *text);

/* Settings, or a checker, that answer from this text. */
struct caa_settings *api_settings(const char *answers);
struct caa_checker *api_checker(const char *answers);

/* A query for a name by ca.example. */
struct caa_query *api_query(const char *name);

/* The result for a name, from a checker of its own. */
struct caa_result *api_result(const char *answers, const char *name);

/* A checker whose lookups are never answered: its forwarder is a socket that nobody reads. */
struct caa_checker *api_silent_checker(uint32_t deadline_ms);

#endif
