#include "fake.h"

#include <libknot/libknot.h>

#include "serve/dns_responder.h"

enum { MS = 1000, DEADLINE_MS = 2500, ASKS_MOST = 8, CLASS_IN = 1, RD = 0x0100 };

/* One ask, and what became of it. */
struct asked {
    struct caa_dns_ask *ask;
    int told;
    struct caa_dns_reply reply;
    int ede; /* of the reply, -1 where none */
    uint16_t id;
    bool ask_again; /* when told, the same question */
};

/* A responder over a lookup and a clock under our hands. */
struct scene {
    struct event_base *base;
    struct fake *fake;
    int64_t now_us;
    struct caa_clock clock;
    struct caa_dns_counters counters;
    struct caa_dns_responder *responder;
    struct asked asked[ASKS_MOST];
    size_t count;
    struct caa_dns_permit *permits[ASKS_MOST];
    size_t permit_count;
    enum caa_outcome recorded_outcome;
    bool is_recording;
};

static struct scene *scene;

static int64_t now(void *context) {
    (void)context;
    return scene->now_us;
}

static void note_record(void *context, const struct caa_dns_fact *fact,
                        struct caa_dns_permit *permit) {
    (void)context;
    assert_int_equal(fact->client->transport, CAA_DNS_TCP);
    scene->recorded_outcome = fact->answer->outcome;
    scene->permits[scene->permit_count++] = permit;
}

static void make_responder(bool record) {
    const struct caa_dns_responder_setting setting = {.base = scene->base,
                                                      .clock = &scene->clock,
                                                      .lookup = &scene->fake->lookup,
                                                      .deadline_ms = DEADLINE_MS,
                                                      .seed = 1,
                                                      .record = record ? note_record : NULL,
                                                      .counters = &scene->counters};
    assert_int_equal(caa_dns_responder_new(&scene->responder, &setting), CAA_OK);
}

