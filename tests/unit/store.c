#include "show.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/store.h"

enum { SECOND = 1000000, HOUR = 3600, THREADS = 4 };

/* The lab's own public suffix list: names of one label, co.uk, and everything right below ck.
 */
static bool is_suffix(const struct caa_name *name, void *context) {
    (void)context;
    char text[CAA_NAME_TEXT_MAX];
    caa_name_to_text(name, text);
    const char *dot = strchr(text, '.');
    if (dot == NULL || strcmp(text, "co.uk") == 0) return true;
    return strcmp(dot, ".ck") == 0;
}

static struct caa_store *new_store(size_t octets, size_t fresh) {
    struct caa_store_setting setting = {
        .octets_most = octets, .fresh_most = fresh, .seed = 42, .is_public_suffix = is_suffix};
    struct caa_store *store = NULL;
    assert_int_equal(caa_store_new(&store, &setting), CAA_OK);
    return store;
}

static int set_up(void **state) {
    *state = new_store(CAA_STORE_OCTETS_LEAST, 16);
    return 0;
}

static int tear_down(void **state) {
    caa_store_free(*state);
    return 0;
}

static struct caa_question ask_for(const char *name) {
    struct caa_question question = {.type = CAA_TYPE_CAA};
    assert_int_equal(caa_name_from_text(&question.name, caa_slice_of(name), NULL), CAA_OK);
    return question;
}

static const struct caa_answer *answer_to(const struct caa_question *question,
                                          enum caa_outcome outcome, uint32_t ttl_s) {
    struct caa_answer content = {.owner = question->name,
                                 .type = question->type,
                                 .outcome = outcome,
                                 .security = CAA_SECURITY_SECURE,
                                 .ede = -1,
                                 .ttl_s = ttl_s};
    const struct caa_answer *answer = caa_answer_new(&content);
    assert_non_null(answer);
    return answer;
}

static void put_outcome(struct caa_store *store, const char *name, enum caa_outcome outcome) {
    struct caa_question question = ask_for(name);
    const struct caa_answer *answer = answer_to(&question, outcome, HOUR);
    caa_store_put(store, &question, answer, 0, (int64_t)HOUR * SECOND);
    caa_answer_release(answer);
}

static void put(struct caa_store *store, const char *name) {
    put_outcome(store, name, CAA_OUTCOME_NODATA);
}

/* TTL left, or -1 where nothing is remembered. */
static int64_t find_at(struct caa_store *store, const char *name, int64_t now_us) {
    struct caa_question question = ask_for(name);
    struct caa_store_found found;
    if (!caa_store_find(store, &question, now_us, &found)) return -1;
    assert_true(caa_name_equal(&found.answer->owner, &question.name));
    int64_t left = found.answer->ttl_s;
    caa_answer_release(found.answer);
    return left;
}

static bool holds(struct caa_store *store, const char *name) {
    return find_at(store, name, 1) >= 0;
}

static struct caa_store_counters count(struct caa_store *store) {
    struct caa_store_counters counters;
    caa_store_count(store, &counters);
    return counters;
}

static void keep(struct caa_store *store, const char *name, int64_t due_us) {
    struct caa_question question = ask_for(name);
    caa_store_keep(store, &question, due_us);
}

static void unclaim(struct caa_store *store, const char *name, int64_t again_us) {
    struct caa_question question = ask_for(name);
    caa_store_unclaim(store, &question, again_us);
}

/* The name that was claimed, or "". Static. */
static const char *claim(struct caa_store *store, int64_t now_us) {
    static char text[CAA_NAME_TEXT_MAX];
    struct caa_store_claim claimed;
    text[0] = '\0';
    if (caa_store_claim(store, now_us, &claimed))
        caa_name_to_text(&claimed.question.name, text);
    return text;
}

static void an_answer_is_found_by_name_and_type_whatever_the_case(void **state) {
    put(*state, "Example.net");
    assert_true(holds(*state, "eXample.NET"));
    assert_false(holds(*state, "example.com"));
    struct caa_question ds = ask_for("example.net");
    struct caa_store_found found;
    ds.type = 43;
    assert_false(caa_store_find(*state, &ds, 1, &found));
    assert_int_equal(count(*state).hits, 1);
    assert_int_equal(count(*state).misses, 2);
}

