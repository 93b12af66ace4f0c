#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "client.h"

static const char answers[] = "yes.example. CAA 0 issue \"ca.example\"\n"
                              "no.example. CAA 0 issue \"other.example\"\n"
                              "fails.example. !SERVFAIL\n";

/* What callbacks have seen. */
struct tally {
    size_t allowed, forbidden, undecided, errors;
    struct caa_checker *checker;
    struct caa_ticket *victim;
    size_t more; /* checks that callbacks start */
};

static void count(void *context, enum caa_error error, struct caa_result *result) {
    struct tally *tally = context;
    tally->errors += error != CAA_ERROR_NONE;
    tally->allowed += caa_result_verdict(result) == CAA_ALLOWED;
    tally->forbidden += caa_result_verdict(result) == CAA_FORBIDDEN;
    tally->undecided += caa_result_verdict(result) == CAA_UNDECIDED;
    caa_result_free(result);
}

static size_t counted(const struct tally *tally) {
    return tally->allowed + tally->forbidden + tally->undecided + tally->errors;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Starts `n` checks of names under the three owners in turn, with one query that changes. */
static void start_many(struct caa_checker *checker, size_t n, struct tally *tally) {
    static const char *const owners[] = {"yes", "no", "fails"};
    struct caa_query *query = api_query("example");
    for (size_t i = 0; i < n; i++) {
        char name[64];
        snprintf(name, sizeof name, "n%zu.%s.example", i, owners[i % 3]);
        caa_query_set_name(query, name);
        EXPECT(caa_checker_start(checker, query, count, tally, NULL) == CAA_ERROR_NONE);
    }
    caa_query_free(query);
    EXPECT(counted(tally) == 0);
}

static void a_thousand_checks_in_an_event_loop_of_ones_own(void) {
    struct tally tally = {0};
    struct caa_checker *checker = api_checker(answers);
    struct pollfd ready = {.fd = caa_checker_fd(checker), .events = POLLIN};
    start_many(checker, 999, &tally);
    EXPECT(caa_checker_pending(checker) == 999);
    while (caa_checker_pending(checker) > 0 && poll(&ready, 1, 10000) == 1)
        EXPECT(caa_checker_process(checker, 0) == CAA_ERROR_NONE);
    EXPECT(tally.allowed == 333 && tally.forbidden == 333 && tally.undecided == 333);
    EXPECT(poll(&ready, 1, 0) == 0 || caa_checker_process(checker, 0) == CAA_ERROR_NONE);
    EXPECT(poll(&ready, 1, 0) == 0);
    caa_checker_free(checker);
}

static void a_thousand_checks_with_run(void) {
    struct tally tally = {0};
    struct caa_checker *checker = api_checker(answers);
    start_many(checker, 1000, &tally);
    EXPECT(caa_checker_run(checker) == CAA_ERROR_NONE);
    EXPECT(counted(&tally) == 1000 && tally.errors == 0 && caa_checker_pending(checker) == 0);
    EXPECT(caa_checker_run(checker) == CAA_ERROR_NONE);
    EXPECT(caa_checker_process(checker, -1) == CAA_ERROR_NONE);
    caa_checker_free(checker);
}

static void start_another(void *context, enum caa_error error, struct caa_result *result) {
    struct tally *tally = context;
    count(tally, error, result);
    if (tally->more == 0) return;
    tally->more--;
    struct caa_query *query = api_query("yes.example");
    EXPECT(caa_checker_start(tally->checker, query, start_another, tally, NULL) ==
           CAA_ERROR_NONE);
    struct caa_result *other;
    caa_query_set_name(query, "no.example");
    EXPECT(caa_checker_check(tally->checker, query, &other) == CAA_ERROR_NONE);
    EXPECT(caa_result_verdict(other) == CAA_FORBIDDEN);
    EXPECT(caa_checker_process(tally->checker, 0) == CAA_ERROR_MISUSE);
    EXPECT(caa_checker_run(tally->checker) == CAA_ERROR_MISUSE);
    caa_result_free(other);
    caa_query_free(query);
}

static void a_callback_may_start_and_check(void) {
    struct tally tally = {.more = 10};
    struct caa_query *query = api_query("yes.example");
    tally.checker = api_checker(answers);
    EXPECT(caa_checker_start(tally.checker, query, start_another, &tally, NULL) ==
           CAA_ERROR_NONE);
    EXPECT(caa_checker_run(tally.checker) == CAA_ERROR_NONE);
    EXPECT(tally.allowed == 11);
    caa_query_free(query);
    caa_checker_free(tally.checker);
}

static void a_blocking_check_calls_no_callback(void) {
    struct tally tally = {0};
    struct caa_checker *checker = api_checker(answers);
    struct caa_query *query = api_query("yes.example");
    struct caa_result *result;
    start_many(checker, 30, &tally);
    EXPECT(caa_checker_check(checker, query, &result) == CAA_ERROR_NONE);
    EXPECT(counted(&tally) == 0 && caa_result_is_allowed(result));
    EXPECT(caa_checker_run(checker) == CAA_ERROR_NONE && counted(&tally) == 30);
    caa_result_free(result);
    caa_query_free(query);
    caa_checker_free(checker);
}

static void cancel_victim(void *context, enum caa_error error, struct caa_result *result) {
    struct tally *tally = context;
    count(tally, error, result);
    caa_checker_cancel(tally->checker, tally->victim);
    tally->victim = NULL;
}

static void a_cancelled_check_never_calls_back(void) {
    for (int round = 0; round < 200; round++) {
        struct tally tally = {0}, none = {0};
        struct caa_query *query = api_query("yes.example");
        struct caa_ticket *ticket;
        tally.checker = api_checker(answers);
        EXPECT(caa_checker_start(tally.checker, query, count, &none, &ticket) == 0);
        EXPECT(caa_checker_start(tally.checker, query, cancel_victim, &tally, NULL) == 0);
        EXPECT(caa_checker_start(tally.checker, query, count, &none, &tally.victim) == 0);
        if (round % 2 == 1) usleep(200); /* it waits, runs, or is finished by now */
        caa_checker_cancel(tally.checker, ticket);
        EXPECT(caa_checker_pending(tally.checker) == 2);
        EXPECT(caa_checker_run(tally.checker) == CAA_ERROR_NONE);
        EXPECT(counted(&tally) == 1 && counted(&none) == 0);
        caa_query_free(query);
        caa_checker_free(tally.checker);
    }
}

static void a_running_check_is_cancelled(void) {
    struct tally none = {0};
    struct caa_checker *checker = api_silent_checker(60000);
    struct caa_query *query = api_query("a.example");
    struct caa_ticket *ticket;
    EXPECT(caa_checker_start(checker, query, count, &none, &ticket) == CAA_ERROR_NONE);
    EXPECT(caa_checker_start(checker, query, count, &none, NULL) == CAA_ERROR_NONE);
    EXPECT(caa_checker_process(checker, 50) == CAA_ERROR_NONE);
    caa_checker_cancel(checker, ticket);
    EXPECT(caa_checker_pending(checker) == 1 && counted(&none) == 0);
    caa_query_free(query);
    caa_checker_free(checker); /* with the other one still running */
    EXPECT(counted(&none) == 0);
}

static void the_deadline_ends_a_check(void) {
    struct caa_checker *checker = api_silent_checker(300);
    struct caa_query *query = api_query("a.example");
    struct caa_result *result;
    int64_t started = now_ms();
    EXPECT(caa_checker_check(checker, query, &result) == CAA_ERROR_NONE);
    EXPECT(now_ms() - started >= 290 && now_ms() - started < 3000);
    EXPECT(caa_result_verdict(result) == CAA_UNDECIDED && caa_result_deadline_passed(result));
    EXPECT(strcmp(caa_result_level_outcome(result, 0), "timeout") == 0);
    EXPECT(caa_result_retry_helps(result) && !caa_result_is_allowed(result));
    caa_result_free(result);
    caa_query_free(query);
    caa_checker_free(checker);
}

static volatile sig_atomic_t alarms;
static pthread_t alarmed;

static void on_alarm(int number) {
    (void)number;
    alarms++;
    alarmed = pthread_self();
}

static void a_signal_ends_the_wait_in_the_callers_thread(void) {
    struct tally none = {0};
    struct sigaction action = {.sa_handler = on_alarm};
    struct itimerval soon = {.it_value = {.tv_usec = 50000}};
    struct caa_checker *checker = api_silent_checker(60000);
    struct caa_query *query = api_query("a.example");
    sigaction(SIGALRM, &action, NULL);
    EXPECT(caa_checker_start(checker, query, count, &none, NULL) == CAA_ERROR_NONE);
    setitimer(ITIMER_REAL, &soon, NULL);
    EXPECT(caa_checker_process(checker, 20000) == CAA_ERROR_NONE);
    EXPECT(alarms == 1 && pthread_equal(alarmed, pthread_self()));
    caa_query_free(query);
    caa_checker_free(checker);
}

/* A checker of its own in each thread, made, used and freed there. */
static void *check_in_thread(void *context) {
    struct tally *tally = context;
    for (int i = 0; i < 5; i++) {
        struct caa_checker *checker = i == 4 ? api_silent_checker(50) : api_checker(answers);
        struct caa_query *query = api_query("yes.example");
        for (int n = 0; n < 60; n++)
            if (caa_checker_start(checker, query, count, tally, NULL) != CAA_ERROR_NONE)
                abort();
        if (caa_checker_run(checker) != CAA_ERROR_NONE) abort();
        caa_query_free(query);
        caa_checker_free(checker);
    }
    return NULL;
}

static void several_threads_have_a_checker_each(void) {
    struct tally tallies[4] = {{0}};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, check_in_thread, &tallies[i]);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        EXPECT(tallies[i].allowed == 240 && tallies[i].undecided == 60);
    }
}

