/* The sandbox with a double of caad-recursor (double.c), which does what names tell it: its
   processes are real, and so are their ends. */
#include "packet.h"

#include <signal.h>
#include <unistd.h>

#include "sandbox/sandbox.h"

enum { ASKED_MAX = 400, PATIENCE_US = 60000000, BEAT_MS = 40 };

struct asked {
    struct caa_lookup_ticket *ticket;
    const struct caa_answer *answer;
    int told;
};

static struct event_base *base;
static struct caa_spawner *spawner;
static struct caa_lookup *lookup;
static struct caa_diag diag;
static struct asked asked[ASKED_MAX];
static size_t asked_count, to_come;
static struct caa_root_hints hints = {1, {"127.0.0.1"}};
static struct caa_trust_anchor anchor;

static struct caa_recursor_setting usual_recursor(void) {
    return (struct caa_recursor_setting){
        .root_hints = &hints, .trust_anchor = &anchor, .cache_octets = 1 << 20};
}

static void make(struct caa_sandbox_setting setting) {
    struct caa_recursor_setting recursor = usual_recursor();
    setting.spawner = spawner;
    setting.recursor = &recursor;
    if (setting.heartbeat_ms == 0) setting.heartbeat_ms = BEAT_MS;
    if (setting.misses_most == 0) setting.misses_most = 500; /* a busy machine hangs nobody */
    if (setting.starts_most == 0) setting.starts_most = CAA_RECURSOR_PINNED_MAX + 2;
    if (setting.restarts_burst == 0) setting.restarts_burst = 100;
    caa_lookup_free(lookup);
    if (caa_sandbox_new(&lookup, base, caa_clock_system(), &setting, &diag) != CAA_OK)
        fail_msg("%s", diag.text);
}

static int set_up(void **state) {
    (void)state;
    const struct caa_spawner_setting setting = {.program = getenv("RECURSOR_DOUBLE")};
    base = event_base_new();
    if (setting.program == NULL) fail_msg("RECURSOR_DOUBLE is not set");
    if (caa_spawner_start(&spawner, &setting, &diag) != CAA_OK) fail_msg("%s", diag.text);
    make((struct caa_sandbox_setting){0});
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    caa_lookup_free(lookup);
    lookup = NULL;
    caa_spawner_stop(spawner);
    for (size_t i = 0; i < asked_count; i++) caa_answer_release(asked[i].answer);
    memset(asked, 0, sizeof asked);
    asked_count = to_come = 0;
    event_base_free(base);
    return 0;
}

static void note(void *context, const struct caa_answer *answer) {
    struct asked *question = context;
    question->told++;
    caa_answer_release(question->answer);
    question->answer = caa_answer_retain(answer);
    question->ticket = NULL;
    to_come--;
}

static struct asked *start_pinned(const char *name, const struct caa_pin *pin) {
    const struct caa_question question = {
        .name = name_of(name), .type = CAA_TYPE_CAA, .pin = pin};
    assert_true(asked_count < ASKED_MAX);
    struct asked *new = &asked[asked_count++];
    assert_int_equal(caa_lookup_start(lookup, &question, note, new, &new->ticket), CAA_OK);
    assert_int_equal(new->told, 0); /* never from within start */
    to_come++;
    return new;
}

static struct asked *start(const char *name) {
    return start_pinned(name, NULL);
}

static void turn(void) {
    struct timeval soon = {.tv_usec = 1000};
    event_base_loopexit(base, &soon);
    event_base_dispatch(base);
}

/* The patience is for a hang, not a measure. */
static void wait_for_all(void) {
    int64_t started_us = caa_clock_monotonic_us(caa_clock_system());
    while (to_come > 0) {
        turn();
        if (caa_clock_monotonic_us(caa_clock_system()) - started_us > PATIENCE_US)
            fail_msg("%zu questions without an answer", to_come);
    }
}

static const struct caa_answer *ask(const char *name) {
    struct asked *question = start(name);
    wait_for_all();
    assert_int_equal(question->told, 1);
    return question->answer;
}

