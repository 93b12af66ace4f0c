/* What a DNS server counts, readable by any thread. */
#ifndef CAA_SERVE_DNS_COUNTER_H
#define CAA_SERVE_DNS_COUNTER_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum caa_dns_counter {
#define CAA_DNS_COUNTER(name, code, text) CAA_DNS_COUNTER_##name,
#include "serve/dns_counter.def"
#undef CAA_DNS_COUNTER
    CAA_DNS_COUNTER_COUNT
};

/* Of one server, which is the only one that counts up. Zeroed at first. */
struct caa_dns_counters {
    atomic_uint_fast64_t counts[CAA_DNS_COUNTER_COUNT];
};

/* One more. NULL is fine. */
static inline void caa_dns_count(struct caa_dns_counters *counters,
                                 enum caa_dns_counter which) {
    if (counters == NULL) return;
    atomic_uint_fast64_t *count = &counters->counts[which];
    /* With one writer this is enough, and cheaper than an atomic addition. */
    atomic_store_explicit(count, atomic_load_explicit(count, memory_order_relaxed) + 1,
                          memory_order_relaxed);
}

#endif
