#include "history/postgresql_link.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"

enum {
    CONNECT_MS = 3000,
    PING_S = 2, /* libpq takes no less */
};

static int64_t now_ms(void) {
    return caa_clock_monotonic_us(caa_clock_system()) / 1000;
}

/* The first line of what libpq or the server says; the others repeat or advise. */
static void say(struct caa_diag *diag, const char *text) {
    caa_diag_set(diag, "PostgreSQL: %.*s", (int)strcspn(text, "\r\n"), text);
}

/* False: not in time. */
static bool wait_until(PGconn *link, short events, int64_t until_ms) {
    struct pollfd socket = {.fd = PQsocket(link), .events = events};
    int64_t left = until_ms - now_ms();
    return left > 0 && socket.fd >= 0 && poll(&socket, 1, (int)left) != 0;
}

static void ignore_notice(void *context, const char *message) {
    (void)context;
    (void)message;
}

static bool finish_connecting(PGconn *link) {
    int64_t until_ms = now_ms() + CONNECT_MS;
    PostgresPollingStatusType status = PGRES_POLLING_WRITING;
    while (status == PGRES_POLLING_WRITING || status == PGRES_POLLING_READING) {
        if (!wait_until(link, status == PGRES_POLLING_READING ? POLLIN : POLLOUT, until_ms))
            return false;
        status = PQconnectPoll(link);
    }
    return status == PGRES_POLLING_OK;
}

/* Attempts to connect once. NULL only when out of memory. */
static PGconn *attempt(const char *url, bool *connected) {
    const char *const keys[] = {"dbname", "client_encoding", "fallback_application_name", NULL};
    const char *const values[] = {url, "UTF8", "caa history", NULL};
    PGconn *link = PQconnectStartParams(keys, values, 1);
    *connected = false;
    if (link == NULL) return NULL;
    PQsetNoticeProcessor(link, ignore_notice, NULL);
    *connected = PQstatus(link) != CONNECTION_BAD && finish_connecting(link) &&
                 PQsetnonblocking(link, 1) == 0;
    return link;
}

static bool is_malformed(const char *url) {
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    PQconninfoFree(options);
    return options == NULL;
}

/* Whether a server is there that talks to clients. */
static bool answers(const char *url) {
    const char *const keys[] = {"dbname", "connect_timeout", NULL};
    char timeout[] = {'0' + PING_S, '\0'};
    const char *const values[] = {url, timeout, NULL};
    return PQpingParams(keys, values, 1) == PQPING_OK;
}

enum caa_history_trouble caa_history_link_open(PGconn **link, const char *url,
                                               struct caa_diag *diag) {
    bool connected = false;
    bool was_there = false;
    *link = NULL;
    if (is_malformed(url)) {
        caa_diag_set(diag, "the URL of the PostgreSQL database is malformed");
        return CAA_HISTORY_LASTING;
    }
    PGconn *made = attempt(url, &connected);
    /* It may have come up just now: who is refused is refused twice. */
    if (made != NULL && !connected && (was_there = answers(url))) {
        PQfinish(made);
        made = attempt(url, &connected);
    }
    if (connected) {
        *link = made;
        return CAA_HISTORY_FINE;
    }
    const char *said = made == NULL ? "out of memory" : PQerrorMessage(made);
    say(diag, said[0] == '\0' ? "the server does not answer in time" : said);
    PQfinish(made);
    return was_there ? CAA_HISTORY_LASTING : CAA_HISTORY_DOWN;
}

/* The server may want to be read before it reads on. */
static bool exchange(PGconn *link, int64_t until_ms) {
    int unsent = PQflush(link);
    while (unsent >= 0 && (unsent > 0 || PQisBusy(link))) {
        if (!wait_until(link, (short)(unsent > 0 ? POLLIN | POLLOUT : POLLIN), until_ms))
            return false;
        if (PQconsumeInput(link) == 0) return false;
        unsent = PQflush(link);
    }
    return unsent == 0;
}

PGresult *caa_history_link_result(PGconn *link, int timeout_ms, bool *lost) {
    *lost = !exchange(link, now_ms() + timeout_ms);
    if (*lost) return NULL;
    PGresult *result = PQgetResult(link);
    *lost = result == NULL && PQstatus(link) == CONNECTION_BAD;
    return result;
}

/* By the class of the SQLSTATE (PostgreSQL, appendix A). */
static enum caa_history_trouble trouble_of(const char *state) {
    static const struct {
        const char *beginning;
        enum caa_history_trouble trouble;
    } classes[] = {
        {"22", CAA_HISTORY_REFUSED},    /* data exception */
        {"23", CAA_HISTORY_REFUSED},    /* integrity constraint violation */
        {"54", CAA_HISTORY_REFUSED},    /* program limit exceeded */
        {"25006", CAA_HISTORY_LASTING}, /* read-only transaction */
        {"28", CAA_HISTORY_LASTING},    /* invalid authorization */
        {"3D", CAA_HISTORY_LASTING},    /* no such database */
        {"42", CAA_HISTORY_LASTING},    /* no right to it, or tables that are not ours */
    };
    for (size_t i = 0; state != NULL && i < sizeof classes / sizeof classes[0]; i++)
        if (strncmp(state, classes[i].beginning, strlen(classes[i].beginning)) == 0)
            return classes[i].trouble;
    return CAA_HISTORY_DOWN;
}

enum caa_history_trouble caa_history_link_trouble(const PGresult *result,
                                                  struct caa_diag *diag) {
    const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    say(diag, text == NULL ? PQresultErrorMessage(result) : text);
    return trouble_of(PQresultErrorField(result, PG_DIAG_SQLSTATE));
}

enum caa_history_trouble caa_history_link_lost(const PGconn *link, bool in_time,
                                               struct caa_diag *diag) {
    const char *said = PQerrorMessage(link);
    say(diag, said[0] != '\0' ? said
              : in_time       ? "the connection is lost"
                              : "the server does not answer in time");
    return CAA_HISTORY_DOWN;
}