/* Which process gave it. */
static int process_of(const struct caa_answer *answer) {
    char number[24] = "";
    assert_int_equal(answer->outcome, CAA_OUTCOME_RECORDS);
    assert_true(answer->rdata[0].len > 7 && answer->rdata[0].len < sizeof number + 7);
    memcpy(number, answer->rdata[0].ptr + 7, answer->rdata[0].len - 7);
    return (int)strtol(number, NULL, 10);
}

static void assert_ours(const struct caa_answer *answer) {
    if (caa_answer_is_sound(answer) || answer->outcome != CAA_OUTCOME_NETWORK)
        fail_msg("%s", caa_outcome_code(answer->outcome));
    assert_true(answer->reason[0] != '\0');
}

static void turn_until(bool (*holds)(void)) {
    int64_t started_us = caa_clock_monotonic_us(caa_clock_system());
    while (!holds()) {
        turn();
        if (caa_clock_monotonic_us(caa_clock_system()) - started_us > PATIENCE_US)
            fail_msg("it did not come");
    }
}

static struct caa_sandbox_counts counts(void) {
    return caa_sandbox_counts(lookup);
}

static void answers_come_from_other_processes(void **state) {
    (void)state;
    const struct caa_answer *answer = ask("www.example.com");
    assert_int_equal(answer->security, CAA_SECURITY_SECURE);
    assert_true(process_of(answer) != (int)getpid());
    assert_int_equal(process_of(ask("shop.example.org")), process_of(answer));
    assert_int_equal(counts().lookups, 2);
    assert_int_equal(counts().in_flight, 0);
}

static void public_suffixes_have_a_process_of_their_own(void **state) {
    (void)state;
    int registries = process_of(ask("net"));
    assert_int_equal(process_of(ask("co.uk")), registries);
    assert_int_equal(process_of(ask(".")), registries);
    assert_int_equal(process_of(ask("nosuchtld")), registries);
    int subscribers = process_of(ask("example.co.uk"));
    int platforms = process_of(ask("github.io"));
    assert_int_equal(process_of(ask("customer.github.io")), subscribers);
    assert_true(registries != subscribers && registries != platforms &&
                subscribers != platforms);
}

static bool pins_are_gone(void) {
    return counts().processes <= 2 + 2; /* registries and subscribers, and spares */
}

static void each_pin_has_a_process_of_its_own(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    int processes[8];
    int usual = process_of(ask("www.example.com"));
    struct asked *pinned[8];
    for (size_t i = 0; i < 8; i++) pinned[i] = start_pinned("www.example.com", &cold);
    wait_for_all();
    for (size_t i = 0; i < 8; i++) {
        processes[i] = process_of(pinned[i]->answer);
        assert_true(processes[i] != usual);
        for (size_t other = 0; other < i; other++)
            assert_true(processes[i] != processes[other]);
    }
    turn_until(pins_are_gone);
    assert_int_equal(counts().crashed, 0);
}

/* --- second looks of late lookups */

static const struct caa_pin shared = {.may_share = true};

static int shared_process_of(const char *name) {
    struct asked *question = start_pinned(name, &shared);
    wait_for_all();
    return process_of(question->answer);
}

static void who_may_share_a_cold_process_does(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    make((struct caa_sandbox_setting){.shared_ms = PATIENCE_US / 1000});
    int usual = process_of(ask("www.example.com"));
    int first = shared_process_of("www.example.com");
    assert_int_not_equal(first, usual);
    assert_int_equal(shared_process_of("mail.example.org"), first);
    struct asked *alone = start_pinned("www.example.com", &cold);
    wait_for_all();
    assert_int_not_equal(process_of(alone->answer), first);
    assert_int_equal(process_of(ask("www.example.com")), usual);
}

static void registries_share_none_with_customers(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.shared_ms = PATIENCE_US / 1000});
    int customers = shared_process_of("www.example.com");
    int registries = shared_process_of("com");
    assert_int_not_equal(customers, registries);
    assert_int_not_equal(registries, process_of(ask("com")));
    assert_int_equal(shared_process_of("net"), registries);
}

static bool none_is_shared(void) {
    return counts().processes <= 2 + 2; /* spares, and those of registries and customers */
}

