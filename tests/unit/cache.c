#include "show.h"

#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "fake.h"
#include "resolve/cache.h"
#include "resolve/cache_rule.h"

enum { SECOND = 1000000, TTL = 900, DAY = 86400 };

/* Two caches, as of two threads, on one store; the tests hold the clock. */
struct scene {
    struct event_base *base;
    struct caa_clock clock;
    int64_t now_us;
    int64_t wall_us;
    struct caa_store *store;
    struct fake *below;
    struct caa_lookup *lookup;
    struct fake *below_other;
    struct caa_lookup *other;
    size_t disagreements;
    enum caa_outcome before, after;
    size_t failures_told; /* of refreshes */
    enum caa_outcome failed_with;
};

/* One who asks, and what it does when it is told. */
struct asker {
    struct scene *scene;
    struct caa_lookup *lookup;
    const char *name;
    struct caa_lookup_ticket *ticket; /* NULL: not waiting */
    size_t told;
    enum caa_outcome outcome;
    uint32_t ttl_s;
    struct caa_look other;
    struct asker *cancels; /* when told */
    struct asker *starts;  /* when told */
};

static int64_t monotonic_us(void *context) {
    return ((struct scene *)context)->now_us;
}

static int64_t wall_us(void *context) {
    return ((struct scene *)context)->wall_us;
}

static void note_disagreement(void *context, const struct caa_answer *before,
                              const struct caa_answer *now) {
    struct scene *scene = context;
    scene->disagreements++;
    scene->before = before->outcome;
    scene->after = now->outcome;
}

static void note_refresh_failed(void *context, const struct caa_answer *answer) {
    struct scene *scene = context;
    scene->failures_told++;
    scene->failed_with = answer->outcome;
}

static struct caa_lookup *new_cache(struct scene *scene, struct fake *below) {
    struct caa_cache_setting setting = {.base = scene->base,
                                        .clock = &scene->clock,
                                        .store = scene->store,
                                        .seed = 1,
                                        .refreshes_most = 2,
                                        .disagreement = note_disagreement,
                                        .refresh_failed = note_refresh_failed,
                                        .context = scene};
    struct caa_lookup *lookup = NULL;
    assert_int_equal(caa_cache_new(&lookup, &below->lookup, &setting), CAA_OK);
    return lookup;
}

static int set_up(void **state) {
    struct scene *scene = calloc(1, sizeof *scene);
    struct caa_store_setting setting = {
        .octets_most = CAA_STORE_OCTETS_LEAST, .fresh_most = 100, .seed = 42};
    scene->base = event_base_new();
    scene->now_us = (int64_t)DAY * SECOND;
    scene->wall_us = (int64_t)1790000000 * SECOND;
    scene->clock = (struct caa_clock){monotonic_us, wall_us, scene};
    assert_int_equal(caa_store_new(&scene->store, &setting), CAA_OK);
    scene->below = fake_new();
    scene->below_other = fake_new();
    scene->lookup = new_cache(scene, scene->below);
    scene->other = new_cache(scene, scene->below_other);
    *state = scene;
    return 0;
}

static int tear_down(void **state) {
    struct scene *scene = *state;
    caa_lookup_free(scene->lookup);
    caa_lookup_free(scene->other);
    assert_int_equal(event_base_get_num_events(scene->base, EVENT_BASE_COUNT_ADDED), 0);
    caa_store_free(scene->store);
    event_base_free(scene->base);
    free(scene);
    return 0;
}

static void pass_us(struct scene *scene, int64_t us) {
    scene->now_us += us;
    scene->wall_us += us;
}

static void pass(struct scene *scene, int64_t seconds) {
    pass_us(scene, seconds * SECOND);
}

static void turn(struct scene *scene) {
    event_base_loop(scene->base, EVLOOP_NONBLOCK);
}

static void stop(struct asker *asker) {
    caa_lookup_cancel(asker->lookup, asker->ticket);
    asker->ticket = NULL;
}

