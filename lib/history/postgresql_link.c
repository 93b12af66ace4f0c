#include "history/postgresql_link.h"

#include <poll.h>
#include <string.h>

#include "base/clock.h"
#include "base/port.h"

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

/* libpq takes what is behind the first '@' for the host, and says so: of a password with an '@'
   that is the better half. */
static bool has_stray_at(const char *url) {
    const char *authority = strstr(url, "//");
    if (authority == NULL) return false;
    authority += 2;
    const char *end = authority + strcspn(authority, "/?");
    const char *at = strchr(authority, '@');
    return at != NULL && at < end && memchr(at + 1, '@', (size_t)(end - at - 1)) != NULL;
}

/* One port, or one for each host; where nothing is said it is libpq's own. */
static bool are_ports(const char *text) {
    for (;;) {
        size_t len = strcspn(text, ",");
        uint16_t port = 0;
        if (len > 0 && (!caa_port_read(&port, caa_slice_bytes(text, len)) || port == 0))
            return false;
        if (text[len] == '\0') return true;
        text += len + 1;
    }
}

/* libpq finds a bad port only while it connects, and takes that for a server that is away. */
static bool has_bad_port(const PQconninfoOption *options) {
    for (; options->keyword != NULL; options++)
        if (strcmp(options->keyword, "port") == 0 && options->val != NULL &&
            !are_ports(options->val))
            return true;
    return false;
}

static bool is_malformed(const char *url) {
    PQconninfoOption *options = PQconninfoParse(url, NULL);
    bool malformed = options == NULL || has_bad_port(options) || has_stray_at(url);
    PQconninfoFree(options);
    return malformed;
}

enum caa_err caa_history_link_look_at_url(const char *url, struct caa_diag *diag) {
    if (!is_malformed(url)) return CAA_OK;
    caa_diag_set(diag, "the URL of the PostgreSQL database is malformed");
    return CAA_ERR_OPTION;
}

/* Whether a server is there that talks to clients; or the URL says nothing that could be tried.
 */
static bool is_lasting(const char *url) {
    const char *const keys[] = {"dbname", "connect_timeout", NULL};
    char timeout[] = {'0' + PING_S, '\0'};
    const char *const values[] = {url, timeout, NULL};
    PGPing answer = PQpingParams(keys, values, 1);
    return answer == PQPING_OK || answer == PQPING_NO_ATTEMPT;
}

static void say_why(struct caa_diag *diag, const PGconn *link) {
    if (link == NULL)
        say(diag, "out of memory");
    else if (PQstatus(link) != CONNECTION_BAD)
        say(diag, "the server does not answer in time");
    else
        say(diag, PQerrorMessage(link));
}

enum caa_history_trouble caa_history_link_open(PGconn **link, const char *url,
                                               struct caa_diag *diag) {
    bool connected = false;
    bool lasting = false;
    *link = NULL;
    if (caa_history_link_look_at_url(url, diag) != CAA_OK) {
        return CAA_HISTORY_LASTING;
    }
    PGconn *made = attempt(url, &connected);
    /* It may have come up just now: who is refused is refused twice. */
    if (made != NULL && !connected && PQstatus(made) == CONNECTION_BAD &&
        (lasting = is_lasting(url))) {
        PQfinish(made);
        made = attempt(url, &connected);
    }
    if (connected) {
        *link = made;
        return CAA_HISTORY_FINE;
    }
    say_why(diag, made);
    PQfinish(made);
    return lasting ? CAA_HISTORY_LASTING : CAA_HISTORY_DOWN;
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
