#include "fake.h"

#include "rescue/proof.h"

enum { TYPE_DS = 43 };

struct scene {
    struct fake *below;
    struct caa_proof proof;
    struct caa_name shop, net;
    size_t told;
};

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->below = fake_new();
    scene->shop = fake_name("shop.net");
    scene->net = fake_name("net");
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_proof_drop(&scene->proof);
    assert_true(TAILQ_EMPTY(&scene->below->pending));
    caa_lookup_free(&scene->below->lookup);
    free(scene);
    return 0;
}

static void note(void *context) {
    ((struct scene *)context)->told++;
}

static void want(struct scene *scene, const struct caa_name *zone) {
    caa_proof_want(&scene->proof, &scene->below->lookup, zone, note, scene);
}

/* What is asked and answered so for shop.net proves that it has no DS. */
static bool proves(struct scene *scene, enum caa_outcome outcome, enum caa_security security,
                   bool denial_signed) {
    static const struct caa_slice ds = {"\0\1\2\3", 4};
    caa_proof_drop(&scene->proof);
    scene->proof = (struct caa_proof){0};
    want(scene, &scene->shop);
    assert_false(caa_proof_holds(&scene->proof, &scene->shop));
    fake_answer_with(scene->below, TAILQ_FIRST(&scene->below->pending),
                     (struct caa_answer){.outcome = outcome,
                                         .security = security,
                                         .denial_signed = denial_signed,
                                         .ede = -1,
                                         .rdata_count = outcome == CAA_OUTCOME_RECORDS,
                                         .rdata = &ds});
    return caa_proof_holds(&scene->proof, &scene->shop);
}

static void a_signed_denial_of_the_ds_proves_it(void **state) {
    struct scene *scene = *state;
    assert_true(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE, true));
    assert_int_equal(scene->told, 1);
    /* Under opt-out libunbound calls such an answer insecure. */
    assert_true(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE, true));
}

static void nothing_else_does(void **state) {
    struct scene *scene = *state;
    assert_false(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE, false));
    assert_false(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE, false));
    assert_false(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_INDETERMINATE, true));
    assert_false(proves(scene, CAA_OUTCOME_BOGUS, CAA_SECURITY_BOGUS, true));
    assert_false(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_BOGUS, true));
    assert_false(proves(scene, CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE, true));
    assert_false(proves(scene, CAA_OUTCOME_RECORDS, CAA_SECURITY_SECURE, true));
    assert_false(proves(scene, CAA_OUTCOME_SERVFAIL, CAA_SECURITY_INDETERMINATE, true));
    assert_false(proves(scene, CAA_OUTCOME_TIMEOUT, CAA_SECURITY_INDETERMINATE, false));
}

static void it_is_of_that_zone_only(void **state) {
    struct scene *scene = *state;
    assert_true(proves(scene, CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE, true));
    assert_false(caa_proof_holds(&scene->proof, &scene->net));
    want(scene, &scene->net);
    assert_false(caa_proof_holds(&scene->proof, &scene->shop));
    assert_false(caa_proof_holds(&scene->proof, &scene->net));
}

static void the_ds_of_a_zone_is_asked_once(void **state) {
    struct scene *scene = *state;
    want(scene, &scene->shop);
    want(scene, &scene->shop);
    assert_int_equal(scene->below->asked, 1);
    assert_int_equal(TAILQ_FIRST(&scene->below->pending)->question.type, TYPE_DS);
    assert_null(TAILQ_FIRST(&scene->below->pending)->question.pin);
    want(scene, &scene->net);
    assert_int_equal(scene->below->asked, 2);
    assert_int_equal(scene->below->cancelled, 1);
    assert_int_equal(scene->told, 0);
}

static void what_cannot_be_asked_is_never_proved(void **state) {
    struct scene *scene = *state;
    want(scene, &scene->shop);
    scene->below->refuse_at = 1;
    want(scene, &scene->net);
    assert_false(caa_proof_holds(&scene->proof, &scene->net));
    assert_int_equal(scene->told, 0);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_signed_denial_of_the_ds_proves_it),
        SCENE(nothing_else_does),
        SCENE(it_is_of_that_zone_only),
        SCENE(the_ds_of_a_zone_is_asked_once),
        SCENE(what_cannot_be_asked_is_never_proved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