static void ask(struct asker *asker);

static void note(void *context, const struct caa_answer *answer) {
    struct asker *asker = context;
    assert_non_null(asker->ticket); /* or it was cancelled, or is told twice */
    asker->ticket = NULL;
    asker->told++;
    asker->outcome = answer->outcome;
    asker->ttl_s = answer->ttl_s;
    asker->other = answer->other;
    if (asker->cancels != NULL && asker->cancels->ticket != NULL) stop(asker->cancels);
    if (asker->starts != NULL) ask(asker->starts);
}

static void ask(struct asker *asker) {
    struct caa_question question = {.name = fake_name(asker->name), .type = CAA_TYPE_CAA};
    struct caa_lookup_ticket *ticket = NULL;
    if (asker->lookup == NULL) asker->lookup = asker->scene->lookup;
    size_t told = asker->told;
    assert_int_equal(caa_lookup_start(asker->lookup, &question, note, asker, &ticket), CAA_OK);
    assert_int_equal(asker->told, told);
    asker->ticket = ticket;
}

/* An answer as the network gives it, now. */
static struct caa_answer content_of(struct scene *scene, enum caa_outcome outcome,
                                    uint32_t ttl_s) {
    static const struct caa_slice record = {"\0\005issueca.net", 13};
    return (struct caa_answer){.outcome = outcome,
                               .security = CAA_SECURITY_SECURE,
                               .ede = -1,
                               .ttl_s = ttl_s,
                               .observed_at_us = scene->wall_us,
                               .rdata_count = outcome == CAA_OUTCOME_RECORDS,
                               .rdata = &record};
}

/* Answers whoever waits for the name. */
static void answer_with(struct fake *fake, const char *name, struct caa_answer content) {
    struct caa_lookup_ticket *ticket = fake_find(fake, name);
    if (ticket == NULL) {
        fail_msg("nobody waits for %s", name);
        return;
    }
    fake_answer_with(fake, ticket, content);
}

/* Asks when nothing is remembered, and gets this. */
static void learn_content(struct scene *scene, const char *name, struct caa_answer content) {
    struct asker asker = {.scene = scene, .name = name};
    ask(&asker);
    answer_with(scene->below, name, content);
    assert_int_equal(asker.told, 1);
}

static void learn(struct scene *scene, const char *name, enum caa_outcome outcome,
                  uint32_t ttl_s) {
    learn_content(scene, name, content_of(scene, outcome, ttl_s));
}

/* The TTL with which the name comes out of the cache; -1 where it has to be asked below. */
static int64_t recall(struct scene *scene, const char *name) {
    struct asker asker = {.scene = scene, .name = name};
    size_t asked = scene->below->asked;
    ask(&asker);
    turn(scene);
    if (asker.told == 1) return asker.ttl_s;
    assert_int_equal(scene->below->asked, asked + 1);
    stop(&asker);
    return -1;
}

static void use_twice(struct scene *scene, const char *name) {
    assert_true(recall(scene, name) >= 0);
    assert_true(recall(scene, name) >= 0);
}

static struct caa_store_counters count(struct scene *scene) {
    struct caa_store_counters counters;
    caa_store_count(scene->store, &counters);
    return counters;
}

/* A refresh of `net` is in flight, at three quarters of its TTL. */
static void refresh_net(struct scene *scene, enum caa_outcome outcome) {
    learn(scene, "net", outcome, TTL);
    use_twice(scene, "net");
    pass(scene, TTL * 3 / 4);
    caa_cache_refresh(scene->lookup);
    assert_true(fake_is_pending(scene->below, "net"));
}

