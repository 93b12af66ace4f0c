#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "api/complaint.h"
#include "api/query.h"
#include "api/settings.h"
#include "api/worker.h"

/* The caller's side; worker.h has the other one. */
struct caa_checker {
    struct caa_worker *worker;
    struct caa_complaint complaint;
    uint32_t deadline_ms;
    size_t pending;  /* callbacks not called yet */
    bool delivering; /* inside a callback */
};

static enum caa_error make(struct caa_checker *checker, struct caa_settings *settings) {
    struct caa_diag why = {.text = ""};
    struct caa_engine_setting setting = caa_settings_engine(settings);
    checker->deadline_ms =
        settings->deadline_ms == 0 ? CAA_CHECK_DEADLINE_MS_DEFAULT : settings->deadline_ms;
    enum caa_err err = caa_worker_new(&checker->worker, &setting, &why);
    return caa_complaint_take(&settings->complaint, err, &why);
}

enum caa_error caa_checker_new(struct caa_checker **made, struct caa_settings *settings) {
    if (made == NULL) return CAA_ERROR_MISUSE;
    *made = NULL;
    if (settings == NULL) return CAA_ERROR_MISUSE;
    if (settings->refused) return settings->complaint.error;
    struct caa_checker *checker = calloc(1, sizeof *checker);
    if (checker == NULL) return caa_complaint_take(&settings->complaint, CAA_ERR_NOMEM, NULL);
    enum caa_error error = make(checker, settings);
    if (error == CAA_ERROR_NONE)
        *made = checker;
    else
        free(checker);
    return error;
}

/* A ticket that only has to be submitted, or the complaint that says why not. */
static enum caa_error prepare(struct caa_checker *checker, const struct caa_query *query,
                              struct caa_ticket **ticket) {
    caa_complaint_take(&checker->complaint, CAA_OK, NULL);
    enum caa_error error = caa_query_is_complete(query, &checker->complaint);
    if (error != CAA_ERROR_NONE) return error;
    *ticket = caa_ticket_new(checker->worker, query);
    if (*ticket == NULL) return caa_complaint_take(&checker->complaint, CAA_ERR_NOMEM, NULL);
    (*ticket)->deadline_ms = checker->deadline_ms;
    return CAA_ERROR_NONE;
}

/* The ticket ends here; its result, where there is one, goes to the caller. */
static struct caa_result *hand_over(struct caa_ticket *ticket) {
    struct caa_result *result = ticket->err == CAA_OK ? ticket->result : NULL;
    if (result != NULL) ticket->result = NULL;
    caa_ticket_free(ticket);
    return result;
}

enum caa_error caa_checker_check(struct caa_checker *checker, const struct caa_query *query,
                                 struct caa_result **result) {
    struct caa_ticket *ticket;
    if (result == NULL) return CAA_ERROR_MISUSE;
    *result = NULL;
    if (checker == NULL) return CAA_ERROR_MISUSE;
    enum caa_error error = prepare(checker, query, &ticket);
    if (error != CAA_ERROR_NONE) return error;
    ticket->is_waited_for = true;
    caa_worker_submit(ticket);
    caa_worker_wait(ticket);
    error = caa_complaint_take(&checker->complaint, ticket->err, NULL);
    *result = hand_over(ticket);
    return error;
}

enum caa_error caa_checker_start(struct caa_checker *checker, const struct caa_query *query,
                                 caa_checker_done *done, void *context,
                                 struct caa_ticket **started) {
    struct caa_ticket *ticket;
    if (started != NULL) *started = NULL;
    if (checker == NULL) return CAA_ERROR_MISUSE;
    if (done == NULL)
        return caa_complaint_note(&checker->complaint, CAA_ERROR_MISUSE,
                                  "the callback is NULL");
    enum caa_error error = prepare(checker, query, &ticket);
    if (error != CAA_ERROR_NONE) return error;
    ticket->done = done;
    ticket->context = context;
    if (started != NULL) *started = ticket;
    checker->pending++;
    caa_worker_submit(ticket);
    return CAA_ERROR_NONE;
}

void caa_checker_cancel(struct caa_checker *checker, struct caa_ticket *ticket) {
    if (checker == NULL || ticket == NULL || ticket->worker != checker->worker) return;
    checker->pending--;
    caa_worker_cancel(ticket);
}

size_t caa_checker_pending(const struct caa_checker *checker) {
    return checker == NULL ? 0 : checker->pending;
}

int caa_checker_fd(const struct caa_checker *checker) {
    return checker == NULL ? -1 : checker->worker->finished_fd;
}

static void deliver(struct caa_checker *checker, struct caa_ticket *ticket) {
    caa_checker_done *done = ticket->done;
    void *context = ticket->context;
    enum caa_error error = caa_error_of(ticket->err);
    checker->pending--;
    checker->delivering = true;
    done(context, error, hand_over(ticket));
    checker->delivering = false;
}

/* CAA_ERR_EVENT where waiting fails otherwise than by a signal. */
static enum caa_err wait_for_finished(struct caa_checker *checker, int timeout_ms) {
    struct pollfd finished = {.fd = checker->worker->finished_fd, .events = POLLIN};
    if (checker->pending == 0) return CAA_OK;
    return poll(&finished, 1, timeout_ms) >= 0 || errno == EINTR ? CAA_OK : CAA_ERR_EVENT;
}

enum caa_error caa_checker_process(struct caa_checker *checker, int timeout_ms) {
    if (checker == NULL) return CAA_ERROR_MISUSE;
    if (checker->delivering)
        return caa_complaint_note(&checker->complaint, CAA_ERROR_MISUSE,
                                  "a callback cannot wait for callbacks");
    enum caa_err err = wait_for_finished(checker, timeout_ms);
    if (err != CAA_OK) return caa_complaint_take(&checker->complaint, err, NULL);
    /* Those that come meanwhile are for the next call: this one ends. */
    for (size_t n = caa_worker_outbox_count(checker->worker); n > 0; n--) {
        struct caa_ticket *ticket = caa_worker_take(checker->worker);
        if (ticket == NULL) break;
        deliver(checker, ticket);
    }
    return CAA_ERROR_NONE;
}

enum caa_error caa_checker_run(struct caa_checker *checker) {
    enum caa_error error = checker == NULL ? CAA_ERROR_MISUSE : CAA_ERROR_NONE;
    if (checker != NULL && checker->delivering) return caa_checker_process(checker, 0);
    while (error == CAA_ERROR_NONE && checker->pending > 0)
        error = caa_checker_process(checker, -1);
    return error;
}

const char *caa_checker_error(const struct caa_checker *checker) {
    return checker == NULL ? "" : checker->complaint.why.text;
}

void caa_checker_free(struct caa_checker *checker) {
    if (checker == NULL) return;
    caa_worker_free(checker->worker);
    free(checker);
}
