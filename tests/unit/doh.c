#include "fake.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "serve/doh.h"

/* A server that listens nowhere, over a lookup under our hands. */
struct scene {
    struct event_base *base;
    struct fake *fake;
    struct caa_dns_server *server;
    struct caa_rate *rate;
    struct caa_doh_reply reply;
    int told;
};

static const uint8_t query[] = "\0\0\1\0\0\1\0\0\0\0\0\0\7example\0\1\1\0\1";
enum { QUERY_OCTETS = sizeof query - 1 };

static struct scene *make_scene(uint32_t rate) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->base = event_base_new();
    scene->fake = fake_new();
    assert_int_equal(caa_rate_new(&scene->rate, 7), CAA_OK);
    caa_rate_set(scene->rate, rate, rate == 0 ? 1 : rate);
    const struct caa_dns_server_setting setting = {.base = scene->base,
                                                   .clock = caa_clock_system(),
                                                   .lookup = &scene->fake->lookup,
                                                   .rate = scene->rate};
    assert_int_equal(caa_dns_server_new(&scene->server, &setting, NULL), CAA_OK);
    return scene;
}

static int set_up(void **state) {
    *state = make_scene(0);
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_dns_server_free(scene->server);
    caa_rate_free(scene->rate);
    caa_lookup_free(&scene->fake->lookup);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void note(void *context, const struct caa_doh_reply *reply) {
    struct scene *scene = context;
    scene->told++;
    scene->reply = *reply;
}

static struct caa_doh_exchange *start_from(struct scene *scene, const char *host,
                                           const uint8_t *octets, size_t len) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    struct caa_doh_exchange *exchange;
    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    caa_doh_start(scene->server, (const struct sockaddr *)&address, octets, len, note, scene,
                  &exchange, &scene->reply);
    return exchange;
}

static struct caa_doh_exchange *start(struct scene *scene, const uint8_t *octets, size_t len) {
    return start_from(scene, "127.0.0.1", octets, len);
}

static void the_example_of_rfc_8484_is_decoded(void **state) {
    uint8_t octets[CAA_DNS_QUERY_OCTETS_MOST];
    size_t len;
    (void)state;
    assert_true(caa_doh_decode(
        caa_slice_of("AAABAAABAAAAAAAAAWE-NjJjaGFyYWN0ZXJsYWJlbC1tYWtlcy1iYXNlNjR1"
                     "cmwtZGlzdGluY3QtZnJvbS1zdGFuZGFyZC1iYXNlNjQHZXhhbXBsZQNjb20AAAEAAQ"),
        octets, &len));
    assert_int_equal(len, 94);
    assert_memory_equal(octets,
                        "\0\0\1\0\0\1\0\0\0\0\0\0\1a\76"
                        "62characterlabel-",
                        32);
    assert_true(caa_doh_decode(caa_slice_of("_-8"), octets, &len));
    assert_memory_equal(octets, "\377\357", 2);
    assert_true(caa_doh_decode(caa_slice_of(""), octets, &len));
    assert_int_equal(len, 0);
}

static void what_is_no_base64url_is_refused(void **state) {
    static const char *const wrong[] = {"A",    "AA==", "AAA=", "AA+A", "AA/A",
                                        "AA A", "AB",   "AAB",  "AAAAA"};
    uint8_t octets[CAA_DNS_QUERY_OCTETS_MOST];
    static char text[2004];
    size_t len;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (caa_doh_decode(caa_slice_of(wrong[i]), octets, &len)) fail_msg("%s", wrong[i]);
    memset(text, 'A', sizeof text);
    assert_true(caa_doh_decode(caa_slice_bytes(text, 2000), octets, &len));
    assert_int_equal(len, CAA_DNS_QUERY_OCTETS_MOST);
    assert_false(caa_doh_decode(caa_slice_bytes(text, 2004), octets, &len));
}