static void an_answer_is_asked_once_and_told_to_all_who_come_later(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_RECORDS, TTL);
    for (size_t i = 0; i < 1000; i++) {
        struct asker asker = {.scene = scene, .name = i % 2 == 0 ? "net" : "NET"};
        ask(&asker);
        turn(scene);
        assert_int_equal(asker.told, 1);
        assert_int_equal(asker.outcome, CAA_OUTCOME_RECORDS);
    }
    assert_int_equal(scene->below->asked, 1);
    assert_int_equal(count(scene).hits, 1000);
    assert_int_equal(count(scene).misses, 1);
}

static void what_one_thread_learns_the_other_knows(void **state) {
    struct scene *scene = *state;
    struct asker asker = {.scene = scene, .name = "net", .lookup = scene->other};
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    ask(&asker);
    turn(scene);
    assert_int_equal(asker.told, 1);
    assert_int_equal(scene->below_other->asked, 0);
}

static void an_answer_is_used_to_the_end_of_its_ttl_and_no_longer(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    pass(scene, 100);
    assert_int_equal(recall(scene, "net"), TTL - 100);
    pass_us(scene, (int64_t)(TTL - 100) * SECOND - 1);
    assert_int_equal(recall(scene, "net"), 0);
    pass_us(scene, 1);
    assert_int_equal(recall(scene, "net"), -1);
}

static void an_answer_is_used_for_an_hour_at_most(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_RECORDS, DAY);
    pass_us(scene, (int64_t)3600 * SECOND - 1);
    assert_int_equal(recall(scene, "net"), 0);
    pass_us(scene, 1);
    assert_int_equal(recall(scene, "net"), -1);
}

static void a_rescued_answer_is_used_for_a_minute_at_most(void **state) {
    struct scene *scene = *state;
    struct caa_answer content = content_of(scene, CAA_OUTCOME_NODATA, TTL);
    content.rescued = true;
    learn_content(scene, "net", content);
    pass_us(scene, (int64_t)60 * SECOND - 1);
    assert_int_equal(recall(scene, "net"), 0);
    pass_us(scene, 1);
    assert_int_equal(recall(scene, "net"), -1);
}

static void the_ttl_counts_from_when_the_answer_was_observed(void **state) {
    struct scene *scene = *state;
    struct caa_answer content = content_of(scene, CAA_OUTCOME_NODATA, 100);
    content.observed_at_us -= (int64_t)40 * SECOND;
    learn_content(scene, "net", content);
    assert_int_equal(recall(scene, "net"), 60);
    content = content_of(scene, CAA_OUTCOME_NODATA, 100);
    content.observed_at_us -= (int64_t)100 * SECOND;
    learn_content(scene, "com", content);
    assert_int_equal(recall(scene, "com"), -1);
}

static void a_wall_clock_that_jumps_gives_no_answer_more_time(void **state) {
    struct scene *scene = *state;
    struct caa_answer content = content_of(scene, CAA_OUTCOME_NODATA, 100);
    content.observed_at_us += (int64_t)DAY * SECOND;
    learn_content(scene, "net", content);
    scene->wall_us -= (int64_t)DAY * SECOND;
    pass(scene, 99);
    assert_int_equal(recall(scene, "net"), 1);
    pass(scene, 1);
    assert_int_equal(recall(scene, "net"), -1);
}

static void failures_are_not_remembered(void **state) {
    struct scene *scene = *state;
    for (int outcome = 0; outcome < CAA_OUTCOME_COUNT; outcome++) {
        if (outcome <= CAA_OUTCOME_NXDOMAIN) continue;
        learn(scene, "net", (enum caa_outcome)outcome, TTL);
        assert_int_equal(recall(scene, "net"), -1);
    }
    assert_int_equal(count(scene).entries, 0);
}

static void only_validated_answers_are_remembered(void **state) {
    struct scene *scene = *state;
    for (int security = CAA_SECURITY_INDETERMINATE; security <= CAA_SECURITY_BOGUS;
         security++) {
        bool usable = security == CAA_SECURITY_INSECURE || security == CAA_SECURITY_SECURE;
        struct caa_answer content = content_of(scene, CAA_OUTCOME_NODATA, 10);
        content.security = (enum caa_security)security;
        learn_content(scene, "net", content);
        assert_int_equal(recall(scene, "net"), usable ? 10 : -1);
        pass(scene, 10);
    }
}

