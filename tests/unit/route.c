#include "serve/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct caa_route routes[] = {
    {.path = "/v1/check", .method = CAA_METHOD_POST},
    {.path = "/v1/zones/{zone}", .method = CAA_METHOD_GET},
    {.path = "/v1/zones/{zone}/servers/{server}", .method = CAA_METHOD_GET},
    {.path = "/both", .method = CAA_METHOD_GET},
    {.path = "/both", .method = CAA_METHOD_POST},
    {.path = "/", .method = CAA_METHOD_GET},
};

static struct caa_route_match found; /* its parameters point into itself */

static const struct caa_route *find(const char *method, const char *path) {
    caa_route_find(&found, routes, sizeof routes / sizeof routes[0], method,
                   caa_slice_of(path));
    return found.route;
}

static void assert_parameter(size_t index, const char *text) {
    assert_true(index < found.parameter_count);
    assert_int_equal(found.parameters[index].len, strlen(text));
    assert_memory_equal(found.parameters[index].ptr, text, strlen(text));
}

static void a_route_is_found_by_method_and_path(void **state) {
    (void)state;
    assert_ptr_equal(find("POST", "/v1/check"), &routes[0]);
    assert_ptr_equal(find("GET", "/both"), &routes[3]);
    assert_ptr_equal(find("HEAD", "/both"), &routes[3]);
    assert_ptr_equal(find("POST", "/both"), &routes[4]);
    assert_ptr_equal(find("GET", "/"), &routes[5]);
}

static void a_known_path_tells_its_methods(void **state) {
    (void)state;
    assert_null(find("GET", "/v1/check"));
    assert_true(found.path_known);
    assert_string_equal(found.allow, "POST, OPTIONS");
    assert_null(find("BREW", "/both"));
    assert_string_equal(found.allow, "GET, HEAD, POST, OPTIONS");
    assert_null(find("post", "/both"));
}

static void no_other_path_is_known(void **state) {
    (void)state;
    static const char *const paths[] = {
        "",    "v1/check",    "/v1/check/", "/v1/Check",   "/v1//check", "//v1/check",
        "/v1", "/v1/check/x", "*",          "/v1/%63heck", "/v1/zones",  "/v1/zones/"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_null(find("POST", paths[i]));
        assert_false(found.path_known);
    }
}

static void a_parameter_is_decoded(void **state) {
    (void)state;
    assert_ptr_equal(find("GET", "/v1/zones/net"), &routes[1]);
    assert_parameter(0, "net");
    assert_ptr_equal(find("GET", "/v1/zones/%64eno%2enet/servers/a%2Fb"), &routes[2]);
    assert_parameter(0, "deno.net");
    assert_parameter(1, "a/b");
}

static void a_parameter_with_a_broken_encoding_is_none(void **state) {
    (void)state;
    static const char *const paths[] = {"/v1/zones/%", "/v1/zones/%4", "/v1/zones/%4g",
                                        "/v1/zones/a%00b"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        assert_null(find("GET", paths[i]));
}

static void parameters_have_a_ceiling(void **state) {
    (void)state;
    char path[2 * CAA_ROUTE_PARAMETER_MAX] = "/v1/zones/";
    memset(path + 10, 'a', CAA_ROUTE_PARAMETER_MAX);
    assert_non_null(find("GET", path));
    path[10 + CAA_ROUTE_PARAMETER_MAX] = 'a';
    assert_null(find("GET", path));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_route_is_found_by_method_and_path),
        cmocka_unit_test(a_known_path_tells_its_methods),
        cmocka_unit_test(no_other_path_is_known),
        cmocka_unit_test(a_parameter_is_decoded),
        cmocka_unit_test(a_parameter_with_a_broken_encoding_is_none),
        cmocka_unit_test(parameters_have_a_ceiling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