static void a_shared_process_gets_old_soon(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.shared_ms = 1});
    process_of(ask("www.example.com"));
    int first = shared_process_of("www.example.com");
    turn_until(none_is_shared);
    assert_int_not_equal(shared_process_of("www.example.com"), first);
    assert_int_equal(counts().recycled, 0);
}

static void a_shared_process_is_asked_so_often_and_no_more(void **state) {
    (void)state;
    enum { QUESTIONS = 40, MOST = 32 };
    struct asked *questions[QUESTIONS];
    int first = 0;
    make((struct caa_sandbox_setting){.shared_ms = PATIENCE_US / 1000});
    for (int i = 0; i < QUESTIONS; i++) questions[i] = start_pinned("www.example.com", &shared);
    wait_for_all();
    for (int i = 0; i < QUESTIONS; i++)
        first += process_of(questions[i]->answer) == process_of(questions[0]->answer);
    assert_int_equal(first, MOST);
}

/* A name that ends its process does not take along those who shared it. */
static void who_shared_a_process_that_ends_gets_one_alone(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.shared_ms = PATIENCE_US / 1000});
    struct asked *others[3];
    for (int i = 0; i < 3; i++) others[i] = start_pinned("wait.example.com", &shared);
    struct asked *killer = start_pinned("crash.example.com", &shared);
    wait_for_all();
    assert_ours(killer->answer);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(others[i]->told, 1);
        for (int k = 0; k < i; k++)
            assert_int_not_equal(process_of(others[i]->answer), process_of(others[k]->answer));
    }
}

static void a_pin_taken_back_takes_its_process_along(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    ask("www.example.com");
    struct asked *pinned[4];
    for (size_t i = 0; i < 4; i++) pinned[i] = start_pinned("silent.example.com", &cold);
    assert_true(counts().processes >= 2 + 4);
    for (size_t i = 0; i < 4; i++) caa_lookup_cancel(lookup, pinned[i]->ticket);
    to_come = 0;
    assert_int_equal(counts().in_flight, 0);
    turn_until(pins_are_gone);
}

static void a_process_is_replaced_after_its_lookups(void **state) {
    (void)state;
    int processes[4];
    make((struct caa_sandbox_setting){.lookups_most = 5});
    for (size_t i = 0; i < 4; i++) {
        processes[i] = process_of(ask("www.example.com"));
        for (int more = 0; more < 4; more++)
            assert_int_equal(process_of(ask("www.example.com")), processes[i]);
        if (i > 0) assert_true(processes[i] != processes[i - 1]);
    }
    assert_int_equal(counts().recycled, 3);
    assert_int_equal(counts().crashed + counts().lost + counts().asked_again, 0);
}

static void who_is_replaced_finishes_first(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.lookups_most = 3});
    int first = process_of(ask("www.example.com"));
    struct asked *slow = start("wait.example.com");
    start("www.example.com");
    struct asked *next = start("www.example.org");
    wait_for_all();
    assert_int_equal(process_of(slow->answer), first);
    assert_true(process_of(next->answer) != first);
    assert_int_equal(counts().asked_again, 0);
}

static void what_was_in_flight_is_asked_once_more_elsewhere(void **state) {
    (void)state;
    int killed = process_of(ask("www.example.com"));
    struct asked *orphans[20];
    for (size_t i = 0; i < 20; i++) orphans[i] = start("wait.example.com");
    assert_int_equal(kill(killed, SIGKILL), 0);
    wait_for_all();
    for (size_t i = 0; i < 20; i++) assert_true(process_of(orphans[i]->answer) != killed);
    assert_int_equal(counts().asked_again, 20);
    assert_int_equal(counts().lost, 0);
    assert_true(process_of(ask("www.example.com")) != killed);
}

static void a_pin_whose_process_ends_gets_another_one(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    struct asked *pinned = start_pinned("crash.example.com", &cold);
    wait_for_all();
    assert_ours(pinned->answer);
    assert_int_equal(counts().asked_again, 1);
    assert_int_equal(counts().lost, 1);
}

static bool ending_is_known(void) {
    return caa_sandbox_status(lookup).last_ending[0] != '\0';
}

