#include "rescue/budget.h"

#include <stdbool.h>

/* Pauses between walks, of which the last is the least that follows. To retry at once is wasted
   when a whole zone is out; later it has to be looked at once a second, for the sake of clients
   that give up soon. */
static const uint32_t pauses_ms[] = {300, 700, 1000, 1500, 1000};

static bool counts(const struct caa_budget_walk *walk, int64_t now_us) {
    return walk->queries > 0 && now_us - walk->started_us < (int64_t)CAA_BUDGET_S * 1000000;
}

uint32_t caa_budget_spent(const struct caa_budget *budget, uint32_t latest, int64_t now_us) {
    uint32_t spent = latest;
    for (size_t i = 0; i < CAA_BUDGET_WALKS; i++)
        if (counts(&budget->walks[i], now_us)) spent += budget->walks[i].queries;
    return spent;
}

uint32_t caa_budget_left(const struct caa_budget *budget, uint32_t latest, int64_t now_us) {
    uint32_t spent = caa_budget_spent(budget, latest, now_us);
    return spent < CAA_BUDGET_QUERIES ? CAA_BUDGET_QUERIES - spent : 0;
}

void caa_budget_begin(struct caa_budget *budget, uint32_t latest, int64_t now_us) {
    budget->walks[budget->walk_count % CAA_BUDGET_WALKS] =
        (struct caa_budget_walk){budget->started_us, latest};
    budget->started_us = now_us;
    budget->walk_count++;
}

/* Until the oldest walk that counts does no longer. */
static uint32_t rest_ms(const struct caa_budget *budget, int64_t now_us) {
    int64_t oldest_us = budget->started_us;
    for (size_t i = 0; i < CAA_BUDGET_WALKS; i++) {
        const struct caa_budget_walk *walk = &budget->walks[i];
        if (counts(walk, now_us) && walk->started_us < oldest_us) oldest_us = walk->started_us;
    }
    int64_t left_ms = CAA_BUDGET_S * INT64_C(1000) - (now_us - oldest_us) / 1000;
    return left_ms > 0 ? (uint32_t)left_ms : 0;
}

uint32_t caa_budget_pause_ms(const struct caa_budget *budget, uint32_t latest, uint32_t cost,
                             int64_t now_us) {
    const size_t known = sizeof pauses_ms / sizeof pauses_ms[0];
    size_t walks = budget->walk_count - 1;
    uint32_t least_ms = pauses_ms[walks < known ? walks : known - 1];
    uint32_t left = caa_budget_left(budget, latest, now_us);
    /* Where others had the right to ask, the latest walk may have sent nothing. */
    if (cost == 0) cost = 1;
    if (walks < known && left >= cost * (known - walks + 1)) return least_ms;
    uint32_t ms = rest_ms(budget, now_us);
    if (left > cost) ms /= left / cost;
    return ms > least_ms ? ms : least_ms;
}