static void an_answer_without_ttl_is_not_remembered(void **state) {
    struct scene *scene = *state;
    for (int outcome = 0; outcome <= CAA_OUTCOME_NXDOMAIN; outcome++) {
        learn(scene, "net", (enum caa_outcome)outcome, 0);
        assert_int_equal(recall(scene, "net"), -1);
    }
}

static void a_pinned_question_goes_through_and_leaves_nothing(void **state) {
    struct scene *scene = *state;
    struct caa_pin pin = {0};
    struct asker asker = {.scene = scene, .lookup = scene->lookup, .name = "net"};
    struct caa_question question = {
        .name = fake_name("net"), .type = CAA_TYPE_CAA, .pin = &pin};
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    assert_int_equal(caa_lookup_start(scene->lookup, &question, note, &asker, &asker.ticket),
                     CAA_OK);
    assert_ptr_equal(fake_find(scene->below, "net")->question.pin, &pin);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_RECORDS, TTL));
    assert_int_equal(asker.outcome, CAA_OUTCOME_RECORDS);
    ask(&asker);
    turn(scene);
    assert_int_equal(asker.outcome, CAA_OUTCOME_NODATA);
}

static void who_cancels_is_not_told(void **state) {
    struct scene *scene = *state;
    struct asker known = {.scene = scene, .name = "net"};
    struct asker unknown = {.scene = scene, .name = "com"};
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    ask(&known);
    ask(&unknown);
    stop(&known);
    stop(&unknown);
    assert_int_equal(scene->below->cancelled, 1);
    turn(scene);
    assert_int_equal(known.told + unknown.told, 0);
}

static void who_is_told_may_cancel_and_ask(void **state) {
    struct scene *scene = *state;
    struct asker second = {.scene = scene, .name = "net"}, third = second;
    struct asker first = {.scene = scene, .name = "net", .cancels = &second, .starts = &third};
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    ask(&first);
    ask(&second);
    turn(scene);
    turn(scene);
    assert_int_equal(first.told, 1);
    assert_int_equal(second.told, 0);
    assert_int_equal(third.told, 1);
}

static void thousands_at_once_are_each_told_exactly_once(void **state) {
    struct scene *scene = *state;
    static struct asker askers[3000];
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    for (size_t i = 0; i < 3000; i++) {
        askers[i] = (struct asker){.scene = scene, .name = "net"};
        ask(&askers[i]);
    }
    for (size_t i = 0; i < 20; i++) turn(scene);
    for (size_t i = 0; i < 3000; i++) assert_int_equal(askers[i].told, 1);
}

static void a_failed_start_below_is_a_failed_start_and_calls_nobody(void **state) {
    struct scene *scene = *state;
    struct asker asker = {.scene = scene, .lookup = scene->lookup, .name = "com"};
    struct caa_question question = {.name = fake_name("com"), .type = CAA_TYPE_CAA};
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    scene->below->refuse_at = 1;
    assert_int_equal(caa_lookup_start(scene->lookup, &question, note, &asker, &asker.ticket),
                     CAA_ERR_RESOLVER);
    turn(scene);
    assert_int_equal(asker.told, 0);
    assert_true(recall(scene, "net") > 0);
}

static void freeing_drops_all_who_wait_without_a_call(void **state) {
    struct scene *scene = *state;
    bool freed = false;
    struct asker known = {.scene = scene, .name = "net"};
    struct asker unknown = {.scene = scene, .name = "com"};
    scene->below->freed = &freed;
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    ask(&known);
    ask(&unknown);
    caa_lookup_free(scene->lookup);
    scene->lookup = NULL;
    turn(scene);
    assert_true(freed);
    assert_int_equal(known.told + unknown.told, 0);
}

