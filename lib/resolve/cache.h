/* A lookup that remembers: answers are used until their TTL ends, and those that many names
   need are asked again before that.

   One cache belongs to one thread; all caches of a process share a store. An answer is used for
   its TTL from when it was observed, at most one hour, at most 60 s where it was rescued.
   Failures are never remembered. What comes from the cache has in `ttl_s` what is left of it,
   rounded down, and in `observed_at_us` and `elapsed_us` what was true of the lookup.

   Refresh ahead: an answer with a TTL of 60 s or more that was needed twice since it was
   observed is asked again from cold caches, by a question with a pin without zones, at five
   eighths to three quarters of its TTL, by one thread only. The new answer takes its place and
   has to be needed twice again. A refresh that fails leaves the old one until its TTL ends, and
   is tried again after 5 s, 10 s and so on before that. So a zone that is silent for less than
   a quarter of the TTL is never noticed; nor by names below that nobody has asked for yet,
   where the recursor lets a refresh inherit (dns/pin.h). */
#ifndef CAA_RESOLVE_CACHE_H
#define CAA_RESOLVE_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/err.h"
#include "dns/lookup.h"
#include "resolve/store.h"

enum {
    CAA_CACHE_REFRESHES_MOST_DEFAULT = 4, /* each costs a fresh context, some 2 MB */
    CAA_CACHE_REFRESH_DEADLINE_S = 20,    /* after it a refresh counts as failed */
};

/* A refresh said something else than what was remembered and still valid: records or none,
   another set, another security. The new answer is used from here on, and says so (`other`).
   Both are valid during the call, which comes on the cache's thread and may start lookups, but
   not free the cache. */
typedef void caa_cache_disagreement(void *context, const struct caa_answer *before,
                                    const struct caa_answer *now);

/* A refresh came to no answer that can be used; what is remembered stays. The answer, a failure
   with its evidence, is valid during the call. It is not called where nothing was asked. */
typedef void caa_cache_refresh_failed(void *context, const struct caa_answer *answer);

/* Base, clock and store must outlive the cache. */
struct caa_cache_setting {
    struct event_base *base;
    const struct caa_clock *clock;
    struct caa_store *store;
    uint64_t seed;         /* random: of the jitter */
    size_t refreshes_most; /* in flight at once; 0: this cache refreshes nothing */
    caa_cache_disagreement *disagreement;     /* may be NULL: the store counts them too */
    caa_cache_refresh_failed *refresh_failed; /* may be NULL: likewise */
    void *context;                            /* of both */
};

/* Wraps `inner`, which the new lookup owns from here on, also on error. Identical questions in
   flight are not joined: `inner` may be a caa_share. A question with a pin goes through, and
   nothing of it is remembered. While the store keeps anything fresh the cache has a timer on
   the base, of one second. CAA_ERR_NOMEM, CAA_ERR_EVENT. */
enum caa_err caa_cache_new(struct caa_lookup **lookup, struct caa_lookup *inner,
                           const struct caa_cache_setting *setting);

/* `answer` was given for the question, and another sound look, taken at the same time, said
   `other`: where the answer is remembered, it tells of that from here on, and it is counted. It
   decides as before. */
void caa_cache_note_other(struct caa_lookup *lookup, const struct caa_question *question,
                          const struct caa_answer *answer, const struct caa_answer *other);

/* What the timer does: gives up refreshes that are past their deadline, and starts those that
   are due. */
void caa_cache_refresh(struct caa_lookup *lookup);

#endif
