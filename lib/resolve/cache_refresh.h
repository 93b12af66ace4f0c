/* Refreshing ahead: the half of a cache that asks by itself. */
#ifndef CAA_RESOLVE_CACHE_REFRESH_H
#define CAA_RESOLVE_CACHE_REFRESH_H

#include <stdbool.h>
#include <sys/queue.h>

#include "resolve/cache.h"

LIST_HEAD(caa_refresh_list, caa_refresh);

struct caa_refresher {
    struct caa_cache_setting setting;
    struct caa_lookup *inner;
    uint64_t random; /* state of the generator */
    struct event *timer;
    struct caa_refresh_list running;
    size_t running_count;
};

/* Fills a zeroed refresher that asks `inner`, which stays the caller's. CAA_ERR_EVENT. */
enum caa_err caa_refresher_set_up(struct caa_refresher *refresher, struct caa_lookup *inner,
                                  const struct caa_cache_setting *setting);

/* When `answer`, observed now or before, was observed by the monotonic clock. */
int64_t caa_refresher_observed_us(const struct caa_refresher *refresher,
                                  const struct caa_answer *answer);

/* An answer was needed for the `uses`-th time: enlists it for a refresh where it is worth one,
   and sees to it that the timer runs while anything is enlisted. */
void caa_refresher_used(struct caa_refresher *refresher, const struct caa_question *question,
                        int64_t observed_us, int64_t expires_us, uint32_t uses);

/* As caa_cache_refresh. */
void caa_refresher_run(struct caa_refresher *refresher);

/* Gives back what is in flight, for another thread to ask; `inner` may be freed already. */
void caa_refresher_tear_down(struct caa_refresher *refresher);

#endif