static void a_question_that_ends_two_processes_is_lost_for_our_sake(void **state) {
    (void)state;
    assert_ours(ask("crash.example.com"));
    turn_until(ending_is_known);
    assert_string_equal(caa_sandbox_status(lookup).last_ending, "SIGSEGV");
    assert_true(counts().ended_badly >= 1);
    assert_ours(ask("leave.example.com"));
    assert_int_equal(counts().asked_again, 2);
    assert_int_equal(counts().lost, 2);
    process_of(ask("www.example.com"));
}

/* Who ends its process each time takes nobody along but those who were with it at first. */
static void later_questions_are_not_asked_where_suspects_are(void **state) {
    (void)state;
    struct asked *bad = start("crash.example.com");
    struct asked *good[10];
    for (size_t i = 0; i < 10; i++) good[i] = start("www.example.com");
    wait_for_all();
    assert_ours(bad->answer);
    struct asked *suspect = start("crash.example.org");
    while (counts().asked_again < 2 + 10) event_base_loop(base, EVLOOP_ONCE);
    struct asked *later = start("wait.example.com");
    wait_for_all();
    assert_ours(suspect->answer);
    process_of(later->answer);
    for (size_t i = 0; i < 10; i++)
        assert_true(good[i]->answer->outcome == CAA_OUTCOME_RECORDS ||
                    good[i]->answer->outcome == CAA_OUTCOME_NETWORK);
}

static bool has_none_so_far(void) {
    const struct caa_answer *failure = caa_lookup_failure_so_far(lookup, asked[0].ticket);
    caa_answer_release(failure);
    return failure == NULL;
}

/* Whoever gives the lookup up before is not to take it for the servers' silence. */
static void a_process_that_has_yet_to_begin_is_our_own_fault(void **state) {
    (void)state;
    struct asked *waiting = start("silent.example.com");
    const struct caa_answer *failure = caa_lookup_failure_so_far(lookup, waiting->ticket);
    assert_non_null(failure);
    assert_int_equal(failure->outcome, CAA_OUTCOME_NETWORK);
    caa_answer_release(failure);
    turn_until(has_none_so_far);
    caa_lookup_cancel(lookup, waiting->ticket);
    to_come = 0;
}

static void who_gives_no_sign_of_life_is_killed(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.misses_most = 5});
    struct asked *hung = start("hang.example.com");
    struct asked *behind = start("www.example.com");
    wait_for_all();
    assert_ours(hung->answer);
    if (behind->answer->outcome != CAA_OUTCOME_RECORDS) assert_ours(behind->answer);
    assert_int_equal(counts().hung, 2);
    process_of(ask("www.example.com"));
}

static void a_stopped_process_is_replaced(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.misses_most = 5});
    int stopped = process_of(ask("www.example.com"));
    assert_int_equal(kill(stopped, SIGSTOP), 0);
    assert_true(process_of(ask("www.example.com")) != stopped);
    assert_int_equal(counts().hung, 1);
}

/* The only child of ours. */
static pid_t spawner_pid(void) {
    char path[64], line[64] = "";
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    if (file == NULL) skip(); /* a kernel without CONFIG_PROC_CHILDREN */
    if (fgets(line, sizeof line, file) == NULL) line[0] = '\0';
    fclose(file);
    return (pid_t)strtol(line, NULL, 10);
}

/* As many processes are ordered and given up as the spawner's socket takes. */
static void fill_spawner_s_socket(void) {
    static const struct caa_pin cold = {0};
    const struct caa_question question = {
        .name = name_of("silent.example.com"), .type = CAA_TYPE_CAA, .pin = &cold};
    struct asked given_up = {0};
    while (caa_lookup_start(lookup, &question, note, &given_up, &given_up.ticket) == CAA_OK)
        caa_lookup_cancel(lookup, given_up.ticket);
}

static bool one_is_hung(void) {
    return counts().hung == 1;
}

static int condemned;

static bool condemned_is_gone(void) {
    return kill(condemned, 0) != 0;
}

static void who_could_not_be_killed_at_once_is_killed_later(void **state) {
    pid_t pid = spawner_pid();
    (void)state;
    make((struct caa_sandbox_setting){.misses_most = 20});
    condemned = process_of(ask("www.example.com"));
    assert_int_equal(kill(pid, SIGSTOP), 0);
    fill_spawner_s_socket();
    assert_int_equal(kill(condemned, SIGSTOP), 0);
    turn_until(one_is_hung);
    assert_false(condemned_is_gone());
    assert_int_equal(kill(pid, SIGCONT), 0);
    turn_until(condemned_is_gone);
}

