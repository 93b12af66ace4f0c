/* The history read: one record, what a zone did lately, pages of records, rates. A thread of
   its own reads; answers come to the client's base. */
#ifndef CAA_HISTORY_READ_H
#define CAA_HISTORY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "history/history.h"

enum {
    CAA_HISTORY_READS_MOST = 1024, /* that wait at once */
    CAA_HISTORY_PAGE_MOST = 1000,  /* records */
    CAA_HISTORY_RECENT_MOST = 20,
    CAA_HISTORY_ROWS_MOST = 1000, /* of anything else */
};

/* A record as it was kept; texts are NULL where there is nothing, numbers -1. docs/history.md
   says what the members mean. */
struct caa_history_view {
    const char *id;
    const char *kind; /* "check", "answer", "gap", … */
    int64_t started_at_us;
    int64_t elapsed_us;
    const char *name;
    int64_t type;
    const char *tld;
    const char *verdict;
    const char *rule;
    const char *decided_at;
    const char *cause;
    const char *outcome;
    const char *security;
    int64_t rcode;
    const char *zone;
    const char *fault;
    const char *failure;
    int64_t retry_after_s;
    bool rescued;
    int64_t lost; /* of a gap: records */
    const char *client;
    const char *perspective;
    const char *perspective_name;
    const char *quorum;
    const char *parent_id;
    const char *document;
};

/* `view` is NULL where there is no such record, and for any error; it lives during the call.
   CAA_ERR_HISTORY with `why`, CAA_ERR_NOMEM, CAA_ERR_LIMIT where the answer is too large. */
typedef void caa_history_got(void *context, enum caa_err err, const char *why,
                             const struct caa_history_view *view);

/* Finds a record by its id, which may be anything a stranger sent. As each call below, it calls
   back once, later, unless it returns an error: CAA_ERR_LIMIT where too many reads wait,
   CAA_ERR_NOMEM. */
enum caa_err caa_history_get(struct caa_history_client *client, const char *id,
                             caa_history_got *got, void *context);

enum caa_history_page_by {
    CAA_HISTORY_PAGE_BY_TIME,
    CAA_HISTORY_PAGE_BY_NAME,
    CAA_HISTORY_PAGE_BY_ZONE, /* the failing zone */
};

/* Which records, oldest first. The texts are copied. */
struct caa_history_page_request {
    enum caa_history_page_by by;
    const char *key;   /* the name or zone as kept, in lower case; unused by time */
    const char *kind;  /* only these; NULL: all */
    int64_t from_us;   /* wall clock */
    int64_t to_us;     /* up to here, exclusive */
    const char *after; /* the id of the last record of the page before, whose start is
                          `from_us`; NULL: the first page */
    size_t most;       /* 0: CAA_HISTORY_PAGE_MOST, which is also the ceiling */
};

/* A page; `more`: there may be another one after the last of these. */
typedef void caa_history_page_done(void *context, enum caa_err err, const char *why,
                                   const struct caa_history_view *views, size_t count,
                                   bool more);

/* Reads a page. A page ends early where its documents are large. */
enum caa_err caa_history_page(struct caa_history_client *client,
                              const struct caa_history_page_request *request,
                              caa_history_page_done *done, void *context);

/* How lookups failed on account of a zone. */
struct caa_history_zone_failure {
    const char *failure; /* caa_failure_code; NULL: unknown */
    const char *fault;   /* caa_fault_code; NULL: nobody's */
    uint64_t lookups;
    uint64_t failed; /* the others were rescued */
    int64_t last_at_us;
};

/* What one server of the zone did over one transport, when it was asked itself. */
struct caa_history_zone_server {
    const char *server; /* NULL: unknown */
    const char *address;
    const char *transport; /* "udp", "tcp" */
    const char *failure;   /* NULL: it answered */
    uint64_t exchanges;
    int64_t last_at_us;
    int64_t round_trip_us; /* the mean */
};

/* One lookup that concerned the zone. */
struct caa_history_zone_lookup {
    const char *record_id;
    const char *name;
    int64_t started_at_us;
    int64_t elapsed_us;
    bool failed;
    bool rescued;
    const char *outcome;
    const char *zone; /* that failed; NULL: none */
    const char *fault;
    const char *failure;
};

struct caa_history_zone_view {
    uint64_t lookups; /* of the zone's own name, made for a check */
    uint64_t failed;
    uint64_t rescued;
    size_t failure_count;
    const struct caa_history_zone_failure *failures;
    size_t server_count;
    const struct caa_history_zone_server *servers;
    size_t recent_count; /* newest first, CAA_HISTORY_RECENT_MOST at most */
    const struct caa_history_zone_lookup *recent;
};

typedef void caa_history_zone_done(void *context, enum caa_err err, const char *why,
                                   const struct caa_history_zone_view *view);

/* What the zone (presentation format, lower case, no final dot but for the root) did since then
   (wall clock). `view` is NULL for any error. */
enum caa_err caa_history_zone(struct caa_history_client *client, const char *zone,
                              int64_t since_us, caa_history_zone_done *done, void *context);

enum caa_history_rate_by {
    CAA_HISTORY_RATE_BY_TLD,     /* lookups by the top-level domain of their name */
    CAA_HISTORY_RATE_BY_NAME,    /* lookups by their name: "net" is the lookup of net itself */
    CAA_HISTORY_RATE_BY_ZONE,    /* lookups by the zone that failed */
    CAA_HISTORY_RATE_BY_FAILURE, /* lookups by how it failed */
    CAA_HISTORY_RATE_BY_HOUR,    /* lookups by hour: the key is microseconds of its start */
    CAA_HISTORY_RATE_BY_SERVER,  /* exchanges by server; none is rescued */
};

struct caa_history_rate {
    const char *key;
    uint64_t total;
    uint64_t failed;
    uint64_t rescued;
};

/* Most failures first; by hour, the oldest first. */
typedef void caa_history_rates_done(void *context, enum caa_err err, const char *why,
                                    const struct caa_history_rate *rates, size_t count);

/* Counts what happened from `from_us` to before `to_us` (wall clock), under `tld` only unless
   it is NULL; the first CAA_HISTORY_ROWS_MOST. */
enum caa_err caa_history_rates(struct caa_history_client *client, enum caa_history_rate_by by,
                               const char *tld, int64_t from_us, int64_t to_us,
                               caa_history_rates_done *done, void *context);

#endif