static void an_answer_about_another_name_is_not_remembered(void **state) {
    struct caa_question asked = ask_for("bank.net"), other = ask_for("evil.net");
    const struct caa_answer *answer = answer_to(&other, CAA_OUTCOME_NODATA, HOUR);
    caa_store_put(*state, &asked, answer, 0, HOUR);
    caa_answer_release(answer);
    assert_false(holds(*state, "bank.net"));
    assert_false(holds(*state, "evil.net"));
}

static void the_ttl_that_is_left_goes_down_and_never_says_too_much(void **state) {
    put(*state, "net");
    assert_int_equal(find_at(*state, "net", 0), HOUR);
    assert_int_equal(find_at(*state, "net", 1), HOUR - 1);
    assert_int_equal(find_at(*state, "net", SECOND), HOUR - 1);
    assert_int_equal(find_at(*state, "net", 600 * (int64_t)SECOND), HOUR - 600);
    assert_int_equal(find_at(*state, "net", HOUR * (int64_t)SECOND - 1), 0);
}

static void an_answer_ends_with_its_ttl_and_not_a_microsecond_later(void **state) {
    put(*state, "net");
    assert_int_equal(find_at(*state, "net", HOUR * (int64_t)SECOND), -1);
    assert_int_equal(count(*state).entries, 0);
    assert_int_equal(count(*state).evicted, 0);
}

static void who_was_handed_an_answer_keeps_it_when_it_is_forgotten(void **state) {
    struct caa_question question = ask_for("net");
    struct caa_store_found found;
    put(*state, "net");
    assert_true(caa_store_find(*state, &question, 1, &found));
    caa_store_drop(*state, &question);
    assert_false(holds(*state, "net"));
    assert_int_equal(found.answer->outcome, CAA_OUTCOME_NODATA);
    caa_answer_release(found.answer);
}

static void hits_within_a_second_share_one_answer(void **state) {
    struct caa_question question = ask_for("net");
    struct caa_store_found first, second;
    put(*state, "net");
    assert_true(caa_store_find(*state, &question, 10, &first));
    assert_true(caa_store_find(*state, &question, 20, &second));
    assert_ptr_equal(first.answer, second.answer);
    assert_int_equal(second.uses, 2);
    caa_answer_release(first.answer);
    caa_answer_release(second.answer);
}

static void the_newer_answer_takes_the_place_of_the_older(void **state) {
    put(*state, "net");
    put_outcome(*state, "net", CAA_OUTCOME_NXDOMAIN);
    struct caa_question question = ask_for("net");
    struct caa_store_found found;
    assert_true(caa_store_peek(*state, &question, 1, &found));
    assert_int_equal(found.answer->outcome, CAA_OUTCOME_NXDOMAIN);
    assert_int_equal(found.uses, 0);
    caa_answer_release(found.answer);
    assert_int_equal(count(*state).entries, 1);
    assert_int_equal(count(*state).hits, 0);
}

static void waiters_of_one_answer_are_uses_of_it(void **state) {
    struct caa_question question = ask_for("net");
    const struct caa_answer *answer = answer_to(&question, CAA_OUTCOME_NODATA, HOUR);
    for (uint32_t i = 0; i < 5; i++)
        assert_int_equal(caa_store_put(*state, &question, answer, 0, HOUR), i);
    assert_int_equal(count(*state).stored, 1);
    caa_answer_release(answer);
}

static void a_store_without_room_for_itself_is_refused(void **state) {
    (void)state;
    struct caa_store *store;
    struct caa_store_setting setting = {.octets_most = CAA_STORE_OCTETS_LEAST - 1};
    assert_int_equal(caa_store_new(&store, &setting), CAA_ERR_LIMIT);
    setting = (struct caa_store_setting){.octets_most = CAA_STORE_OCTETS_LEAST,
                                         .fresh_most = 1000000};
    assert_int_equal(caa_store_new(&store, &setting), CAA_ERR_LIMIT);
    setting.fresh_most = SIZE_MAX;
    assert_int_equal(caa_store_new(&store, &setting), CAA_ERR_LIMIT);
}