static void what_several_needed_is_asked_again_cold_before_its_ttl_ends(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    const struct caa_pin *pin = fake_find(scene->below, "net")->question.pin;
    assert_non_null(pin);
    assert_int_equal(pin->zone_count, 0);
    assert_int_equal(recall(scene, "net"), TTL / 4); /* the old answer, meanwhile */
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    assert_int_equal(recall(scene, "net"), TTL);
    assert_int_equal(count(scene).refreshes_started, 1);
    assert_int_equal(count(scene).refreshes_succeeded, 1);
    assert_int_equal(count(scene).disagreements, 0);
}

static void nothing_is_asked_again_before_five_eighths_of_its_ttl(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    use_twice(scene, "net");
    pass_us(scene, (int64_t)TTL * SECOND / 8 * 5 - 1);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 1);
}

static void what_was_needed_only_once_is_not_asked_again(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    assert_true(recall(scene, "net") >= 0);
    pass(scene, TTL - 1);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 1);
}

static void what_nobody_needed_since_its_refresh_is_left_to_expire(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    pass(scene, TTL - 1);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 2);
    assert_int_equal(count(scene).kept_fresh, 0);
}

static void what_lives_less_than_a_minute_is_not_asked_again(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, 59);
    learn(scene, "com", CAA_OUTCOME_NODATA, 60);
    use_twice(scene, "net");
    use_twice(scene, "com");
    pass(scene, 50);
    caa_cache_refresh(scene->lookup);
    assert_false(fake_is_pending(scene->below, "net"));
    assert_true(fake_is_pending(scene->below, "com"));
}

static void two_threads_do_not_ask_the_same_again(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    caa_cache_refresh(scene->other);
    assert_int_equal(scene->below_other->asked, 0);
}

static void what_a_freed_cache_was_asking_another_asks(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    caa_lookup_free(scene->lookup);
    scene->lookup = NULL;
    caa_cache_refresh(scene->other);
    assert_true(fake_is_pending(scene->below_other, "net"));
}

static void refreshes_in_flight_are_few_and_the_next_follows(void **state) {
    struct scene *scene = *state;
    static const char *const names[] = {"net", "com", "org", "uk"};
    for (size_t i = 0; i < 4; i++) {
        learn(scene, names[i], CAA_OUTCOME_NODATA, TTL);
        use_twice(scene, names[i]);
    }
    pass(scene, TTL * 3 / 4);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 6);
    for (size_t done = 0; done < 4; done++) {
        size_t i = 0;
        while (!fake_is_pending(scene->below, names[i])) i++;
        answer_with(scene->below, names[i], content_of(scene, CAA_OUTCOME_NODATA, TTL));
    }
    assert_int_equal(scene->below->asked, 8);
    assert_int_equal(count(scene).refreshes_succeeded, 4);
}

static void a_failed_refresh_leaves_the_old_answer_and_is_tried_again(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_SERVFAIL, 0));
    assert_int_equal(recall(scene, "net"), TTL / 4);
    pass(scene, 3);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 2);
    pass(scene, 2);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 3);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_BOGUS, 0));
    pass(scene, 7);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 3);
    pass(scene, 3);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->asked, 4);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    assert_int_equal(recall(scene, "net"), TTL);
    assert_int_equal(count(scene).refreshes_failed, 2);
    assert_int_equal(scene->failures_told, 2);
    assert_int_equal(scene->failed_with, CAA_OUTCOME_BOGUS);
}

static void a_zone_that_never_recovers_gives_its_answer_until_the_ttl_ends(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    for (int s = TTL * 3 / 4; s < TTL; s++) {
        if (fake_is_pending(scene->below, "net"))
            answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_TIMEOUT, 0));
        assert_int_equal(recall(scene, "net"), TTL - s);
        pass(scene, 1);
        caa_cache_refresh(scene->lookup);
    }
    assert_int_equal(recall(scene, "net"), -1);
    assert_in_range(count(scene).refreshes_failed, 4, 8);
    assert_int_equal(count(scene).kept_fresh, 0);
}