/* Closes what the checker's event loop waits with, as a careless program does. */
static void close_epoll(void) {
    for (int fd = 3; fd < 256; fd++) {
        char path[64], target[64] = "";
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t len = readlink(path, target, sizeof target - 1);
        if (len > 0 && strcmp(target, "anon_inode:[eventpoll]") == 0) close(fd);
    }
}

static void a_broken_event_loop_is_an_error_and_no_hang(void) {
    struct tally tally = {0};
    struct caa_checker *checker = api_checker(answers);
    struct caa_query *query = api_query("yes.example");
    struct caa_result *result;
    close_epoll();
    for (int i = 0; i < 3; i++) {
        enum caa_error error = caa_checker_check(checker, query, &result);
        EXPECT(error == CAA_ERROR_SYSTEM || (i == 0 && error == CAA_ERROR_NONE));
        EXPECT(i == 0 || (result == NULL && caa_checker_error(checker)[0] != '\0'));
        caa_result_free(result);
    }
    EXPECT(caa_checker_start(checker, query, count, &tally, NULL) == CAA_ERROR_NONE);
    EXPECT(caa_checker_run(checker) == CAA_ERROR_NONE && tally.errors == 1);
    caa_query_free(query);
    caa_checker_free(checker);
}

const struct api_test checker_tests[] = {
    {"a thousand checks in an event loop of one's own",
     a_thousand_checks_in_an_event_loop_of_ones_own},
    {"a thousand checks with caa_checker_run", a_thousand_checks_with_run},
    {"a callback may start, check, but not process", a_callback_may_start_and_check},
    {"a blocking check calls no callback", a_blocking_check_calls_no_callback},
    {"a cancelled check never calls back", a_cancelled_check_never_calls_back},
    {"a check that runs is cancelled", a_running_check_is_cancelled},
    {"the deadline ends a check", the_deadline_ends_a_check},
    {"a signal ends the wait, in the caller's thread",
     a_signal_ends_the_wait_in_the_callers_thread},
    {"several threads have a checker each", several_threads_have_a_checker_each},
    {"a broken event loop is an error and no hang",
     a_broken_event_loop_is_an_error_and_no_hang},
    {NULL, NULL},
};