/* "h", 7 and ".net" make "h7.net". Static. */
static const char *numbered(const char *before, size_t number, const char *after) {
    static char name[64];
    snprintf(name, sizeof name, "%s%zu%s", before, number, after);
    return name;
}

static void flood(struct caa_store *store, const char *before, const char *after,
                  size_t names) {
    for (size_t i = 0; i < names; i++) {
        put(store, numbered(before, i, after));
    }
}

static void no_flood_takes_more_than_the_ceiling(void **state) {
    for (size_t i = 0; i < 20; i++) {
        flood(*state, "h", ".example.net", 500 * i);
        flood(*state, "d", ".com", 500 * i);
        flood(*state, "s", ".ck", 500 * i);
        assert_true(count(*state).octets <= CAA_STORE_OCTETS_LEAST);
    }
    struct caa_store_counters counters = count(*state);
    assert_true(counters.entries > 500);
    assert_true(counters.evicted > 10000);
}

static void a_flood_under_one_domain_pushes_out_only_itself(void **state) {
    static const char *const bystanders[] = {"net",         "co.uk",      "deno.net",
                                             "www.a.co.uk", "a.b.c.org",  "example.org",
                                             "x.com",       "shop.y.com", "sabo28.deno.net"};
    for (size_t i = 0; i < 9; i++) put(*state, bystanders[i]);
    flood(*state, "h", ".flood.co.uk", 20000);
    for (size_t i = 0; i < 9; i++) assert_true(holds(*state, bystanders[i]));
    assert_true(count(*state).evicted > 10000);
}

static void a_flood_of_domains_leaves_public_suffixes_alone(void **state) {
    put(*state, "net");
    put(*state, "co.uk");
    flood(*state, "d", ".net", 20000);
    assert_true(holds(*state, "net"));
    assert_true(holds(*state, "co.uk"));
}

static void suffixes_that_anybody_can_think_of_are_not_spared(void **state) {
    struct caa_store *store = *state;
    put(store, "net");
    for (size_t i = 0; i < 20000; i++) {
        put_outcome(store, numbered("s", i, ".ck"), CAA_OUTCOME_NXDOMAIN);
    }
    put(store, "example.org");
    assert_true(holds(store, "net"));
    assert_true(holds(store, "example.org"));
}

static void what_is_used_gets_a_second_chance(void **state) {
    put(*state, "used.example.net");
    for (size_t i = 0; i < 20000; i++) {
        put(*state, numbered("h", i, ".example.net"));
        assert_true(holds(*state, "used.example.net"));
    }
}

static void what_is_too_large_is_not_remembered_nor_what_it_replaces(void **state) {
    struct caa_question question = ask_for("big.net");
    static char octets[4096];
    struct caa_slice rdata = {octets, sizeof octets};
    struct caa_answer content = {.owner = question.name,
                                 .type = CAA_TYPE_CAA,
                                 .outcome = CAA_OUTCOME_RECORDS,
                                 .security = CAA_SECURITY_SECURE,
                                 .ttl_s = HOUR,
                                 .rdata_count = 1,
                                 .rdata = &rdata};
    const struct caa_answer *answer = caa_answer_new(&content);
    put(*state, "big.net");
    caa_store_put(*state, &question, answer, 0, HOUR);
    caa_answer_release(answer);
    assert_false(holds(*state, "big.net")); /* the old answer is not the truth any more */
}

static void a_packet_that_is_kept_takes_its_room_and_is_handed_out(void **state) {
    struct caa_question question = ask_for("packet.net");
    char packet[1000] = "a response";
    struct caa_answer content = {.owner = question.name,
                                 .type = CAA_TYPE_CAA,
                                 .outcome = CAA_OUTCOME_NODATA,
                                 .security = CAA_SECURITY_SECURE,
                                 .ttl_s = HOUR};
    struct caa_store_found found;
    size_t octets[2];
    for (size_t i = 0; i < 2; i++) {
        const struct caa_answer *answer = caa_answer_new(&content);
        caa_store_put(*state, &question, answer, 0, (int64_t)HOUR * SECOND);
        caa_answer_release(answer);
        octets[i] = count(*state).octets;
        content.packet = caa_slice_bytes(packet, sizeof packet);
    }
    assert_int_equal(octets[1] - octets[0], sizeof packet);
    assert_true(caa_store_find(*state, &question, 5 * SECOND, &found));
    assert_int_equal(found.answer->ttl_s, HOUR - 5); /* a copy, then */
    assert_int_equal(found.answer->packet.len, sizeof packet);
    assert_memory_equal(found.answer->packet.ptr, packet, sizeof packet);
    caa_answer_release(found.answer);
}

