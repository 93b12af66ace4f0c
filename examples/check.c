/* May this CA issue for this name? The smallest program around libcaa:

       cc -o check check.c $(pkg-config --cflags --libs libcaa)
       ./check '*.example.org' letsencrypt.org

   Exit status: 0 only where it may, 1 where it may not or cannot be known, 2 for an error. The
   DNS is asked as caa.conf(5) in $CAA_CONFIG says; $CAA_ANSWERS names a file to ask instead. */
#include <caa/caa.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    struct caa_settings *settings = caa_settings_new();
    struct caa_query *query = caa_query_new();
    struct caa_checker *checker;
    struct caa_result *result = NULL;

    if (getenv("CAA_CONFIG") != NULL) caa_settings_load(settings, getenv("CAA_CONFIG"));
    if (getenv("CAA_ANSWERS") != NULL)
        caa_settings_set_answers(settings, getenv("CAA_ANSWERS"));
    if (argc > 1) caa_query_set_name(query, argv[1]);
    for (int i = 2; i < argc; i++) caa_query_add_issuer(query, argv[i]);

    /* What a setter refused comes out here, so one look at each is enough. */
    if (caa_checker_new(&checker, settings) != CAA_ERROR_NONE)
        fprintf(stderr, "check: %s\n", caa_settings_error(settings));
    else if (caa_checker_check(checker, query, &result) != CAA_ERROR_NONE)
        fprintf(stderr, "check: %s\n", caa_checker_error(checker));
    else
        printf("%s: %s: %s\n", caa_result_name(result),
               caa_result_is_allowed(result) ? "may issue" : "must not issue",
               caa_result_text(result));
    int status = result == NULL ? 2 : caa_result_is_allowed(result) ? 0 : 1;

    caa_result_free(result);
    caa_query_free(query);
    caa_checker_free(checker);
    caa_settings_free(settings);
    return status;
}