static void a_refresh_without_an_answer_is_given_up(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    pass(scene, CAA_CACHE_REFRESH_DEADLINE_S);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(scene->below->cancelled, 1);
    assert_false(fake_is_pending(scene->below, "net"));
    assert_int_equal(count(scene).refreshes_failed, 1);
    assert_int_equal(scene->failures_told,
                     0); /* nothing has failed yet that one could tell of */
    assert_int_equal(recall(scene, "net"), TTL / 4 - CAA_CACHE_REFRESH_DEADLINE_S);
}

static void a_refresh_that_cannot_start_is_tried_later(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    use_twice(scene, "net");
    pass(scene, TTL * 3 / 4);
    scene->below->refuse_at = 1;
    caa_cache_refresh(scene->lookup);
    caa_cache_refresh(scene->lookup);
    assert_int_equal(count(scene).refreshes_failed, 1);
    scene->below->refuse_at = 0;
    pass(scene, 5);
    caa_cache_refresh(scene->lookup);
    assert_true(fake_is_pending(scene->below, "net"));
}

static void two_looks_that_disagree_are_said_and_the_newer_wins(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_RECORDS);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    assert_int_equal(scene->disagreements, 1);
    assert_int_equal(count(scene).disagreements, 1);
    assert_int_equal(scene->before, CAA_OUTCOME_RECORDS);
    assert_int_equal(scene->after, CAA_OUTCOME_NODATA);
    struct asker asker = {.scene = scene, .name = "net"};
    ask(&asker);
    turn(scene);
    assert_int_equal(asker.outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(asker.other.kind, CAA_LOOK_EARLIER);
    assert_int_equal(asker.other.outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(asker.other.record_count, 1);
}

/* Another refresh of `net`, which says the same as what is remembered. */
static void refreshed_alike_it_tells_of_no_disagreement_any_more(void **state) {
    struct scene *scene = *state;
    struct asker asker = {.scene = scene, .name = "net"};
    refresh_net(scene, CAA_OUTCOME_RECORDS);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    use_twice(scene, "net");
    pass(scene, TTL * 3 / 4);
    caa_cache_refresh(scene->lookup);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    ask(&asker);
    turn(scene);
    assert_int_equal(asker.other.kind, CAA_LOOK_NONE);
}

static void another_look_at_the_same_time_is_told_of_from_then_on(void **state) {
    struct scene *scene = *state;
    struct caa_question question = {.name = fake_name("net"), .type = CAA_TYPE_CAA};
    struct caa_answer given = content_of(scene, CAA_OUTCOME_RECORDS, TTL);
    struct caa_answer other = content_of(scene, CAA_OUTCOME_NODATA, TTL);
    struct asker asker = {.scene = scene, .name = "net"};
    caa_cache_note_other(scene->lookup, &question, &given, &other);
    learn_content(scene, "net", given);
    pass(scene, 1);
    caa_cache_note_other(scene->lookup, &question, &given, &other);
    ask(&asker);
    turn(scene);
    assert_int_equal(asker.outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(asker.ttl_s, TTL - 1);
    assert_int_equal(asker.other.kind, CAA_LOOK_BESIDE);
    assert_int_equal(asker.other.outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(count(scene).disagreements, 2);
}

static void what_was_given_before_has_no_part_in_what_is_remembered_now(void **state) {
    struct scene *scene = *state;
    struct caa_question question = {.name = fake_name("net"), .type = CAA_TYPE_CAA};
    struct caa_answer given = content_of(scene, CAA_OUTCOME_RECORDS, TTL);
    struct asker asker = {.scene = scene, .name = "net"};
    pass(scene, 1);
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    caa_cache_note_other(scene->lookup, &question, &given, &given);
    ask(&asker);
    turn(scene);
    assert_int_equal(asker.other.kind, CAA_LOOK_NONE);
}

static void a_newer_answer_that_may_not_be_remembered_ends_the_older(void **state) {
    struct scene *scene = *state;
    refresh_net(scene, CAA_OUTCOME_RECORDS);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, 0));
    assert_int_equal(recall(scene, "net"), -1);
    assert_int_equal(scene->disagreements, 1);
}

static void a_rescued_refresh_that_confirms_does_not_shorten(void **state) {
    struct scene *scene = *state;
    struct caa_answer content = content_of(scene, CAA_OUTCOME_NODATA, TTL);
    content.rescued = true;
    refresh_net(scene, CAA_OUTCOME_NODATA);
    answer_with(scene->below, "net", content);
    assert_int_equal(recall(scene, "net"), TTL / 4);
    pass(scene, 5);
    caa_cache_refresh(scene->lookup);
    assert_true(fake_is_pending(scene->below, "net"));
    content.outcome = CAA_OUTCOME_NXDOMAIN;
    content.security = CAA_SECURITY_INSECURE;
    content.observed_at_us = scene->wall_us;
    answer_with(scene->below, "net", content);
    assert_int_equal(recall(scene, "net"), 60);
    assert_int_equal(scene->disagreements, 1);
}

static void an_answer_that_comes_after_the_old_one_ended_is_remembered(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, 60);
    use_twice(scene, "net");
    pass(scene, 59);
    caa_cache_refresh(scene->lookup);
    pass(scene, 2);
    answer_with(scene->below, "net", content_of(scene, CAA_OUTCOME_NODATA, TTL));
    assert_int_equal(recall(scene, "net"), TTL);
}