static void what_is_due_is_claimed_once(void **state) {
    put(*state, "net");
    keep(*state, "net", 100);
    keep(*state, "net", 50); /* has its place already */
    assert_int_equal(count(*state).kept_fresh, 1);
    assert_string_equal(claim(*state, 99), "");
    assert_string_equal(claim(*state, 100), "net");
    assert_string_equal(claim(*state, 1000), "");
}

static void a_claim_given_back_is_due_again_at_its_time(void **state) {
    struct caa_store_claim claimed;
    put(*state, "net");
    keep(*state, "net", 100);
    claim(*state, 100);
    unclaim(*state, "net", 200);
    assert_string_equal(claim(*state, 199), "");
    assert_true(caa_store_claim(*state, 200, &claimed));
    assert_int_equal(claimed.failures, 1);
    unclaim(*state, "net", HOUR * (int64_t)SECOND);
    assert_int_equal(count(*state).kept_fresh, 0);
}

static void only_what_is_remembered_is_kept_fresh(void **state) {
    keep(*state, "net", 100);
    assert_int_equal(count(*state).kept_fresh, 0);
    put(*state, "net");
    keep(*state, "net", 100);
    struct caa_question question = ask_for("net");
    caa_store_drop(*state, &question);
    assert_int_equal(count(*state).kept_fresh, 0);
    assert_string_equal(claim(*state, 1000), "");
}

static void a_new_answer_has_to_earn_its_place_again(void **state) {
    put(*state, "net");
    keep(*state, "net", 100);
    put(*state, "net");
    assert_int_equal(count(*state).kept_fresh, 0);
}

static void what_expired_before_its_turn_loses_its_place(void **state) {
    put(*state, "net");
    keep(*state, "net", 100);
    assert_string_equal(claim(*state, HOUR * (int64_t)SECOND), "");
    assert_int_equal(count(*state).kept_fresh, 0);
}

static void public_suffixes_are_claimed_first(void **state) {
    put(*state, "example.net");
    put(*state, "deno.net");
    put(*state, "net");
    put(*state, "co.uk");
    keep(*state, "deno.net", 20);
    keep(*state, "example.net", 10);
    keep(*state, "net", 40);
    keep(*state, "co.uk", 30);
    assert_string_equal(claim(*state, 100), "co.uk");
    assert_string_equal(claim(*state, 100), "net");
    assert_string_equal(claim(*state, 100), "example.net");
    assert_string_equal(claim(*state, 100), "deno.net");
}

static void keep_many(struct caa_store *store, const char *before, const char *after,
                      size_t names) {
    flood(store, before, after, names);
    for (size_t i = 0; i < names; i++) keep(store, numbered(before, i, after), 1000);
}

static void no_more_are_kept_fresh_than_there_are_places(void **state) {
    keep_many(*state, "d", ".net", 100);
    assert_int_equal(count(*state).kept_fresh, 16);
}

static void one_domain_has_an_eighth_of_the_places(void **state) {
    keep_many(*state, "h", ".example.net", 100);
    assert_int_equal(count(*state).kept_fresh, 2);
}

static void public_suffixes_take_the_places_of_other_names(void **state) {
    keep_many(*state, "d", ".net", 100);
    keep_many(*state, "tld", "", 100);
    assert_int_equal(count(*state).kept_fresh, 16);
    put(*state, "late.net");
    keep(*state, "late.net", 1);
    for (size_t i = 0; i < 16; i++) assert_memory_equal(claim(*state, 1000), "tld", 3);
    assert_string_equal(claim(*state, 1000), "");
}

