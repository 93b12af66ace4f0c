#include "fake.h"
#include "path_make.h"

#include "rescue/attempt.h"

enum { SERVERS = 6, AT_ONCE = 4 };

/* An attempt at www.shop.net, with net pinned, which is signed and has six servers. */
struct scene {
    struct caa_draft draft;
    struct caa_clock clock;
    struct caa_ledger *ledger;
    struct fake *below;
    struct caa_question question;
    struct caa_pinning pinning;
    struct caa_attempt *attempt;
    size_t told;
    size_t waits;
    enum caa_outcome outcome;
    char reason[64];
    bool passed_over;
};

static int64_t now_us(void *context) {
    (void)context;
    return 1000000;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    scene->clock = (struct caa_clock){now_us, now_us, NULL};
    scene->ledger = caa_ledger_new(&scene->clock, 1);
    scene->below = fake_new();
    scene->question =
        (struct caa_question){.name = fake_name("www.shop.net"), .type = CAA_TYPE_CAA};
    begin_path(&scene->draft, "www.shop.net");
    struct caa_path_zone *net =
        put_zone(&scene->draft, put_zone(&scene->draft, NULL, "."), "net");
    net->ds_seen = true;
    for (size_t i = 0; i < SERVERS; i++) {
        char ns[] = {(char)('a' + i), '.', 'n', 'e', 't', '\0'}, address[24];
        snprintf(address, sizeof address, "192.0.2.%zu", i + 1);
        put_server(&scene->draft, net, ns, address, WORKS, UNASKED);
    }
    caa_ledger_note_path(scene->ledger, &scene->draft.path);
    caa_pinning_gather(&scene->pinning,
                       &(struct caa_pinning_ground){.path_count = 1,
                                                    .paths = {&scene->draft.path},
                                                    .ledger = scene->ledger});
    assert_int_equal(scene->pinning.zone_count, 1);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_attempt_free(scene->attempt);
    assert_true(TAILQ_EMPTY(&scene->below->pending));
    caa_lookup_free(&scene->below->lookup);
    drop_path(&scene->draft);
    caa_ledger_free(scene->ledger);
    free(scene);
    return 0;
}

static void note(void *context, const struct caa_answer *answer) {
    struct scene *scene = context;
    scene->told++;
    scene->outcome = answer->outcome;
    scene->passed_over = caa_attempt_passed_over(scene->attempt);
    snprintf(scene->reason, sizeof scene->reason, "%s", answer->reason);
}

static void note_waits(void *context) {
    struct scene *scene = context;
    scene->waits++;
}

static enum caa_err start(struct scene *scene) {
    return caa_attempt_start(&scene->attempt, &scene->below->lookup, &scene->question,
                             &scene->pinning, scene->ledger, note, note_waits, scene);
}

static size_t count_pending(const struct scene *scene) {
    const struct caa_lookup_ticket *ticket;
    size_t count = 0;
    TAILQ_FOREACH(ticket, &scene->below->pending, link) count++;
    return count;
}

/* The oldest look comes to that. */
static void come_to(struct scene *scene, enum caa_outcome outcome) {
    bool bogus = outcome == CAA_OUTCOME_BOGUS;
    fake_answer_with(
        scene->below, TAILQ_FIRST(&scene->below->pending),
        (struct caa_answer){.outcome = outcome,
                            .security = bogus ? CAA_SECURITY_BOGUS : CAA_SECURITY_SECURE,
                            .ede = -1,
                            .reason = bogus ? "signature expired" : ""});
}

static void assert_told(const struct scene *scene, enum caa_outcome outcome) {
    assert_int_equal(scene->told, 1);
    assert_string_equal(caa_outcome_code(scene->outcome), caa_outcome_code(outcome));
    assert_true(TAILQ_EMPTY(&scene->below->pending));
}

static void all_are_pinned_at_first_and_a_sound_answer_is_it(void **state) {
    struct scene *scene = *state;
    scene->pinning.over_tcp = true;
    assert_int_equal(start(scene), CAA_OK);
    const struct caa_lookup_ticket *look = TAILQ_FIRST(&scene->below->pending);
    assert_int_equal(count_pending(scene), 1);
    assert_int_equal(look->zone_count, 1);
    assert_int_equal(look->address_count, SERVERS);
    assert_true(look->over_tcp);
    come_to(scene, CAA_OUTCOME_NODATA);
    assert_told(scene, CAA_OUTCOME_NODATA);
}

static void what_fails_otherwise_than_bogus_is_a_failure_at_once(void **state) {
    struct scene *scene = *state;
    assert_int_equal(start(scene), CAA_OK);
    come_to(scene, CAA_OUTCOME_SERVFAIL);
    assert_told(scene, CAA_OUTCOME_SERVFAIL);
    assert_int_equal(scene->below->asked, 1);
}

