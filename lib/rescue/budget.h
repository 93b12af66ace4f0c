/* How much an investigation may ask, and how long it pauses between its walks. Pure. */
#ifndef CAA_RESCUE_BUDGET_H
#define CAA_RESCUE_BUDGET_H

#include <stddef.h>
#include <stdint.h>

enum {
    CAA_BUDGET_QUERIES = 96, /* sent at most… */
    CAA_BUDGET_S = 20,       /* …in that time, which is what a check lasts */
    CAA_BUDGET_WALKS = 64,   /* more never begin in that time */
};

/* A walk that is through. */
struct caa_budget_walk {
    int64_t started_us; /* monotonic */
    uint32_t queries;   /* that it sent; 0: it does not count */
};

/* All zero: nothing was spent. */
struct caa_budget {
    struct caa_budget_walk
        walks[CAA_BUDGET_WALKS]; /* before the latest, the oldest overwritten */
    size_t walk_count;           /* that have begun */
    int64_t started_us;          /* the latest, monotonic */
};

/* Sent in all walks that began within the time of the budget; `latest` by the latest walk,
   which counts as long as it is the latest. */
uint32_t caa_budget_spent(const struct caa_budget *budget, uint32_t latest, int64_t now_us);

/* How many more queries may be sent now. */
uint32_t caa_budget_left(const struct caa_budget *budget, uint32_t latest, int64_t now_us);

/* Another walk begins; `latest` is what the one before it has sent, 0 where there was none. */
void caa_budget_begin(struct caa_budget *budget, uint32_t latest, int64_t now_us);

/* How long to wait after the latest walk, in milliseconds, where the next one is expected to
   send `cost` queries. At least one walk has begun. The first ones follow soon, where that
   leaves enough; then what is left has to last until something of it comes back. */
uint32_t caa_budget_pause_ms(const struct caa_budget *budget, uint32_t latest, uint32_t cost,
                             int64_t now_us);

#endif