static void a_name_being_asked_keeps_its_place(void **state) {
    put(*state, "deno.net");
    keep(*state, "deno.net", 10);
    assert_string_equal(claim(*state, 10), "deno.net");
    keep_many(*state, "tld", "", 100);
    unclaim(*state, "deno.net", 20);
    assert_int_equal(count(*state).kept_fresh, 16);
    for (size_t i = 0; i < 15; i++) assert_memory_equal(claim(*state, 1000), "tld", 3);
    assert_string_equal(claim(*state, 1000), "deno.net");
}

/* Finds, puts, keeps and claims what the other threads do at the same time; small enough to
   evict all the while. */
static void *hammer(void *context) {
    struct caa_store *store = context;
    static atomic_uint seeds;
    unsigned state = atomic_fetch_add(&seeds, 1) * 7919 + 1;
    for (int64_t turn = 0; turn < 20000; turn++) {
        char name[32];
        state = state * 1664525 + 1013904223;
        snprintf(name, sizeof name, state & 1 << 20 ? "d%u.net" : "t%u", (state >> 21) % 600);
        struct caa_question question = {.type = CAA_TYPE_CAA};
        struct caa_store_found found;
        struct caa_store_claim claimed;
        caa_name_from_text(&question.name, caa_slice_of(name), NULL);
        if (caa_store_find(store, &question, turn * 1000, &found)) {
            if (found.uses == 2) caa_store_keep(store, &question, turn * 1000);
            caa_answer_release(found.answer);
        } else {
            const struct caa_answer *answer = answer_to(&question, CAA_OUTCOME_NODATA, 5);
            caa_store_put(store, &question, answer, turn * 1000, turn * 1000 + 5 * SECOND);
            caa_answer_release(answer);
        }
        if (turn % 16 == 0 && caa_store_claim(store, turn * 1000, &claimed))
            caa_store_unclaim(store, &claimed.question,
                              turn % 32 == 0 ? INT64_MAX : (turn + 100) * 1000);
        if (turn % 1000 == 0) caa_store_drop(store, &question);
    }
    return NULL;
}

static void threads_share_a_store(void **state) {
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hammer, *state), 0);
    for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    struct caa_store_counters counters = count(*state);
    assert_int_equal(counters.hits + counters.misses, THREADS * 20000);
    assert_true(counters.octets <= CAA_STORE_OCTETS_LEAST);
    assert_true(counters.kept_fresh <= 16);
}

#define STORE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE(an_answer_is_found_by_name_and_type_whatever_the_case),
        STORE(an_answer_about_another_name_is_not_remembered),
        STORE(the_ttl_that_is_left_goes_down_and_never_says_too_much),
        STORE(an_answer_ends_with_its_ttl_and_not_a_microsecond_later),
        STORE(who_was_handed_an_answer_keeps_it_when_it_is_forgotten),
        STORE(hits_within_a_second_share_one_answer),
        STORE(the_newer_answer_takes_the_place_of_the_older),
        STORE(waiters_of_one_answer_are_uses_of_it),
        cmocka_unit_test(a_store_without_room_for_itself_is_refused),
        STORE(no_flood_takes_more_than_the_ceiling),
        STORE(a_flood_under_one_domain_pushes_out_only_itself),
        STORE(a_flood_of_domains_leaves_public_suffixes_alone),
        STORE(suffixes_that_anybody_can_think_of_are_not_spared),
        STORE(what_is_used_gets_a_second_chance),
        STORE(what_is_too_large_is_not_remembered_nor_what_it_replaces),
        STORE(a_packet_that_is_kept_takes_its_room_and_is_handed_out),
        STORE(what_is_due_is_claimed_once),
        STORE(a_claim_given_back_is_due_again_at_its_time),
        STORE(only_what_is_remembered_is_kept_fresh),
        STORE(a_new_answer_has_to_earn_its_place_again),
        STORE(what_expired_before_its_turn_loses_its_place),
        STORE(public_suffixes_are_claimed_first),
        STORE(no_more_are_kept_fresh_than_there_are_places),
        STORE(one_domain_has_an_eighth_of_the_places),
        STORE(public_suffixes_take_the_places_of_other_names),
        STORE(a_name_being_asked_keeps_its_place),
        STORE(threads_share_a_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