static uint32_t reported;

static void note_report(void *context, const struct caa_spawner_report *report) {
    (void)context;
    reported = report->number;
}

static void ignore_end(void *context) {
    (void)context;
}

static bool is_reported(void) {
    return reported == 4711;
}

/* Or whoever did not hear the first time would wait for ever. */
static void who_is_gone_is_reported_again(void **state) {
    const struct caa_spawner_listener listener = {.ended = note_report, .gone = ignore_end};
    struct caa_spawner_link *link;
    (void)state;
    assert_int_equal(caa_spawner_link_open(&link, spawner, base, &listener), CAA_OK);
    caa_spawner_kill(link, 4711);
    turn_until(is_reported);
    caa_spawner_link_close(link);
}

/* None of these may come out as an empty answer, and each costs the liar its life. */
static void lies_that_can_be_seen_end_the_liar(void **state) {
    (void)state;
    static const char *const fatal[] = {"unasked", "twice", "garbage", "empty", "pong"};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.example.com", fatal[i]);
        uint64_t before = counts().started;
        const struct caa_answer *answer = ask(name);
        if (answer->outcome != CAA_OUTCOME_RECORDS && answer->outcome != CAA_OUTCOME_NETWORK)
            fail_msg("%s: %s", fatal[i], caa_outcome_code(answer->outcome));
        ask("www.example.com");
        if (counts().started == before) fail_msg("%s: nobody was replaced", fatal[i]);
    }
    assert_true(counts().lied >= 4);
}

static void the_answer_to_another_question_is_none(void **state) {
    (void)state;
    assert_int_equal(ask("other.example.com")->outcome, CAA_OUTCOME_MALFORMED);
    assert_int_equal(ask("own-data.example.com")->outcome, CAA_OUTCOME_MALFORMED);
    assert_ours(ask("unable.example.com"));
}

static void who_takes_back_a_question_is_never_told(void **state) {
    (void)state;
    ask("www.example.com");
    struct asked *taken_back = start("wait.example.com");
    caa_lookup_cancel(lookup, taken_back->ticket);
    to_come--;
    for (int i = 0; i < 3; i++) process_of(ask("wait.example.com"));
    assert_int_equal(taken_back->told, 0);
    assert_int_equal(counts().lied, 0); /* that it answers all the same is no lie */
}

static void freeing_drops_what_is_in_flight(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    for (int i = 0; i < 50; i++) start("wait.example.com");
    for (int i = 0; i < 5; i++) start_pinned("wait.example.com", &cold);
    event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
    caa_lookup_free(lookup);
    lookup = NULL;
    event_base_loop(base, EVLOOP_NONBLOCK);
    for (size_t i = 0; i < asked_count; i++) assert_int_equal(asked[i].told, 0);
}

static void hundreds_may_be_in_flight(void **state) {
    (void)state;
    for (int i = 0; i < 250; i++) start(i % 2 == 0 ? "wait.example.com" : "net");
    wait_for_all();
    for (size_t i = 0; i < asked_count; i++)
        assert_int_equal(asked[i].answer->outcome, CAA_OUTCOME_RECORDS);
}

enum { BURST = 4 };

static bool burst_is_used_up(void) {
    return counts().crashed == BURST;
}

/* No heartbeat comes, so that there are no more than may end at once. */
static void restarts_have_a_ceiling(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.restarts_burst = BURST, .heartbeat_ms = 3600 * 1000});
    uint64_t before = counts().started;
    for (int i = 0; i < BURST / 2; i++) ask("crash.example.com"); /* each ends two */
    turn_until(burst_is_used_up);
    for (int i = 0; i < 100; i++) start("crash.example.org");
    for (int i = 0; i < 50; i++) event_base_loop(base, EVLOOP_NONBLOCK);
    assert_int_equal(counts().crashed, BURST);
    assert_true(counts().started - before <= BURST + 2);
    for (size_t i = 0; i < asked_count; i++)
        if (asked[i].told > 0) assert_ours(asked[i].answer);
    to_come = 0;
}