static void a_query_waits_and_is_answered_with_200(void **state) {
    struct scene *scene = *state;
    assert_non_null(start(scene, query, QUERY_OCTETS));
    fake_answer(scene->fake, "example", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(scene->told, 1);
    assert_int_equal(scene->reply.status, 200); /* SERVFAIL too */
    assert_int_equal(scene->reply.len, QUERY_OCTETS);
    assert_int_equal(scene->reply.max_age_s, 0);
}

static void who_drops_an_exchange_is_not_told(void **state) {
    struct scene *scene = *state;
    caa_doh_drop(start(scene, query, QUERY_OCTETS));
    fake_answer(scene->fake, "example", CAA_OUTCOME_SERVFAIL, NULL);
    assert_int_equal(scene->told, 0);
}

static void what_is_no_query_is_a_bad_request(void **state) {
    struct scene *scene = *state;
    assert_null(start(scene, query, 11));
    assert_int_equal(scene->reply.status, 400);
    assert_null(start(scene, (const uint8_t *)"", 0));
    assert_int_equal(scene->reply.status, 400);
}

static void a_query_that_is_refused_is_answered_at_once(void **state) {
    struct scene *scene = *state;
    assert_null(start(scene, query, 20));
    assert_int_equal(scene->reply.status, 200);
    assert_int_equal(scene->reply.len, 12);
    assert_int_equal(scene->reply.wire[3] & 0xf, 1); /* FORMERR */
    assert_int_equal(scene->fake->asked, 0);
}

static void who_is_not_in_the_list_is_forbidden(void **state) {
    struct scene *scene = *state;
    assert_null(start_from(scene, "192.0.2.1", query, QUERY_OCTETS));
    assert_int_equal(scene->reply.status, 403);
    assert_int_equal(scene->fake->asked, 0);
}

static void who_asks_too_often_is_told_so(void **state) {
    struct scene *scene = make_scene(1);
    (void)state;
    struct caa_doh_exchange *first = start(scene, query, QUERY_OCTETS);
    assert_non_null(first);
    assert_null(start(scene, query, QUERY_OCTETS));
    assert_int_equal(scene->reply.status, 429);
    caa_doh_drop(first);
    tear_down((void **)&scene);
}

static void an_open_resolver_by_accident_is_refused(void **state) {
    struct scene *scene = *state;
    static const struct sockaddr_in anywhere = {.sin_family = AF_INET};
    struct sockaddr_storage address;
    struct caa_dns_server *server;
    struct caa_diag diag = {""};
    memset(&address, 0, sizeof address);
    memcpy(&address, &anywhere, sizeof anywhere);
    struct caa_dns_server_setting setting = {.base = scene->base,
                                             .clock = caa_clock_system(),
                                             .lookup = &scene->fake->lookup,
                                             .addresses = &address,
                                             .address_count = 1};
    assert_int_equal(caa_dns_server_new(&server, &setting, &diag), CAA_ERR_OPTION);
    assert_non_null(strstr(diag.text, "0.0.0.0:0"));
    struct caa_address_range range;
    assert_int_equal(caa_address_range_parse(&range, caa_slice_of("192.0.2.0/24"), NULL),
                     CAA_OK);
    setting.allowed = &range;
    setting.allowed_count = 1;
    assert_int_equal(caa_dns_server_new(&server, &setting, &diag), CAA_OK);
    caa_dns_server_free(server);
    setting.udp_octets_most = 511;
    assert_int_equal(caa_dns_server_new(&server, &setting, &diag), CAA_ERR_OPTION);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_rfc_8484_is_decoded),
        cmocka_unit_test(what_is_no_base64url_is_refused),
        SCENE(a_query_waits_and_is_answered_with_200),
        SCENE(who_drops_an_exchange_is_not_told),
        SCENE(what_is_no_query_is_a_bad_request),
        SCENE(a_query_that_is_refused_is_answered_at_once),
        SCENE(who_is_not_in_the_list_is_forbidden),
        cmocka_unit_test(who_asks_too_often_is_told_so),
        SCENE(an_open_resolver_by_accident_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