static void after_bogus_each_server_is_asked_alone_four_at_a_time(void **state) {
    struct scene *scene = *state;
    assert_int_equal(start(scene), CAA_OK);
    come_to(scene, CAA_OUTCOME_BOGUS);
    assert_int_equal(count_pending(scene), AT_ONCE);
    const struct caa_lookup_ticket *look, *other;
    TAILQ_FOREACH(look, &scene->below->pending, link) {
        assert_int_equal(look->address_count, 1);
        TAILQ_FOREACH(other, &scene->below->pending, link)
        assert_true(look == other ||
                    memcmp(&look->address, &other->address, sizeof look->address) != 0);
    }
    come_to(scene, CAA_OUTCOME_BOGUS);
    assert_int_equal(count_pending(scene), AT_ONCE);
    assert_int_equal(scene->told, 0);
}

static void the_first_good_one_ends_the_hunt(void **state) {
    struct scene *scene = *state;
    assert_int_equal(start(scene), CAA_OK);
    come_to(scene, CAA_OUTCOME_BOGUS);
    come_to(scene, CAA_OUTCOME_BOGUS);
    come_to(scene, CAA_OUTCOME_NODATA);
    assert_told(scene, CAA_OUTCOME_NODATA);
    assert_int_equal(scene->below->cancelled, AT_ONCE - 1);
}

static void bogus_at_every_server_is_bogus(void **state) {
    struct scene *scene = *state;
    assert_int_equal(start(scene), CAA_OK);
    for (size_t i = 0; i < 1 + SERVERS; i++) come_to(scene, CAA_OUTCOME_BOGUS);
    assert_told(scene, CAA_OUTCOME_BOGUS);
    assert_string_equal(scene->reason, "signature expired");
    assert_false(scene->passed_over);
}

static void assert_may_pass_after(struct scene *scene, size_t looks) {
    assert_int_equal(start(scene), CAA_OK);
    for (size_t i = 0; i < looks; i++) come_to(scene, CAA_OUTCOME_BOGUS);
    assert_told(scene, CAA_OUTCOME_SERVFAIL);
}

static void it_is_not_bogus_before_all_have_been_heard(void **state) {
    struct scene *scene = *state;
    scene->pinning.is_partial = true;
    assert_may_pass_after(scene, 1 + SERVERS);
}

static void it_is_not_bogus_where_no_zone_above_is_known_to_be_signed(void **state) {
    struct scene *scene = *state;
    scene->pinning.zones[0].is_signed = false;
    assert_may_pass_after(scene, 1);
}

static void it_is_not_bogus_while_others_ask_one_of_them(void **state) {
    struct scene *scene = *state;
    const struct caa_pinning_zone *net = &scene->pinning.zones[0];
    assert_true(caa_ledger_claim_trial(scene->ledger, &net->zone, &net->addresses[2]));
    assert_may_pass_after(scene, SERVERS);
    assert_true(scene->passed_over);
}

static void who_finds_no_room_waits_and_goes_on_where_it_was(void **state) {
    struct scene *scene = *state;
    scene->below->refuse_at = 1 + AT_ONCE; /* and so it is with one more */
    assert_int_equal(start(scene), CAA_OK);
    for (size_t i = 0; i < AT_ONCE; i++) {
        come_to(scene, CAA_OUTCOME_BOGUS);
        assert_int_equal(scene->waits, 0);
        assert_false(caa_attempt_go_on(scene->attempt));
    }
    come_to(scene, CAA_OUTCOME_BOGUS);
    assert_int_equal(scene->waits, 1);
    assert_true(caa_attempt_go_on(scene->attempt));
    assert_int_equal(scene->waits, 2);
    scene->below->refuse_at = 0;
    assert_true(caa_attempt_go_on(scene->attempt));
    assert_int_equal(count_pending(scene), SERVERS - AT_ONCE);
    for (size_t i = AT_ONCE; i < SERVERS; i++) come_to(scene, CAA_OUTCOME_BOGUS);
    assert_told(scene, CAA_OUTCOME_BOGUS);
}

/* The name may be in a zone of its own, which was not seen. */
static void nobody_is_accused_where_the_walk_does_not_lead_to_the_name(void **state) {
    struct scene *scene = *state;
    const struct caa_pinning_zone *net = &scene->pinning.zones[0];
    scene->pinning.reaches_name = false;
    assert_may_pass_after(scene, 1);
    assert_non_null(caa_attempt_bogus(scene->attempt));
    caa_attempt_free(scene->attempt);
    scene->told = 0;
    scene->pinning.zones[0].is_suspect = true;
    assert_may_pass_after(scene, 1);
    assert_true(caa_ledger_claim_trial(scene->ledger, &net->zone, &net->addresses[0]));
}

