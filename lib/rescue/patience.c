#include "rescue/patience.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static uint32_t percentile_99(const struct caa_patience *patience) {
    uint32_t sorted[CAA_PATIENCE_SAMPLES];
    memcpy(sorted, patience->samples_us, sizeof sorted);
    qsort(sorted, CAA_PATIENCE_SAMPLES, sizeof sorted[0], compare);
    return sorted[CAA_PATIENCE_SAMPLES * 99 / 100];
}

void caa_patience_note(struct caa_patience *patience, uint32_t elapsed_us) {
    patience->samples_us[patience->count++ % CAA_PATIENCE_SAMPLES] = elapsed_us;
    if (patience->count % CAA_PATIENCE_SAMPLES != 0) return;
    uint32_t ms = percentile_99(patience) / 1000;
    if (ms < CAA_PATIENCE_LEAST_MS) ms = CAA_PATIENCE_LEAST_MS;
    patience->late_ms = ms > CAA_PATIENCE_MOST_MS ? CAA_PATIENCE_MOST_MS : ms;
}

uint32_t caa_patience_ms(const struct caa_patience *patience) {
    return patience->late_ms == 0 ? CAA_PATIENCE_DEFAULT_MS : patience->late_ms;
}
