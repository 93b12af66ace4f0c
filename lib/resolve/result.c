#include "resolve/result.h"

#include <stdio.h>

#include "resolve/response.h"

enum { RCODE_REFUSED = 5 };

static enum caa_security security_of(int sec) {
    return sec == 2   ? CAA_SECURITY_SECURE
           : sec == 0 ? CAA_SECURITY_INSECURE
                      : CAA_SECURITY_BOGUS;
}

static uint32_t elapsed_since(const struct caa_clock *clock, int64_t started_us) {
    int64_t elapsed_us = caa_clock_monotonic_us(clock) - started_us;
    return elapsed_us > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed_us;
}

/* libunbound gives no reason for a failure. */
static const struct caa_answer *failure(const struct caa_question *question,
                                        const struct caa_upstreams *upstreams,
                                        enum caa_outcome outcome, int64_t observed_at_us,
                                        uint32_t elapsed_us) {
    char reason[160] = "";
    if (caa_upstreams_are_cut_off(upstreams, reason, sizeof reason))
        outcome = CAA_OUTCOME_NETWORK;
    else if (upstreams->are_forwarders)
        snprintf(reason, sizeof reason, "no forwarder gave an answer that could be validated");
    return caa_answer_failure(&question->name, question->type, outcome, reason, observed_at_us,
                              elapsed_us);
}

const struct caa_answer *caa_result_read(const struct caa_result *result,
                                         const struct caa_question *question,
                                         const struct caa_upstreams *upstreams,
                                         const struct caa_clock *clock, int64_t started_us) {
    struct caa_response_context context = {.security = security_of(result->sec),
                                           .reason = result->why_bogus,
                                           .observed_at_us = caa_clock_wall_us(clock),
                                           .elapsed_us = elapsed_since(clock, started_us),
                                           .keep_packet = result->keep_packet};
    /* With an error beside it, packet and length are stale memory. */
    if (result->rcode != 0)
        return failure(question, upstreams,
                       result->rcode == RCODE_REFUSED ? CAA_OUTCOME_REFUSED
                                                      : CAA_OUTCOME_SERVFAIL,
                       context.observed_at_us, context.elapsed_us);
    const struct caa_answer *answer =
        caa_response_read(result->packet, result->packet_len, question, &context);
    if (answer->outcome != CAA_OUTCOME_SERVFAIL || answer->reason[0] != '\0' ||
        answer->ede >= 0)
        return answer;
    caa_answer_release(answer);
    return failure(question, upstreams, CAA_OUTCOME_SERVFAIL, context.observed_at_us,
                   context.elapsed_us);
}