static void the_timer_runs_only_while_something_is_kept_fresh(void **state) {
    struct scene *scene = *state;
    learn(scene, "net", CAA_OUTCOME_NODATA, TTL);
    assert_int_equal(event_base_get_num_events(scene->base, EVENT_BASE_COUNT_ADDED), 0);
    use_twice(scene, "net");
    assert_int_equal(event_base_get_num_events(scene->base, EVENT_BASE_COUNT_ADDED), 1);
}

static void waiting_together_counts_as_needing_it(void **state) {
    struct scene *scene = *state;
    struct asker asker = {.scene = scene, .name = "net"};
    struct caa_answer content = content_of(scene, CAA_OUTCOME_NODATA, TTL);
    content.owner = fake_name("net");
    content.type = CAA_TYPE_CAA;
    const struct caa_answer *answer = caa_answer_new(&content);
    for (size_t i = 0; i < 3; i++) ask(&asker);
    for (size_t i = 0; i < 3; i++) {
        struct caa_lookup_ticket *ticket = fake_find(scene->below, "net");
        TAILQ_REMOVE(&scene->below->pending, ticket, link);
        asker.ticket = ticket;
        ticket->done(ticket->context, answer);
        free(ticket);
    }
    caa_answer_release(answer);
    assert_int_equal(count(scene).kept_fresh, 1);
}

static void refreshes_are_spread_over_an_eighth_of_the_ttl(void **state) {
    (void)state;
    int64_t least = caa_cache_refresh_at_us(1000, 1000 + (int64_t)3600 * SECOND, 0);
    int64_t most = caa_cache_refresh_at_us(1000, 1000 + (int64_t)3600 * SECOND, UINT32_MAX);
    assert_int_equal(least, 1000 + (int64_t)2250 * SECOND);
    assert_int_equal(most, 1000 + (int64_t)2700 * SECOND);
}

static void waiting_after_failures_doubles_up_to_a_ceiling(void **state) {
    (void)state;
    assert_int_equal(caa_cache_retry_at_us(7, 1, 0), 7 + 5 * SECOND);
    assert_int_equal(caa_cache_retry_at_us(7, 2, 0), 7 + 10 * SECOND);
    assert_int_equal(caa_cache_retry_at_us(7, 7, 0), 7 + 320 * SECOND);
    assert_int_equal(caa_cache_retry_at_us(7, UINT32_MAX, 0), 7 + 320 * SECOND);
    assert_int_equal(caa_cache_retry_at_us(0, 2, UINT32_MAX), 7500000);
}