static int set_up(void **state) {
    scene = calloc(1, sizeof *scene);
    *state = scene;
    scene->base = event_base_new();
    scene->fake = fake_new();
    scene->now_us = 1000000;
    scene->clock = (struct caa_clock){.monotonic_us = now, .wall_us = now};
    make_responder(false);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    caa_dns_responder_free(scene->responder);
    caa_lookup_free(&scene->fake->lookup);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void note(void *context, const uint8_t *wire, const struct caa_dns_reply *reply);

static enum caa_err try_to_ask(struct asked *asked, const char *name, uint16_t id) {
    const struct caa_dns_query query = {.id = id,
                                        .flags = RD,
                                        .has_question = true,
                                        .name = fake_name(name),
                                        .type = CAA_TYPE_CAA,
                                        .class = CLASS_IN,
                                        .has_edns = true};
    const struct caa_dns_client client = {.transport = CAA_DNS_TCP};
    return caa_dns_responder_ask(scene->responder, &query, &client, 1232, note, asked,
                                 &asked->ask);
}

static struct asked *ask(const char *name) {
    assert_true(scene->count < ASKS_MOST);
    struct asked *asked = &scene->asked[scene->count++];
    assert_int_equal(try_to_ask(asked, name, (uint16_t)scene->count), CAA_OK);
    assert_int_equal(asked->told, 0);
    return asked;
}

static void note(void *context, const uint8_t *wire, const struct caa_dns_reply *reply) {
    struct asked *asked = context;
    asked->told++;
    asked->reply = *reply;
    asked->id = knot_wire_get_id(wire);
    knot_pkt_t *packet = knot_pkt_new((void *)wire, (uint16_t)reply->len, NULL);
    assert_int_equal(knot_pkt_parse(packet, KNOT_PF_KEEPWIRE), KNOT_EOK);
    const uint8_t *ede = knot_pkt_edns_option(packet, KNOT_EDNS_OPTION_EDE);
    asked->ede = ede == NULL ? -1 : knot_wire_read_u16(ede + 4);
    knot_pkt_free(packet);
    if (asked->ask_again) ask("www.example");
}

static void turn(void) {
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

static void pass(int64_t ms) {
    scene->now_us += ms * MS;
    caa_dns_responder_end_stages(scene->responder);
    turn();
}

/* Answers the question in flight for `name`: NODATA with its packet, or a failure. */
static void answer(const char *name, enum caa_outcome outcome) {
    struct caa_lookup_ticket *ticket = fake_find(scene->fake, name);
    if (ticket == NULL) fail_msg("nobody waits for %s", name);
    uint8_t packet[512] = {0};
    knot_wire_set_qr(packet);
    knot_wire_set_qdcount(packet, 1);
    memcpy(packet + 12, ticket->question.name.wire, ticket->question.name.len);
    uint8_t *end = packet + 12 + ticket->question.name.len;
    knot_wire_write_u16(end, CAA_TYPE_CAA);
    knot_wire_write_u16(end + 2, CLASS_IN);
    bool sound = outcome == CAA_OUTCOME_NODATA;
    struct caa_answer content = {
        .owner = ticket->question.name,
        .type = CAA_TYPE_CAA,
        .outcome = outcome,
        .security = sound ? CAA_SECURITY_SECURE : CAA_SECURITY_INDETERMINATE,
        .ede = -1,
        .observed_at_us = scene->now_us,
        .packet = caa_slice_bytes(packet, sound ? (size_t)(end + 4 - packet) : 0)};
    const struct caa_answer *told = caa_answer_new(&content);
    TAILQ_REMOVE(&scene->fake->pending, ticket, link);
    ticket->done(ticket->context, told);
    free(ticket);
    caa_answer_release(told);
}

static uint64_t counted(enum caa_dns_counter which) {
    return atomic_load(&scene->counters.counts[which]);
}

static void assert_told(const struct asked *asked, uint16_t rcode) {
    assert_int_equal(asked->told, 1);
    assert_int_equal(asked->reply.rcode, rcode);
    assert_int_equal(asked->id, asked - scene->asked + 1);
}

static void a_question_is_answered_to_who_asked_it(void **state) {
    (void)state;
    struct asked *one = ask("www.example"), *other = ask("other.example");
    answer("other.example", CAA_OUTCOME_NODATA);
    assert_told(other, KNOT_RCODE_NOERROR);
    assert_int_equal(one->told, 0);
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_told(one, KNOT_RCODE_NOERROR);
    assert_int_equal(caa_dns_responder_waiting(scene->responder), 0);
    assert_int_equal(counted(CAA_DNS_COUNTER_ANSWERED), 2);
}

static void retransmissions_join_the_lookup_in_flight(void **state) {
    (void)state;
    struct asked *first = ask("www.example");
    pass(1000);
    struct asked *second = ask("WWW.example"); /* whatever the case */
    pass(1000);
    struct asked *third = ask("www.example");
    assert_int_equal(scene->fake->asked, 1);
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_told(first, KNOT_RCODE_NOERROR);
    assert_told(second, KNOT_RCODE_NOERROR);
    assert_told(third, KNOT_RCODE_NOERROR);
}

static void the_deadline_counts_from_the_first_of_them(void **state) {
    (void)state;
    struct asked *first = ask("www.example");
    pass(2499);
    struct asked *second = ask("www.example");
    assert_int_equal(first->told, 0);
    pass(1);
    assert_told(first, KNOT_RCODE_SERVFAIL);
    assert_told(second, KNOT_RCODE_SERVFAIL);
    assert_int_equal(first->ede, 22);
    assert_int_equal(counted(CAA_DNS_COUNTER_LATE), 1);
}

static void after_the_deadline_the_lookup_goes_on_for_the_next_ask(void **state) {
    (void)state;
    ask("www.example");
    pass(2500);
    assert_true(fake_is_pending(scene->fake, "www.example"));
    pass(5000);
    struct asked *next = ask("www.example");
    assert_int_equal(scene->fake->asked, 1);
    pass(2499); /* it has a deadline of its own */
    assert_int_equal(next->told, 0);
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_told(next, KNOT_RCODE_NOERROR);
}

static void a_lookup_that_nobody_asks_for_ends(void **state) {
    (void)state;
    ask("www.example");
    pass(2500);
    pass(CAA_DNS_LINGER_MS - 1);
    assert_int_equal(scene->fake->cancelled, 0);
    pass(1);
    assert_int_equal(scene->fake->cancelled, 1);
    ask("www.example");
    assert_int_equal(scene->fake->asked, 2);
}

static void no_lookup_goes_on_for_ever(void **state) {
    (void)state;
    for (int64_t ms = 0; ms < CAA_DNS_LOOKUP_MS_MOST - 2500; ms += 2500) {
        ask("www.example");
        pass(2500);
        scene->count = 0;
        memset(scene->asked, 0, sizeof scene->asked);
    }
    assert_int_equal(scene->fake->cancelled, 0);
    struct asked *last = ask("www.example");
    pass(2500);
    assert_told(last, KNOT_RCODE_SERVFAIL);
    assert_int_equal(scene->fake->cancelled, 1);
    pass(1000);
    ask("www.example");
    assert_int_equal(scene->fake->asked, 2);
}

static void an_answer_that_comes_while_nobody_waits_ends_the_question(void **state) {
    (void)state;
    ask("www.example");
    pass(2500);
    answer("www.example", CAA_OUTCOME_NODATA);
    ask("www.example"); /* which a cache below would answer */
    assert_int_equal(scene->fake->asked, 2);
}

static void what_is_known_at_the_deadline_is_told(void **state) {
    (void)state;
    struct caa_evidence evidence = {.zone = fake_name("example"),
                                    .failure = CAA_FAILURE_UNREACHABLE,
                                    .fault = CAA_FAULT_RESOLVER,
                                    .retry_why = "",
                                    .reason = ""};
    const struct caa_evidence *shared = caa_evidence_new(&evidence);
    struct caa_answer content = {.owner = fake_name("www.example"),
                                 .type = CAA_TYPE_CAA,
                                 .outcome = CAA_OUTCOME_TIMEOUT,
                                 .evidence = shared};
    scene->fake->so_far = caa_answer_new(&content);
    caa_evidence_release(shared);
    struct asked *asked = ask("www.example");
    pass(2500);
    assert_int_equal(asked->ede, 23);
    caa_answer_release(scene->fake->so_far);
}

/* A failure with its evidence; one reference for the caller. */
static const struct caa_answer *failure_that(enum caa_failure failure, enum caa_fault fault,
                                             bool passes) {
    struct caa_evidence evidence = {.zone = fake_name("example"),
                                    .failure = failure,
                                    .fault = fault,
                                    .retry_advised = passes,
                                    .retry_after_s = passes ? 60 : 0,
                                    .retry_why = "",
                                    .reason = ""};
    const struct caa_evidence *shared = caa_evidence_new(&evidence);
    struct caa_answer content = {.owner = fake_name("www.example"),
                                 .type = CAA_TYPE_CAA,
                                 .outcome = CAA_OUTCOME_SERVFAIL,
                                 .ede = -1,
                                 .evidence = shared};
    const struct caa_answer *made = caa_answer_new(&content);
    caa_evidence_release(shared);
    return made;
}

static void fail_with(const char *name, const struct caa_answer *failure) {
    struct caa_lookup_ticket *ticket = fake_find(scene->fake, name);
    TAILQ_REMOVE(&scene->fake->pending, ticket, link);
    ticket->done(ticket->context, failure);
    free(ticket);
    caa_answer_release(failure);
}

/* The EDE that the next ask gets where its lookup has come to `so_far`, or to nothing. */
static int ede_at_deadline(const struct caa_answer *so_far) {
    scene->fake->so_far = so_far;
    struct asked *asked = ask("www.example");
    pass(2500);
    assert_int_equal(asked->told, 1);
    caa_answer_release(so_far);
    scene->fake->so_far = NULL;
    return asked->ede;
}

/* Found out when nobody waited any more, say. */
static void what_no_waiting_changes_is_told_until_more_is_known(void **state) {
    (void)state;
    assert_int_equal(ede_at_deadline(NULL), 22);
    fail_with("www.example", failure_that(CAA_FAILURE_BOGUS, CAA_FAULT_SUBSCRIBER, false));
    pass(1000);
    assert_int_equal(ede_at_deadline(NULL), 6);
    assert_int_equal(scene->fake->asked, 2); /* it is looked up all the same */
    assert_int_equal(
        ede_at_deadline(failure_that(CAA_FAILURE_RECURSOR, CAA_FAULT_SUBSCRIBER, true)), 6);
    assert_int_equal(
        ede_at_deadline(failure_that(CAA_FAILURE_RECURSOR, CAA_FAULT_RESOLVER, true)), 23);
    assert_int_equal(
        ede_at_deadline(failure_that(CAA_FAILURE_SILENT, CAA_FAULT_SUBSCRIBER, true)), 22);
    struct asked *mended = ask("www.example");
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_told(mended, KNOT_RCODE_NOERROR);
    assert_int_equal(ede_at_deadline(NULL), 22); /* and forgotten */
}

static void few_of_them_are_kept(void **state) {
    char name[32];
    (void)state;
    for (int i = 0; i <= CAA_DNS_KEPT_MOST; i++) {
        scene->count = 0;
        memset(scene->asked, 0, sizeof scene->asked);
        snprintf(name, sizeof name, "www%d.example", i);
        ask(name);
        fail_with(name, failure_that(CAA_FAILURE_BOGUS, CAA_FAULT_SUBSCRIBER, false));
        pass(1);
    }
    pass(1000);
    scene->count = 0;
    memset(scene->asked, 0, sizeof scene->asked);
    struct asked *first = ask("www0.example"), *second = ask("www1.example");
    pass(2500);
    assert_int_equal(first->ede, 22);
    assert_int_equal(second->ede, 6);
}

static void it_is_not_told_for_ever_nor_what_may_pass(void **state) {
    (void)state;
    ask("www.example");
    fail_with("www.example", failure_that(CAA_FAILURE_BOGUS, CAA_FAULT_SUBSCRIBER, false));
    pass(1000);
    pass(CAA_DNS_KEEP_MS);
    assert_int_equal(ede_at_deadline(NULL), 22);
    fail_with("www.example", failure_that(CAA_FAILURE_SERVFAIL, CAA_FAULT_RESOLVER, true));
    pass(1000);
    assert_int_equal(ede_at_deadline(NULL), 22);
}

static void a_failure_is_told_again_for_a_second(void **state) {
    (void)state;
    struct asked *first = ask("www.example");
    answer("www.example", CAA_OUTCOME_REFUSED);
    assert_told(first, KNOT_RCODE_SERVFAIL);
    struct asked *second = ask("www.example");
    assert_int_equal(scene->fake->asked, 1);
    turn();
    assert_told(second, KNOT_RCODE_SERVFAIL);
    pass(999);
    struct asked *third = ask("www.example");
    pass(1); /* it ends while somebody waits */
    assert_told(third, KNOT_RCODE_SERVFAIL);
    ask("www.example");
    assert_int_equal(scene->fake->asked, 2);
}

static void who_asks_again_when_told_waits_for_another_telling(void **state) {
    (void)state;
    ask("www.example")->ask_again = true;
    answer("www.example", CAA_OUTCOME_REFUSED);
    assert_int_equal(scene->count, 2);
    assert_int_equal(scene->asked[1].told, 0);
    turn();
    assert_told(&scene->asked[1], KNOT_RCODE_SERVFAIL);
    pass(1000);
    ask("www.example")->ask_again = true;
    pass(2500);
    assert_told(&scene->asked[2], KNOT_RCODE_SERVFAIL);
    assert_int_equal(scene->asked[3].told, 0);
    pass(2500);
    assert_told(&scene->asked[3], KNOT_RCODE_SERVFAIL);
    ask("www.example")->ask_again = true;
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_true(fake_is_pending(scene->fake, "www.example"));
    assert_int_equal(scene->asked[5].told, 0);
}

static void who_asks_again_at_the_end_of_a_failure_asks_anew(void **state) {
    (void)state;
    ask("www.example");
    answer("www.example", CAA_OUTCOME_REFUSED);
    pass(999);
    ask("www.example")->ask_again = true;
    pass(1); /* it is told as the second ends */
    assert_told(&scene->asked[1], KNOT_RCODE_SERVFAIL);
    assert_int_equal(scene->fake->asked, 2);
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_told(&scene->asked[2], KNOT_RCODE_NOERROR);
}

static void who_drops_an_ask_is_never_told(void **state) {
    (void)state;
    struct asked *gone = ask("www.example"), *stays = ask("www.example");
    caa_dns_ask_drop(gone->ask);
    assert_int_equal(caa_dns_responder_waiting(scene->responder), 1);
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_int_equal(gone->told, 0);
    assert_told(stays, KNOT_RCODE_NOERROR);
    caa_dns_ask_drop(ask("other.example")->ask);
    assert_true(fake_is_pending(scene->fake, "other.example")); /* the lookup goes on */
    pass(2500);
    answer("other.example", CAA_OUTCOME_NODATA);
}

static void an_answer_waits_for_its_record(void **state) {
    (void)state;
    caa_dns_responder_free(scene->responder);
    make_responder(true);
    struct asked *one = ask("www.example"), *two = ask("www.example");
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_int_equal(scene->permit_count, 2);
    assert_int_equal(scene->recorded_outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(one->told + two->told, 0);
    caa_dns_permit_give(scene->permits[0], true);
    assert_told(one, KNOT_RCODE_NOERROR);
    caa_dns_permit_give(scene->permits[1], false);
    assert_told(two, KNOT_RCODE_SERVFAIL);
    assert_int_equal(two->ede, 0);
    assert_int_equal(counted(CAA_DNS_COUNTER_UNRECORDED), 1);
    ask("late.example");
    pass(2500); /* failures are recorded too */
    assert_int_equal(scene->recorded_outcome, CAA_OUTCOME_TIMEOUT);
    caa_dns_permit_give(scene->permits[2], true);
}

static void a_permit_outlives_ask_and_responder(void **state) {
    (void)state;
    caa_dns_responder_free(scene->responder);
    make_responder(true);
    struct asked *gone = ask("www.example"), *stays = ask("other.example");
    answer("www.example", CAA_OUTCOME_NODATA);
    answer("other.example", CAA_OUTCOME_NODATA);
    caa_dns_ask_drop(gone->ask);
    caa_dns_permit_give(scene->permits[0], true);
    caa_dns_responder_free(scene->responder);
    caa_dns_permit_give(scene->permits[1], true);
    assert_int_equal(gone->told + stays->told, 0);
    scene->responder = NULL;
}

static void questions_have_a_ceiling_and_lingering_ones_make_room(void **state) {
    static struct asked many[CAA_DNS_QUESTIONS_MOST + 1];
    char name[32];
    (void)state;
    memset(many, 0, sizeof many);
    for (size_t i = 0; i < CAA_DNS_QUESTIONS_MOST; i++) {
        snprintf(name, sizeof name, "n%zu.example", i);
        assert_int_equal(try_to_ask(&many[i], name, 1), CAA_OK);
    }
    struct asked *last = &many[CAA_DNS_QUESTIONS_MOST];
    assert_int_equal(try_to_ask(last, "more.example", 1), CAA_ERR_LIMIT);
    pass(2500);
    assert_int_equal(try_to_ask(last, "more.example", 1), CAA_OK);
    assert_int_equal(scene->fake->cancelled, 1);
    assert_false(fake_is_pending(scene->fake, "n0.example"));
}

static void asks_have_a_ceiling(void **state) {
    static struct asked many[CAA_DNS_ASKS_MOST + 1];
    (void)state;
    memset(many, 0, sizeof many);
    for (size_t i = 0; i < CAA_DNS_ASKS_MOST; i++)
        assert_int_equal(try_to_ask(&many[i], "www.example", 1), CAA_OK);
    assert_int_equal(try_to_ask(&many[CAA_DNS_ASKS_MOST], "www.example", 1), CAA_ERR_LIMIT);
    answer("www.example", CAA_OUTCOME_NODATA);
    assert_int_equal(counted(CAA_DNS_COUNTER_ANSWERED), CAA_DNS_ASKS_MOST);
    assert_int_equal(try_to_ask(&many[CAA_DNS_ASKS_MOST], "www.example", 1), CAA_OK);
}

static void a_lookup_that_does_not_start_is_an_error_and_leaves_nothing(void **state) {
    (void)state;
    struct asked asked = {.told = 0};
    ask("first.example");
    scene->fake->refuse_at = 1;
    assert_int_equal(try_to_ask(&asked, "www.example", 1), CAA_ERR_RESOLVER);
    scene->fake->refuse_at = 0;
    assert_int_equal(try_to_ask(&asked, "www.example", 1), CAA_OK);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(a_question_is_answered_to_who_asked_it),
        SCENE(retransmissions_join_the_lookup_in_flight),
        SCENE(the_deadline_counts_from_the_first_of_them),
        SCENE(after_the_deadline_the_lookup_goes_on_for_the_next_ask),
        SCENE(a_lookup_that_nobody_asks_for_ends),
        SCENE(no_lookup_goes_on_for_ever),
        SCENE(an_answer_that_comes_while_nobody_waits_ends_the_question),
        SCENE(what_is_known_at_the_deadline_is_told),
        SCENE(what_no_waiting_changes_is_told_until_more_is_known),
        SCENE(few_of_them_are_kept),
        SCENE(it_is_not_told_for_ever_nor_what_may_pass),
        SCENE(a_failure_is_told_again_for_a_second),
        SCENE(who_asks_again_when_told_waits_for_another_telling),
        SCENE(who_asks_again_at_the_end_of_a_failure_asks_anew),
        SCENE(who_drops_an_ask_is_never_told),
        SCENE(an_answer_waits_for_its_record),
        SCENE(a_permit_outlives_ask_and_responder),
        SCENE(questions_have_a_ceiling_and_lingering_ones_make_room),
        SCENE(asks_have_a_ceiling),
        SCENE(a_lookup_that_does_not_start_is_an_error_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
