/* Counts of CAA checks: how many, how many failed, where, how, whose fault, when, and what
   became of it. Every growth has a ceiling. */
#ifndef CAA_TALLY_TALLY_H
#define CAA_TALLY_TALLY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "statistics/evenness.h"
#include "tally/event.h"
#include "tally/retry.h"
#include "tally/series.h"
#include "tally/table.h"

/* What is counted by. */
enum caa_tally_by {
    CAA_TALLY_BY_TLD,    /* of the name that a certificate is for */
    CAA_TALLY_BY_ZONE,   /* whose lookup failed; its checks are those of names in it */
    CAA_TALLY_BY_SERVER, /* that a resolver or the history names */
    CAA_TALLY_BY_KIND,
    CAA_TALLY_BY_CA,
    CAA_TALLY_BYS
};

/* One kind of things that were counted. */
struct caa_tally_part {
    uint64_t checks; /* all, as far as the logs tell */
    uint64_t failures;
    uint64_t rescued;
    uint64_t alone;        /* failures of logs that do not tell what worked */
    uint64_t without_time; /* counted, but not in any hour */
    uint64_t faults[CAA_TALLY_FAULTS];
    uint64_t again[3];                                         /* failures, by enum caa_again */
    uint64_t hour_checks[CAA_HOURS], hour_failures[CAA_HOURS]; /* of the day, UTC */
    struct caa_table by[CAA_TALLY_BYS];
    struct caa_calendar calendar;
    struct caa_series *series; /* all of it */
    int64_t first_us, last_us; /* CAA_TALLY_NO_TIME: none had a time */
    int64_t first_failure_us, last_failure_us;
    struct caa_retry retry;
};

enum { CAA_TALLY_TOTALS_MOST = 64 };

/* How many orders there were under one TLD, where the log does not tell. */
struct caa_tally_total {
    char tld[CAA_TALLY_KEY_MAX]; /* lower case */
    uint64_t orders;
};

struct caa_tally_setting {
    int64_t since_us, until_us; /* only what happened from then, and before then;
                                   CAA_TALLY_NO_TIME: no limit */
    uint64_t orders;            /* in all, where the log does not tell; 0: not known */
    uint64_t certificates;      /* likewise */
    size_t total_count;
    struct caa_tally_total totals[CAA_TALLY_TOTALS_MOST];
    double confidence; /* of intervals; 1 minus it is the level of all tests together */
};

/* What was read, and what was not counted. */
struct caa_tally_input {
    uint64_t lines;
    uint64_t events[CAA_TALLY_SOURCES];
    uint64_t orders;       /* of order logs: an order may have several names */
    uint64_t unread;       /* lines that are too long or not what they begin as */
    uint64_t first_unread; /* which line is the first of them; 0: none */
    uint64_t not_caa;      /* errors that are not about CAA */
    uint64_t unfinished;   /* orders that have not ended */
    uint64_t repeated;     /* audit lines that tell what another tells better */
    uint64_t outside;      /* events before --since, after --until, or without a time */
};

struct caa_tally {
    struct caa_tally_setting setting;
    struct caa_tally_input input;
    struct caa_tally_part checks;
    struct caa_tally_part lookups; /* that a resolver gave up */
    enum caa_err err;              /* CAA_ERR_NOMEM, sooner or later */
};

/* An empty tally, freed by caa_tally_free; the setting is copied. NULL when out of memory. */
struct caa_tally *caa_tally_new(const struct caa_tally_setting *setting);

/* Counts an event, or says in `tally->input` why it does not. */
void caa_tally_take(struct caa_tally *tally, const struct caa_tally_event *event);

/* Counts exchanges with a server that was asked itself, `failures` of them without an answer.
 */
void caa_tally_take_server(struct caa_tally *tally, struct caa_slice server, uint64_t exchanges,
                           uint64_t failures);

/* All has been taken: sorts groups and sets the totals that were given. */
void caa_tally_finish(struct caa_tally *tally);

/* The logs tell of what worked as well: rates are theirs, of all groups. */
bool caa_tally_is_complete(const struct caa_tally_part *part);

/* Of how many all failures are: checks counted, or orders or certificates given; 0 where nobody
   knows. */
uint64_t caa_tally_total(const struct caa_tally *tally, const struct caa_tally_part *part);

/* Of how many this group's failures are; 0 where it is not known. */
uint64_t caa_tally_group_total(const struct caa_tally *tally, const struct caa_tally_part *part,
                               enum caa_tally_by by, const struct caa_group *group);

/* NULL is fine. */
void caa_tally_free(struct caa_tally *tally);

#endif