static void keeping_is_tried_at_the_second_use_and_ever_more_rarely(void **state) {
    (void)state;
    size_t tries = 0;
    for (uint32_t uses = 0; uses < 1000; uses++)
        tries += caa_cache_is_worth_keeping((int64_t)60 * SECOND, uses);
    assert_int_equal(tries, 9);
    assert_false(caa_cache_is_worth_keeping((int64_t)60 * SECOND, 1));
    assert_true(caa_cache_is_worth_keeping((int64_t)60 * SECOND, 2));
    assert_false(caa_cache_is_worth_keeping((int64_t)60 * SECOND - 1, 2));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(an_answer_is_asked_once_and_told_to_all_who_come_later),
        SCENE(what_one_thread_learns_the_other_knows),
        SCENE(an_answer_is_used_to_the_end_of_its_ttl_and_no_longer),
        SCENE(an_answer_is_used_for_an_hour_at_most),
        SCENE(a_rescued_answer_is_used_for_a_minute_at_most),
        SCENE(the_ttl_counts_from_when_the_answer_was_observed),
        SCENE(a_wall_clock_that_jumps_gives_no_answer_more_time),
        SCENE(failures_are_not_remembered),
        SCENE(only_validated_answers_are_remembered),
        SCENE(an_answer_without_ttl_is_not_remembered),
        SCENE(a_pinned_question_goes_through_and_leaves_nothing),
        SCENE(who_cancels_is_not_told),
        SCENE(who_is_told_may_cancel_and_ask),
        SCENE(thousands_at_once_are_each_told_exactly_once),
        SCENE(a_failed_start_below_is_a_failed_start_and_calls_nobody),
        SCENE(freeing_drops_all_who_wait_without_a_call),
        SCENE(what_several_needed_is_asked_again_cold_before_its_ttl_ends),
        SCENE(nothing_is_asked_again_before_five_eighths_of_its_ttl),
        SCENE(what_was_needed_only_once_is_not_asked_again),
        SCENE(what_nobody_needed_since_its_refresh_is_left_to_expire),
        SCENE(what_lives_less_than_a_minute_is_not_asked_again),
        SCENE(two_threads_do_not_ask_the_same_again),
        SCENE(what_a_freed_cache_was_asking_another_asks),
        SCENE(refreshes_in_flight_are_few_and_the_next_follows),
        SCENE(a_failed_refresh_leaves_the_old_answer_and_is_tried_again),
        SCENE(a_zone_that_never_recovers_gives_its_answer_until_the_ttl_ends),
        SCENE(a_refresh_without_an_answer_is_given_up),
        SCENE(a_refresh_that_cannot_start_is_tried_later),
        SCENE(two_looks_that_disagree_are_said_and_the_newer_wins),
        SCENE(refreshed_alike_it_tells_of_no_disagreement_any_more),
        SCENE(another_look_at_the_same_time_is_told_of_from_then_on),
        SCENE(what_was_given_before_has_no_part_in_what_is_remembered_now),
        SCENE(a_newer_answer_that_may_not_be_remembered_ends_the_older),
        SCENE(a_rescued_refresh_that_confirms_does_not_shorten),
        SCENE(an_answer_that_comes_after_the_old_one_ended_is_remembered),
        SCENE(the_timer_runs_only_while_something_is_kept_fresh),
        SCENE(waiting_together_counts_as_needing_it),
        cmocka_unit_test(refreshes_are_spread_over_an_eighth_of_the_ttl),
        cmocka_unit_test(waiting_after_failures_doubles_up_to_a_ceiling),
        cmocka_unit_test(keeping_is_tried_at_the_second_use_and_ever_more_rarely),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
