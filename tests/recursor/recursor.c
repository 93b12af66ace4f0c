/* The recursor against real servers: each trap of libunbound that could turn a failure into an
   empty answer. Runs inside the lab (tests/recursor/run); $LAB is the lab's program. With the
   word `sandbox` the recursors live in processes of their own: every row has to hold there as
   well. */
#include "../unit/show.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "resolve/recursor.h"
#include "sandbox/sandbox.h"

enum { ASKED_MAX = 1000, PATIENCE_S = 60, CACHE_OCTETS = 16 << 20 };

/* What became of one question. */
struct asked {
    struct caa_lookup_ticket *ticket;
    const struct caa_answer *answer;
    size_t told;
    size_t *to_come; /* one less when told */
};

static struct event_base *base;
static struct caa_root_hints hints;
static struct caa_trust_anchor anchor;
static struct caa_lookup *lookup;
static struct caa_diag diag;
static struct asked asked[ASKED_MAX];
static size_t asked_count, to_come;
static struct caa_spawner *spawner; /* NULL: recursors live in this process */

static struct caa_slice lab_file(const char *name) {
    char path[4096];
    struct caa_slice text;
    const char *lab = getenv("CAA_LAB");
    if (lab == NULL) fail_msg("not inside the lab");
    snprintf(path, sizeof path, "%s/%s", lab, name);
    if (caa_file_read(&text, path, CAA_BOOTSTRAP_FILE_MAX, &diag) != CAA_OK)
        fail_msg("%s", diag.text);
    return text;
}

static void lab(const char *command) {
    char line[512];
    snprintf(line, sizeof line, "\"$LAB\" %s", command);
    assert_int_equal(system(line), 0); /* NOLINT(cert-env33-c): a test, and its own words */
}

static struct caa_recursor_setting usual_setting(void) {
    return (struct caa_recursor_setting){
        .root_hints = &hints, .trust_anchor = &anchor, .cache_octets = CACHE_OCTETS};
}

static enum caa_err try_to_make(struct caa_lookup **made,
                                const struct caa_recursor_setting *setting) {
    const struct caa_sandbox_setting sandbox = {
        .spawner = spawner, .recursor = setting, .starts_most = CAA_RECURSOR_PINNED_MAX};
    if (spawner == NULL)
        return caa_recursor_new(made, base, caa_clock_system(), setting, &diag);
    return caa_sandbox_new(made, base, caa_clock_system(), &sandbox, &diag);
}

static void start_spawner(void) {
    const struct caa_spawner_setting setting = {.program = getenv("CAAD_RECURSOR")};
    if (caa_spawner_start(&spawner, &setting, &diag) != CAA_OK) fail_msg("%s", diag.text);
}

static struct caa_lookup *make_recursor(const struct caa_recursor_setting *setting) {
    struct caa_lookup *made;
    if (try_to_make(&made, setting) != CAA_OK) fail_msg("%s", diag.text);
    return made;
}

static int set_up(void **state) {
    (void)state;
    struct caa_slice text = lab_file("root.hints");
    assert_int_equal(caa_root_hints_read(&hints, text, "root.hints", &diag), CAA_OK);
    caa_file_free(text);
    text = lab_file("trust-anchor");
    assert_int_equal(caa_trust_anchor_read(&anchor, text, "trust-anchor", &diag), CAA_OK);
    caa_file_free(text);
    base = event_base_new();
    struct caa_recursor_setting setting = usual_setting();
    lookup = make_recursor(&setting);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    caa_lookup_free(lookup);
    for (size_t i = 0; i < asked_count; i++) caa_answer_release(asked[i].answer);
    asked_count = to_come = 0;
    event_base_free(base);
    lab("clear");
    return 0;
}

static void note(void *context, const struct caa_answer *answer) {
    struct asked *question = context;
    question->told++;
    question->answer = caa_answer_retain(answer);
    question->ticket = NULL;
    if (--*question->to_come == 0) event_base_loopbreak(base);
}

