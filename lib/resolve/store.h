/* Answers remembered, shared by all threads: a table with a ceiling in octets.

   An answer is immutable and counted by reference, so nothing is copied on its way to who asks;
   once a second at most it is replaced by a copy with less TTL. Who fills the table (cache.h)
   decides what may be remembered and until when.

   Under pressure the registrable domain that holds the most in a part of the table pays, with
   what was not used lately: a flood of names under one domain pushes out itself. Public
   suffixes go last, as long as they hold less than half. */
#ifndef CAA_RESOLVE_STORE_H
#define CAA_RESOLVE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/lookup.h"

enum {
    CAA_STORE_OCTETS_LEAST = 1 << 20,
    CAA_STORE_FRESH_MOST_DEFAULT = 1000,
};

/* Whether the name is a public suffix. Called from any thread, for names of up to 8 labels. */
typedef bool caa_store_is_public_suffix(const struct caa_name *name, void *context);

struct caa_store_setting {
    size_t octets_most; /* the table, its entries and their answers; CAA_STORE_OCTETS_LEAST */
    size_t fresh_most;  /* entries kept fresh at once; 0: none */
    uint64_t seed;      /* secret and random: names come from strangers */
    caa_store_is_public_suffix *is_public_suffix; /* NULL: names of one label are */
    void *suffix_context;
};

struct caa_store_counters {
    uint64_t hits;
    uint64_t misses;
    uint64_t stored;
    uint64_t evicted; /* for want of room; not what expired or was replaced */
    uint64_t refreshes_started;
    uint64_t refreshes_succeeded;
    uint64_t refreshes_failed;
    uint64_t disagreements; /* two looks at one question that said different things */
    size_t octets;
    size_t entries;
    size_t kept_fresh;
};

struct caa_store;

/* Makes an empty store, to be freed after the last cache on it. CAA_ERR_LIMIT for less than
   CAA_STORE_OCTETS_LEAST, CAA_ERR_NOMEM. */
enum caa_err caa_store_new(struct caa_store **store, const struct caa_store_setting *setting);

/* NULL is fine. */
void caa_store_free(struct caa_store *store);

/* What happened so far, in all threads. */
void caa_store_count(struct caa_store *store, struct caa_store_counters *counters);

/* What follows is for caches. Times are of one monotonic clock, in microseconds. */

struct caa_store_found {
    const struct caa_answer *answer; /* one reference for the caller; ttl_s is what is left */
    int64_t observed_us;
    int64_t expires_us;
    uint32_t uses; /* since it was put there, this one included */
};

/* Looks for an answer that has not expired, and counts a hit or a miss. */
bool caa_store_find(struct caa_store *store, const struct caa_question *question,
                    int64_t now_us, struct caa_store_found *found);

/* The same without a trace: no use, no hit, no miss. */
bool caa_store_peek(struct caa_store *store, const struct caa_question *question,
                    int64_t now_us, struct caa_store_found *found);

/* Remembers an answer in place of what was there. Who puts the very same answer again, because
   several waited for it, counts as a use. Returns the uses so far. An answer of another name or
   type, and one that is too large, is not remembered. */
uint32_t caa_store_put(struct caa_store *store, const struct caa_question *question,
                       const struct caa_answer *answer, int64_t observed_us,
                       int64_t expires_us);

/* Forgets. */
void caa_store_drop(struct caa_store *store, const struct caa_question *question);

/* Wants the answer asked again at `due_us`. Where too many are kept fresh, a public suffix
   takes the place of another name; of others one registrable domain has an eighth of the places
   at most. */
void caa_store_keep(struct caa_store *store, const struct caa_question *question,
                    int64_t due_us);

struct caa_store_claim {
    struct caa_question question;
    uint32_t failures; /* refreshes that failed since it was put there */
};

/* Takes one that is due, public suffixes first: nobody else gets it until caa_store_unclaim.
   False: none is. */
bool caa_store_claim(struct caa_store *store, int64_t now_us, struct caa_store_claim *claim);

/* Ends a claim without a new answer: to be claimed again at `again_us`, or never where the
   answer has expired by then. */
void caa_store_unclaim(struct caa_store *store, const struct caa_question *question,
                       int64_t again_us);

enum caa_store_event {
    CAA_STORE_REFRESH_STARTED,
    CAA_STORE_REFRESH_SUCCEEDED,
    CAA_STORE_REFRESH_FAILED,
    CAA_STORE_DISAGREEMENT,
    CAA_STORE_EVENT_COUNT
};

/* Counts what a cache saw. */
void caa_store_note(struct caa_store *store, enum caa_store_event event);

/* Names kept fresh now: cheap, to know whether a timer is needed. */
size_t caa_store_kept_count(const struct caa_store *store);

#endif
