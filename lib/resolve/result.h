/* What libunbound's callback said, before anybody has read it: in this process, or told by a
   child process that may lie. */
#ifndef CAA_RESOLVE_RESULT_H
#define CAA_RESOLVE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "dns/answer.h"
#include "dns/lookup.h"
#include "resolve/upstream.h"

struct caa_result {
    int rcode; /* the callback's argument, not the packet's: not 0 means that there is no packet
                */
    int sec;   /* 0 insecure, 2 secure; all else counts as bogus */
    const char *why_bogus; /* may be NULL */
    const void *packet;    /* not looked at where rcode is not 0 */
    size_t packet_len;
    bool keep_packet; /* as in caa_response_context */
};

/* Reads it as the answer to `question`, which was asked at `started_us` of the clock's
   monotonic time. A failure that comes without a reason gets what can be told of our own side.
   Never NULL; one reference for the caller. */
const struct caa_answer *caa_result_read(const struct caa_result *result,
                                         const struct caa_question *question,
                                         const struct caa_upstreams *upstreams,
                                         const struct caa_clock *clock, int64_t started_us);

#endif