/* They can tell whose data is bad. */
static void who_may_not_accuse_waits_for_the_hunt_of_others(void **state) {
    struct scene *scene = *state;
    const struct caa_pinning_zone *net = &scene->pinning.zones[0];
    scene->pinning.reaches_name = false;
    scene->pinning.zones[0].is_suspect = true;
    assert_true(caa_ledger_claim_trial(scene->ledger, &net->zone, &net->addresses[2]));
    assert_int_equal(start(scene), CAA_ERR_LIMIT);
    caa_ledger_note_trial(scene->ledger, &net->zone, &net->addresses[2], CAA_TRIAL_BAD);
    assert_int_equal(start(scene), CAA_OK);
    assert_int_equal(count_pending(scene), 1);
}

/* It may be about to find the zone that is bad. */
static void nobody_is_hunted_while_the_walk_is_under_way(void **state) {
    struct scene *scene = *state;
    scene->pinning.reaches_name = false;
    scene->pinning.is_partial = true;
    assert_may_pass_after(scene, 1);
    caa_attempt_free(scene->attempt);
    scene->told = 0;
    scene->pinning.zones[0].is_suspect = true;
    assert_may_pass_after(scene, SERVERS);
}

static void whoever_was_found_to_be_bad_is_not_asked_again(void **state) {
    struct scene *scene = *state;
    const struct caa_pinning_zone *net = &scene->pinning.zones[0];
    caa_ledger_note_trial(scene->ledger, &net->zone, &net->addresses[2], CAA_TRIAL_BAD);
    assert_int_equal(start(scene), CAA_OK);
    for (size_t i = 0; i < SERVERS; i++) come_to(scene, CAA_OUTCOME_BOGUS);
    assert_told(scene, CAA_OUTCOME_BOGUS);
}

static void where_bad_data_is_about_the_hunt_begins_at_once(void **state) {
    struct scene *scene = *state;
    scene->pinning.zones[0].is_suspect = true;
    assert_int_equal(start(scene), CAA_OK);
    assert_int_equal(count_pending(scene), AT_ONCE);
    assert_int_equal(TAILQ_FIRST(&scene->below->pending)->address_count, 1);
}

static void who_is_given_up_is_free_for_others_again(void **state) {
    struct scene *scene = *state;
    const struct caa_pinning_zone *net = &scene->pinning.zones[0];
    scene->pinning.zones[0].is_suspect = true;
    assert_int_equal(start(scene), CAA_OK);
    assert_false(caa_ledger_claim_trial(scene->ledger, &net->zone, &net->addresses[0]));
    caa_attempt_free(scene->attempt);
    scene->attempt = NULL;
    assert_int_equal(scene->told, 0);
    assert_int_equal(scene->below->cancelled, AT_ONCE);
    assert_true(caa_ledger_claim_trial(scene->ledger, &net->zone, &net->addresses[0]));
}

static void what_cannot_be_asked_does_not_start(void **state) {
    struct scene *scene = *state;
    struct caa_question question = {.name = fake_name("net"), .type = CAA_TYPE_CAA};
    struct caa_lookup_ticket *ticket;
    assert_int_equal(caa_lookup_start(&scene->below->lookup, &question, note, scene, &ticket),
                     CAA_OK);
    scene->below->refuse_at = 1;
    assert_int_equal(start(scene), CAA_ERR_RESOLVER);
    caa_lookup_cancel(&scene->below->lookup, ticket);
    assert_int_equal(scene->told, 0);
    scene->attempt = NULL;
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(all_are_pinned_at_first_and_a_sound_answer_is_it),
        SCENE(what_fails_otherwise_than_bogus_is_a_failure_at_once),
        SCENE(after_bogus_each_server_is_asked_alone_four_at_a_time),
        SCENE(the_first_good_one_ends_the_hunt),
        SCENE(bogus_at_every_server_is_bogus),
        SCENE(it_is_not_bogus_before_all_have_been_heard),
        SCENE(it_is_not_bogus_where_no_zone_above_is_known_to_be_signed),
        SCENE(it_is_not_bogus_while_others_ask_one_of_them),
        SCENE(who_finds_no_room_waits_and_goes_on_where_it_was),
        SCENE(nobody_is_hunted_while_the_walk_is_under_way),
        SCENE(who_may_not_accuse_waits_for_the_hunt_of_others),
        SCENE(nobody_is_accused_where_the_walk_does_not_lead_to_the_name),
        SCENE(whoever_was_found_to_be_bad_is_not_asked_again),
        SCENE(where_bad_data_is_about_the_hunt_begins_at_once),
        SCENE(who_is_given_up_is_free_for_others_again),
        SCENE(what_cannot_be_asked_does_not_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