static void too_many_pins_are_refused(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    const struct caa_question question = {
        .name = name_of("silent.example.com"), .type = CAA_TYPE_CAA, .pin = &cold};
    struct asked one_more = {0};
    for (int i = 0; i < CAA_RECURSOR_PINNED_MAX; i++) start_pinned("silent.example.com", &cold);
    assert_int_equal(caa_lookup_start(lookup, &question, note, &one_more, &one_more.ticket),
                     CAA_ERR_LIMIT);
    caa_lookup_cancel(lookup, asked[0].ticket);
    start_pinned("silent.example.com", &cold);
    to_come = 0;
}

static void pins_wait_for_processes_to_start(void **state) {
    (void)state;
    static const struct caa_pin cold = {0};
    const struct caa_question question = {
        .name = name_of("www.example.com"), .type = CAA_TYPE_CAA, .pin = &cold};
    struct asked one_more = {0};
    make((struct caa_sandbox_setting){.starts_most = 4});
    size_t taken = 0;
    while (caa_lookup_start(lookup, &question, note, &one_more, &one_more.ticket) == CAA_OK)
        taken++, to_come++;
    assert_true(taken > 0 && taken <= 4);
    process_of(ask("net")); /* others are not refused */
    assert_int_equal(one_more.told, (int)taken);
    caa_answer_release(one_more.answer);
    start_pinned("www.example.com", &cold);
    wait_for_all();
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_HAS_NO_LIMIT
#endif
#endif

#ifndef MEMORY_HAS_NO_LIMIT
static void who_grows_too_large_is_killed(void **state) {
    (void)state;
    make((struct caa_sandbox_setting){.memory_octets = 64 << 20, .misses_most = 1500});
    assert_ours(ask("grow.example.com"));
    turn_until(ending_is_known);
    assert_true(counts().oversized >= 1);
    assert_string_equal(caa_sandbox_status(lookup).last_ending, "too large");
}
#endif

static void it_tells_what_its_processes_say_of_themselves(void **state) {
    (void)state;
    struct caa_sandbox_status status = caa_sandbox_status(lookup);
    assert_string_equal(status.library_version, "1.99.0");
    assert_true(status.library_is_current);
    assert_true(caa_jail_is_complete(&status.jail));
    assert_false(status.spawner_is_gone);
    assert_string_equal(status.last_ending, "");
    assert_int_equal(counts().ended_badly, 0);
}

static bool spawner_is_gone(void) {
    return caa_sandbox_status(lookup).spawner_is_gone;
}

static void without_a_spawner_every_lookup_is_lost(void **state) {
    (void)state;
    struct asked *question = start("silent.example.com");
    caa_spawner_stop(spawner);
    spawner = NULL;
    turn_until(spawner_is_gone);
    wait_for_all();
    assert_ours(question->answer);
    assert_ours(ask("net"));
}

static enum caa_err try_to_start(const char *program, const char *user) {
    struct caa_spawner *started = NULL;
    const struct caa_spawner_setting setting = {.program = program, .user = user};
    enum caa_err err = caa_spawner_start(&started, &setting, &diag);
    caa_spawner_stop(started);
    return err;
}

static void a_spawner_that_stands_still_keeps_nobody_from_ending(void **state) {
    struct caa_spawner_setting setting = {.program = getenv("RECURSOR_DOUBLE")};
    pid_t pid = spawner_pid();
    (void)state;
    assert_true(pid > 0);
    assert_int_equal(kill(pid, SIGSTOP), 0);
    caa_lookup_free(lookup);
    lookup = NULL;
    caa_spawner_stop(spawner); /* or the test would hang here */
    assert_int_equal(kill(pid, 0), -1);
    if (caa_spawner_start(&spawner, &setting, &diag) != CAA_OK) fail_msg("%s", diag.text);
}

static void a_spawner_needs_its_program(void **state) {
    (void)state;
    assert_int_equal(try_to_start("/nonexistent/caad-recursor", NULL), CAA_ERR_OPTION);
    assert_non_null(strstr(diag.text, "/nonexistent/caad-recursor"));
    assert_int_equal(try_to_start("/etc/passwd", NULL), CAA_ERR_OPTION);
}

static void root_s_recursors_need_a_user_that_is_not_root(void **state) {
    (void)state;
    if (geteuid() != 0) return;
    const char *program = getenv("RECURSOR_DOUBLE");
    assert_int_equal(try_to_start(program, "nobody-has-this-name"), CAA_ERR_OPTION);
    assert_int_equal(try_to_start(program, "root"), CAA_ERR_OPTION);
    assert_int_equal(try_to_start(program, "0"), CAA_ERR_OPTION);
    assert_int_equal(try_to_start(program, "12345"), CAA_OK);
}

static void a_program_that_is_no_recursor_is_refused(void **state) {
    (void)state;
    struct caa_spawner *other;
    const struct caa_spawner_setting setting = {.program = "/bin/true"};
    const struct caa_recursor_setting recursor = usual_recursor();
    struct caa_lookup *made;
    assert_int_equal(caa_spawner_start(&other, &setting, &diag), CAA_OK);
    const struct caa_sandbox_setting sandbox = {.spawner = other, .recursor = &recursor};
    assert_int_equal(caa_sandbox_new(&made, base, caa_clock_system(), &sandbox, &diag),
                     CAA_ERR_RESOLVER);
    caa_spawner_stop(other);
}

static void forwarders_over_tls_are_refused(void **state) {
    (void)state;
    static const char *const forwarders[] = {"192.0.2.1#dns.example"};
    struct caa_recursor_setting recursor = usual_recursor();
    struct caa_lookup *made;
    recursor.forwarders = forwarders;
    recursor.forwarder_count = 1;
    const struct caa_sandbox_setting sandbox = {.spawner = spawner, .recursor = &recursor};
    assert_int_equal(caa_sandbox_new(&made, base, caa_clock_system(), &sandbox, &diag),
                     CAA_ERR_OPTION);
    assert_non_null(strstr(diag.text, "TLS"));
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCENE(answers_come_from_other_processes),
        SCENE(public_suffixes_have_a_process_of_their_own),
        SCENE(each_pin_has_a_process_of_its_own),
        SCENE(who_may_share_a_cold_process_does),
        SCENE(registries_share_none_with_customers),
        SCENE(a_shared_process_gets_old_soon),
        SCENE(a_shared_process_is_asked_so_often_and_no_more),
        SCENE(who_shared_a_process_that_ends_gets_one_alone),
        SCENE(a_pin_taken_back_takes_its_process_along),
        SCENE(a_process_is_replaced_after_its_lookups),
        SCENE(who_is_replaced_finishes_first),
        SCENE(what_was_in_flight_is_asked_once_more_elsewhere),
        SCENE(a_pin_whose_process_ends_gets_another_one),
        SCENE(a_question_that_ends_two_processes_is_lost_for_our_sake),
        SCENE(later_questions_are_not_asked_where_suspects_are),
        SCENE(a_process_that_has_yet_to_begin_is_our_own_fault),
        SCENE(who_gives_no_sign_of_life_is_killed),
        SCENE(a_stopped_process_is_replaced),
        SCENE(who_could_not_be_killed_at_once_is_killed_later),
        SCENE(who_is_gone_is_reported_again),
        SCENE(lies_that_can_be_seen_end_the_liar),
        SCENE(the_answer_to_another_question_is_none),
        SCENE(who_takes_back_a_question_is_never_told),
        SCENE(freeing_drops_what_is_in_flight),
        SCENE(hundreds_may_be_in_flight),
        SCENE(restarts_have_a_ceiling),
        SCENE(too_many_pins_are_refused),
        SCENE(pins_wait_for_processes_to_start),
#ifndef MEMORY_HAS_NO_LIMIT
        SCENE(who_grows_too_large_is_killed),
#endif
        SCENE(it_tells_what_its_processes_say_of_themselves),
        SCENE(without_a_spawner_every_lookup_is_lost),
        SCENE(a_spawner_that_stands_still_keeps_nobody_from_ending),
        SCENE(a_spawner_needs_its_program),
        SCENE(root_s_recursors_need_a_user_that_is_not_root),
        SCENE(a_program_that_is_no_recursor_is_refused),
        SCENE(forwarders_over_tls_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
