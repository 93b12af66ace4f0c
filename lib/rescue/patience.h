/* How long a lookup usually takes, and so when one is late. Pure. */
#ifndef CAA_RESCUE_PATIENCE_H
#define CAA_RESCUE_PATIENCE_H

#include <stddef.h>
#include <stdint.h>

enum {
    CAA_PATIENCE_SAMPLES = 256, /* the latest ones count */
    CAA_PATIENCE_LEAST_MS = 100,
    CAA_PATIENCE_MOST_MS = 2000,
    CAA_PATIENCE_DEFAULT_MS = 400, /* until enough is known */
};

/* Zero-initialised it knows nothing yet. */
struct caa_patience {
    size_t count; /* samples ever noted */
    uint32_t samples_us[CAA_PATIENCE_SAMPLES];
    uint32_t late_ms; /* 0: not known yet */
};

/* Notes how long a lookup took that ended well. */
void caa_patience_note(struct caa_patience *patience, uint32_t elapsed_us);

/* A lookup is late after this: the 99th percentile, within the limits above. */
uint32_t caa_patience_ms(const struct caa_patience *patience);

#endif