enum { TURNS_MOST = 3000 }; /* then it hangs */

static enum caa_err try_to_start(struct asked *new, struct caa_lookup *at, const char *name,
                                 const struct caa_pin *pin) {
    struct caa_question question = {.type = CAA_TYPE_CAA, .pin = pin};
    *new = (struct asked){.to_come = &to_come};
    assert_int_equal(caa_name_from_text(&question.name, caa_slice_of(name), NULL), CAA_OK);
    enum caa_err err = caa_lookup_start(at, &question, note, new, &new->ticket);
    assert_int_equal(new->told, 0); /* never from within start */
    return err;
}

static struct asked *start_pinned(struct caa_lookup *at, const char *name,
                                  const struct caa_pin *pin) {
    assert_true(asked_count < ASKED_MAX);
    struct asked *new = &asked[asked_count++];
    enum caa_err err = try_to_start(new, at, name, pin);
    for (int i = 0; err == CAA_ERR_LIMIT && spawner != NULL && i < TURNS_MOST; i++) {
        const struct timeval soon = {.tv_usec = 10000};
        event_base_loopexit(base, &soon); /* until a process that starts has started */
        event_base_dispatch(base);
        err = try_to_start(new, at, name, pin);
    }
    assert_int_equal(err, CAA_OK);
    to_come++;
    return new;
}

static struct asked *start_at(struct caa_lookup *at, const char *name) {
    return start_pinned(at, name, NULL);
}

static struct asked *start(const char *name) {
    return start_at(lookup, name);
}

/* Takes back a question: `note` must never hear of it. */
static void stop(struct asked *question) {
    caa_lookup_cancel(lookup, question->ticket);
    to_come--;
}

/* Until all are told. The patience is for a hang, not a measure. */
static void wait_for_all(void) {
    struct timeval patience = {.tv_sec = PATIENCE_S};
    if (to_come == 0) return;
    event_base_loopexit(base, &patience);
    event_base_dispatch(base);
    if (to_come > 0) fail_msg("%zu questions without an answer", to_come);
}

static const struct caa_answer *ask(const char *name) {
    struct asked *question = start(name);
    wait_for_all();
    assert_int_equal(question->told, 1);
    return question->answer;
}

static void assert_outcome(const char *name, enum caa_outcome outcome,
                           enum caa_security security) {
    const struct caa_answer *answer = ask(name);
    if (answer->outcome != outcome || answer->security != security)
        fail_msg("%s: %s, %s (%s)", name, caa_outcome_code(answer->outcome),
                 caa_security_code(answer->security), answer->reason);
}

static void assert_failure(const char *name, enum caa_outcome outcome) {
    assert_outcome(name, outcome,
                   outcome == CAA_OUTCOME_BOGUS ? CAA_SECURITY_BOGUS
                                                : CAA_SECURITY_INDETERMINATE);
}

static bool is_empty(const struct caa_answer *answer) {
    return answer->outcome == CAA_OUTCOME_NODATA || answer->outcome == CAA_OUTCOME_NXDOMAIN;
}

static void records_come_with_their_security(void **state) {
    (void)state;
    assert_outcome("signed.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_SECURE);
    assert_outcome("allows.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
    assert_outcome("island.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
    assert_outcome("net", CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE);
    assert_outcome("deno.net", CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    assert_outcome("unknown.signed.com", CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE);
    assert_outcome("ipv6-only.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
}

static void a_cached_servfail_stays_servfail(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_failure("servfail.com", CAA_OUTCOME_SERVFAIL);
        assert_failure("refused.com", CAA_OUTCOME_SERVFAIL);
    }
}

static void a_servfail_of_a_whole_tld_is_never_an_empty_answer(void **state) {
    (void)state;
    lab("fault net --kind servfail --qtype CAA");
    for (int i = 0; i < 3; i++) assert_failure("net", CAA_OUTCOME_SERVFAIL);
    lab("clear net");
    struct caa_recursor_setting setting = usual_setting();
    caa_lookup_free(lookup);
    lookup = make_recursor(&setting); /* cold caches forget the failure */
    assert_outcome("net", CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE);
}

static void a_cached_nxdomain_stays_nxdomain(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_outcome("unknown.deno.net", CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_INSECURE);
        assert_outcome("nosuchtld", CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE);
        assert_int_equal(ask("nosuchtld")->rcode, 3);
    }
}

static void no_zone_is_answered_by_libunbound_itself(void **state) {
    (void)state;
    static const char *const in_the_lab[] = {"foo.test", "foo.home.arpa", "10.in-addr.arpa"};
    static const char *const not_in_the_root[] = {"localhost", "foo.localhost", "onion",
                                                  "foo.onion", "invalid",       "local"};
    for (size_t i = 0; i < sizeof in_the_lab / sizeof in_the_lab[0]; i++)
        if (ask(in_the_lab[i])->outcome != CAA_OUTCOME_RECORDS)
            fail_msg("%s: no records", in_the_lab[i]);
    assert_true(is_empty(ask("test")));
    for (size_t i = 0; i < sizeof not_in_the_root / sizeof not_in_the_root[0]; i++)
        assert_outcome(not_in_the_root[i], CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE);
    /* A built-in zone would make these secure or local: here they come from the DNS. */
    static const char *const from_above[] = {"1.168.192.in-addr.arpa", "16.172.in-addr.arpa",
                                             "127.in-addr.arpa",       "d.f.ip6.arpa",
                                             "resolver.arpa",          "service.arpa"};
    for (size_t i = 0; i < sizeof from_above / sizeof from_above[0]; i++) {
        const struct caa_answer *answer = ask(from_above[i]);
        if (answer->outcome == CAA_OUTCOME_MALFORMED)
            fail_msg("%s: %s", from_above[i], answer->reason);
    }
}

static void an_empty_insecure_answer_without_soa_is_malformed(void **state) {
    (void)state;
    assert_failure("no-soa.com", CAA_OUTCOME_MALFORMED);
    assert_failure("no-soa.com", CAA_OUTCOME_MALFORMED);
    assert_outcome("allows.no-soa.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
    lab("fault plain.com --kind noerror-empty");
    assert_false(is_empty(ask("plain.com")));
    assert_false(is_empty(ask("www.plain.com")));
}

static void an_empty_answer_of_a_signed_zone_needs_its_proof(void **state) {
    (void)state;
    lab("fault signed.com --kind noerror-empty --qtype CAA");
    assert_false(is_empty(ask("signed.com")));
    assert_false(is_empty(ask("signed.com")));
    assert_false(is_empty(ask("www.signed.com")));
}

static void bogus_is_bogus_and_names_a_server(void **state) {
    (void)state;
    static const char *const names[] = {"expired.com", "no-caa-signature.com",
                                        "no-signature.com", "www.expired.com"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_failure(names[i], CAA_OUTCOME_BOGUS);
        assert_failure(names[i], CAA_OUTCOME_BOGUS); /* out of the cache */
        assert_int_equal(ask(names[i])->rdata_count, 0);
    }
    lab("fault signed.com --kind bad-signature");
    const struct caa_answer *answer = ask("signed.com");
    assert_int_equal(answer->outcome, CAA_OUTCOME_BOGUS);
    if (strstr(answer->reason, "198.18.") == NULL && strstr(answer->reason, "2001:db8") == NULL)
        fail_msg("no server in '%s'", answer->reason);
}

static void loops_and_dead_ends_of_aliases_are_no_permission(void **state) {
    (void)state;
    const struct caa_answer *answer = ask("a.loop.com");
    assert_false(is_empty(answer) || answer->outcome == CAA_OUTCOME_RECORDS);
    assert_outcome("gone.alias.com", CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_INSECURE);
    assert_outcome("nothing.alias.com", CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
}

static void aliases_are_told_in_their_order(void **state) {
    (void)state;
    const struct caa_answer *answer = ask("long.alias.com");
    char last[CAA_NAME_TEXT_MAX];
    assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(answer->alias_count, 5);
    answer = ask("www.moved.dname.org");
    assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
    caa_name_to_text(&answer->aliases[answer->alias_count - 1], last);
    assert_string_equal(last, "www.stand.dname-target.org");
    assert_outcome("www.twice.dname.org", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
}

static void a_set_that_needs_tcp_comes_whole(void **state) {
    (void)state;
    assert_int_equal(ask("big.com")->rdata_count, 1001);
    assert_int_equal(ask("big.com")->rdata_count, 1001); /* out of the cache */
    lab("fault signed.com --kind truncate");
    assert_outcome("signed.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_SECURE);
}

static void packets_are_kept_with_their_signatures_where_they_are_wanted(void **state) {
    static const uint8_t type_rrsig[] = {0, 46, 0, 1}; /* and its class */
    (void)state;
    assert_int_equal(ask("signed.com")->packet.len, 0);
    struct caa_recursor_setting setting = usual_setting();
    setting.keep_packets = true;
    caa_lookup_free(lookup);
    lookup = make_recursor(&setting);
    struct caa_pin cold = {0};
    for (int i = 0; i < 2; i++) {
        struct asked *question = start_pinned(lookup, "signed.com", i == 0 ? NULL : &cold);
        wait_for_all();
        struct caa_slice packet = question->answer->packet;
        assert_non_null(memmem(packet.ptr, packet.len, type_rrsig, sizeof type_rrsig));
    }
    assert_int_equal(ask("servfail.com")->packet.len, 0);
}

static void labels_of_any_octets_can_be_asked(void **state) {
    (void)state;
    static const char *const names[] = {
        "a\\.b.plain.com", "\\@.plain.com",  "\\000.plain.com", "\\\"q\\\".plain.com",
        "\\255.plain.com", "\\\\.plain.com", "a b.plain.com",   "*.plain.com"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_outcome(names[i], CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_INSECURE);
    assert_outcome(".", CAA_OUTCOME_NODATA, CAA_SECURITY_SECURE);
    assert_outcome("@", CAA_OUTCOME_NXDOMAIN, CAA_SECURITY_SECURE);
}

static void a_callback_never_comes_from_within_start(void **state) {
    (void)state;
    ask("allows.com");
    for (int i = 0; i < 500; i++) start("allows.com"); /* cached; start_at asserts it */
    wait_for_all();
    for (size_t i = 0; i < asked_count; i++) assert_int_equal(asked[i].told, 1);
}

static void who_cancels_is_never_called(void **state) {
    (void)state;
    ask("allows.com");
    struct asked *silent = start("dead.com"), *pending = start("other-ca.com");
    struct asked *answered = start("allows.com"); /* cached: waits to be delivered */
    stop(answered);
    stop(pending);
    stop(silent);
    assert_outcome("forbids.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
    assert_outcome("other-ca.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
    assert_int_equal(silent->told + pending->told + answered->told, 0);
}

static void freeing_drops_what_is_pending_without_a_call(void **state) {
    (void)state;
    char name[64];
    ask("allows.com");
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "n%d.%s", i, i % 2 == 0 ? "dead.com" : "dead-insecure.com");
        start(name);
    }
    struct asked *cached = start("allows.com");
    stop(start("dead.com"));
    event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    size_t told = cached->told;
    caa_lookup_free(lookup);
    lookup = NULL;
    event_base_loop(base, EVLOOP_NONBLOCK);
    for (size_t i = 1; i < asked_count; i++)
        if (&asked[i] != cached) assert_int_equal(asked[i].told, 0);
    assert_int_equal(cached->told, told);
}

static void freeing_at_once_after_starting_does_no_harm(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++) start("net");
    caa_lookup_free(lookup);
    lookup = NULL;
    event_base_loop(base, EVLOOP_NONBLOCK);
    for (size_t i = 0; i < asked_count; i++) assert_int_equal(asked[i].told, 0);
}

static void a_thousand_questions_may_be_in_flight(void **state) {
    (void)state;
    char name[32];
    for (int i = 0; i < ASKED_MAX; i++) {
        snprintf(name, sizeof name, "n%d.many.org", i);
        start(name);
    }
    wait_for_all();
    for (int i = 0; i < ASKED_MAX; i++) {
        enum caa_outcome expected = i >= 1 && i <= 50     ? CAA_OUTCOME_NODATA
                                    : i >= 51 && i <= 100 ? CAA_OUTCOME_RECORDS
                                                          : CAA_OUTCOME_NXDOMAIN;
        if (asked[i].told != 1 || asked[i].answer->outcome != expected)
            fail_msg("n%d: %s", i, caa_outcome_code(asked[i].answer->outcome));
    }
}

static void two_recursors_may_share_a_loop(void **state) {
    (void)state;
    struct caa_recursor_setting setting = usual_setting();
    struct caa_lookup *second = make_recursor(&setting);
    struct asked *here = start("signed.com"), *there = start_at(second, "forbids.com");
    wait_for_all();
    assert_int_equal(here->answer->outcome, CAA_OUTCOME_RECORDS);
    assert_int_equal(there->answer->outcome, CAA_OUTCOME_RECORDS);
    start_at(second, "dead.com");
    to_come--;
    caa_lookup_free(second);
    assert_outcome("allows.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
}

static void a_pinned_question_starts_with_cold_caches(void **state) {
    (void)state;
    const struct caa_pin cold = {0};
    lab("fault net --kind servfail --qtype CAA");
    assert_failure("net", CAA_OUTCOME_SERVFAIL);
    lab("clear net");
    struct asked *again = start_pinned(lookup, "net", &cold);
    wait_for_all();
    assert_int_equal(again->answer->outcome, CAA_OUTCOME_NODATA);
    assert_int_equal(again->answer->security, CAA_SECURITY_SECURE);
}

static void pinned_questions_are_cancelled_and_freed_without_a_call(void **state) {
    (void)state;
    const struct caa_pin cold = {0};
    for (int i = 0; i < 10; i++) start_pinned(lookup, "dead.com", &cold);
    to_come = 0;
    ask("allows.com"); /* meanwhile the others are on their way */
    for (size_t i = 0; i < 5; i++) caa_lookup_cancel(lookup, asked[i].ticket);
    event_base_loop(base, EVLOOP_NONBLOCK);
    caa_lookup_free(lookup);
    lookup = NULL;
    event_base_loop(base, EVLOOP_NONBLOCK);
    for (size_t i = 0; i < 10; i++) assert_int_equal(asked[i].told, 0);
}

static void pinned_questions_have_a_ceiling(void **state) {
    (void)state;
    const struct caa_pin cold = {0};
    struct asked one_more, *last = NULL;
    for (int i = 0; i < CAA_RECURSOR_PINNED_MAX; i++)
        last = start_pinned(lookup, "dead.com", &cold);
    assert_int_equal(try_to_start(&one_more, lookup, "dead.com", &cold), CAA_ERR_LIMIT);
    stop(last);
    start_pinned(lookup, "dead.com", &cold);
    to_come = 0;
    assert_outcome("allows.com", CAA_OUTCOME_RECORDS, CAA_SECURITY_INSECURE);
}

static void refresh(const char *name) {
    const struct caa_pin fresh = {.inherits = true};
    struct asked *question = start_pinned(lookup, name, &fresh);
    wait_for_all();
    assert_true(caa_answer_is_sound(question->answer));
}

static void what_a_refresh_learnt_answers_for_the_name_and_those_below(void **state) {
    (void)state;
    if (spawner != NULL) skip(); /* there a refresh leaves nothing behind */
    refresh("deno.net");
    lab("fault . --kind drop");
    lab("fault net --kind drop");
    assert_outcome("deno.net", CAA_OUTCOME_NODATA, CAA_SECURITY_INSECURE);
    assert_true(is_empty(ask("s1.deno.net")));
}

/* The first context remembers the bad keys for a minute, and is the one that is asked. */
static void what_a_refresh_learnt_of_a_registry_takes_over_nothing(void **state) {
    (void)state;
    lab("fault net --kind bad-signature");
    assert_failure("net", CAA_OUTCOME_BOGUS);
    lab("clear");
    refresh("net");
    assert_failure("net", CAA_OUTCOME_BOGUS);
}

static void refreshes_replace_each_other_while_questions_are_in_flight(void **state) {
    (void)state;
    const struct caa_pin fresh = {.inherits = true};
    char name[32];
    refresh("many.org");
    for (int i = 1; i <= 12; i++) {
        snprintf(name, sizeof name, "n%d.many.org", i);
        start_pinned(lookup, name, &fresh);
        start_pinned(lookup, "many.org", &fresh);
        stop(start(name));
        start(name);
    }
    wait_for_all();
    for (size_t i = 0; i < asked_count; i++)
        assert_true(asked[i].told == 0 || is_empty(asked[i].answer));
    start("n60.many.org");
    start_pinned(lookup, "many.org", &fresh);
    to_come = 0; /* and are freed on their way */
}

static void without_an_anchor_there_is_no_recursor(void **state) {
    (void)state;
    static const struct caa_trust_anchor none;
    struct caa_lookup *made;
    struct caa_recursor_setting setting = usual_setting();
    setting.trust_anchor = NULL;
    assert_int_equal(try_to_make(&made, &setting), CAA_ERR_TRUST_ANCHOR);
    setting.trust_anchor = &none;
    assert_int_equal(try_to_make(&made, &setting), CAA_ERR_TRUST_ANCHOR);
}

#define DIGEST "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"

static void an_anchor_that_cannot_validate_is_refused(void **state) {
    (void)state;
    static const char *const unusable[] = {
        ". IN DS 20326 5 2 " DIGEST,
        ". IN DS 20326 253 2 " DIGEST,
        ". IN DS 20326 8 9 " DIGEST,
        ". IN DNSKEY 257 3 253 AwEAAaz/tAm8yTn4Mfeh",
        ". IN DNSKEY 385 3 8 AwEAAaz/tAm8yTn4Mfeh",
        "com. IN DS 20326 8 2 " DIGEST,
    };
    for (size_t i = 0; i < sizeof unusable / sizeof unusable[0]; i++) {
        static struct caa_trust_anchor wrong = {.count = 1};
        struct caa_recursor_setting setting = usual_setting();
        struct caa_lookup *made;
        snprintf(wrong.records[0], sizeof wrong.records[0], "%s", unusable[i]);
        setting.trust_anchor = &wrong;
        if (try_to_make(&made, &setting) != CAA_ERR_TRUST_ANCHOR)
            fail_msg("taken: %s", unusable[i]);
    }
}

static void a_wrong_anchor_makes_everything_bogus(void **state) {
    (void)state;
    static const char *const names[] = {"signed.com", "allows.com", "net",
                                        "deno.net",   "nosuchtld",  "foo.test"};
    static const char *const wrong_anchors[] = {
        ". DS 20326 8 2 " DIGEST, ". DS 1 13 2 " DIGEST,
        ". DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxIL"
        "fDLUT0rAK9iUzy1L53eKGQ=="};
    for (size_t a = 0; a < sizeof wrong_anchors / sizeof wrong_anchors[0]; a++) {
        struct caa_recursor_setting setting = usual_setting();
        assert_int_equal(
            caa_trust_anchor_read(&anchor, caa_slice_of(wrong_anchors[a]), "wrong", &diag),
            CAA_OK);
        caa_lookup_free(lookup);
        lookup = make_recursor(&setting);
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            assert_failure(names[i], CAA_OUTCOME_BOGUS);
    }
}

static void without_hints_there_is_no_recursor(void **state) {
    (void)state;
    struct caa_lookup *made;
    struct caa_recursor_setting setting = usual_setting();
    setting.root_hints = NULL;
    assert_int_equal(try_to_make(&made, &setting), CAA_ERR_ROOT_HINTS);
}

/* No resolver runs in the lab: a name server that refuses to be one has to do. */
static void a_forwarder_that_refuses_is_a_failure_that_says_so(void **state) {
    (void)state;
    const char *const forwarders[] = {hints.addresses[0]};
    struct caa_recursor_setting setting = usual_setting();
    setting.forwarders = forwarders;
    setting.forwarder_count = 1;
    setting.root_hints = NULL;
    caa_lookup_free(lookup);
    lookup = make_recursor(&setting);
    for (int i = 0; i < 2; i++) {
        const struct caa_answer *answer = ask("allows.com");
        assert_false(is_empty(answer) || answer->outcome == CAA_OUTCOME_RECORDS);
    }
}

static void forwarders_that_cannot_be_used_are_refused(void **state) {
    (void)state;
    static const char *const unreadable[] = {"nowhere"};
    static const char *const mixed[] = {"192.0.2.1", "192.0.2.2#dns.example"};
    struct caa_lookup *made;
    struct caa_recursor_setting setting = usual_setting();
    setting.forwarders = unreadable;
    setting.forwarder_count = 1;
    assert_int_equal(try_to_make(&made, &setting), CAA_ERR_OPTION);
    setting.forwarders = mixed;
    setting.forwarder_count = 2;
    assert_int_equal(try_to_make(&made, &setting), CAA_ERR_OPTION);
    setting.forwarders = &mixed[1];
    setting.forwarder_count = 1;
    assert_int_equal(try_to_make(&made, &setting),
                     CAA_ERR_OPTION); /* TLS without CA certificates */
}

/* In a network of its own, where not even loopback is up. */
static int ask_without_network(void) {
    struct caa_recursor_setting setting = usual_setting();
    if (unshare(CLONE_NEWNET) != 0) return 2;
    if (spawner != NULL) start_spawner(); /* the other's children have a network */
    struct caa_lookup *alone = make_recursor(&setting);
    struct asked *question = start_at(alone, "allows.com");
    wait_for_all();
    bool said = question->answer->outcome == CAA_OUTCOME_NETWORK &&
                strstr(question->answer->reason, "no route to any root server: ") != NULL;
    if (!said)
        fprintf(stderr, "%s: %s\n", caa_outcome_code(question->answer->outcome),
                question->answer->reason);
    return said ? 0 : 1;
}

static void without_a_network_the_outcome_is_network(void **state) {
    (void)state;
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        event_reinit(base);
        _exit(ask_without_network());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void every_option_that_may_be_set_is_taken_by_libunbound(void **state) {
    (void)state;
    static const char *const options[] = {"msg-cache-size: 4m",
                                          "rrset-cache-size: 4m",
                                          "key-cache-size: 4m",
                                          "neg-cache-size: 1m",
                                          "msg-cache-slabs: 2",
                                          "rrset-cache-slabs: 2",
                                          "key-cache-slabs: 2",
                                          "infra-cache-slabs: 2",
                                          "infra-cache-numhosts: 1000",
                                          "num-queries-per-thread: 9",
                                          "outgoing-range: 64",
                                          "outgoing-num-tcp: 4",
                                          "max-reuse-tcp-queries: 10",
                                          "so-rcvbuf: 0",
                                          "so-sndbuf: 0",
                                          "edns-buffer-size: 1232",
                                          "outgoing-port-permit: 2000",
                                          "outgoing-port-avoid: 1-1023",
                                          "outgoing-interface: ::1",
                                          "do-ip4: yes",
                                          "do-ip6: yes",
                                          "prefer-ip4: no",
                                          "prefer-ip6: no",
                                          "tcp-upstream: no",
                                          "infra-keep-probing: yes",
                                          "infra-host-ttl: 900",
                                          "cache-max-ttl: 3600",
                                          "cache-max-negative-ttl: 9",
                                          "infra-cache-min-rtt: 50",
                                          "infra-cache-max-rtt: 9000",
                                          "unknown-server-time-limit: 376",
                                          "jostle-timeout: 200",
                                          "delay-close: 0",
                                          "tcp-idle-timeout: 30000",
                                          "tcp-reuse-timeout: 60000",
                                          "tcp-auth-query-timeout: 3000"};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        struct caa_resolver_option option;
        struct caa_recursor_setting setting = usual_setting();
        struct caa_lookup *made;
        assert_int_equal(caa_resolver_option_parse(&option, caa_slice_of(options[i]), &diag),
                         CAA_OK);
        setting.options = &option;
        setting.option_count = 1;
        if (try_to_make(&made, &setting) != CAA_OK) fail_msg("%s: %s", options[i], diag.text);
        caa_lookup_free(made);
    }
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int count, char **words) {
    if (count > 1 && strcmp(words[1], "sandbox") == 0) start_spawner();
    const struct CMUnitTest tests[] = {
        WORLD(records_come_with_their_security),
        WORLD(a_cached_servfail_stays_servfail),
        WORLD(a_servfail_of_a_whole_tld_is_never_an_empty_answer),
        WORLD(a_cached_nxdomain_stays_nxdomain),
        WORLD(no_zone_is_answered_by_libunbound_itself),
        WORLD(an_empty_insecure_answer_without_soa_is_malformed),
        WORLD(an_empty_answer_of_a_signed_zone_needs_its_proof),
        WORLD(bogus_is_bogus_and_names_a_server),
        WORLD(loops_and_dead_ends_of_aliases_are_no_permission),
        WORLD(aliases_are_told_in_their_order),
        WORLD(a_set_that_needs_tcp_comes_whole),
        WORLD(packets_are_kept_with_their_signatures_where_they_are_wanted),
        WORLD(labels_of_any_octets_can_be_asked),
        WORLD(a_callback_never_comes_from_within_start),
        WORLD(who_cancels_is_never_called),
        WORLD(freeing_drops_what_is_pending_without_a_call),
        WORLD(freeing_at_once_after_starting_does_no_harm),
        WORLD(a_thousand_questions_may_be_in_flight),
        WORLD(two_recursors_may_share_a_loop),
        WORLD(a_pinned_question_starts_with_cold_caches),
        WORLD(pinned_questions_are_cancelled_and_freed_without_a_call),
        WORLD(pinned_questions_have_a_ceiling),
        WORLD(what_a_refresh_learnt_answers_for_the_name_and_those_below),
        WORLD(what_a_refresh_learnt_of_a_registry_takes_over_nothing),
        WORLD(refreshes_replace_each_other_while_questions_are_in_flight),
        WORLD(without_an_anchor_there_is_no_recursor),
        WORLD(an_anchor_that_cannot_validate_is_refused),
        WORLD(a_wrong_anchor_makes_everything_bogus),
        WORLD(without_hints_there_is_no_recursor),
        WORLD(a_forwarder_that_refuses_is_a_failure_that_says_so),
        WORLD(forwarders_that_cannot_be_used_are_refused),
        WORLD(without_a_network_the_outcome_is_network),
        WORLD(every_option_that_may_be_set_is_taken_by_libunbound),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    caa_spawner_stop(spawner);
    return failed;
}
