/* A DNS response as libunbound hands it over, read with suspicion: what is not provably an
   answer to the question is a failure, because an empty answer is a permission. */
#ifndef CAA_RESOLVE_RESPONSE_H
#define CAA_RESOLVE_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dns/answer.h"
#include "dns/lookup.h"

/* When and in what state a response came. */
struct caa_response_context {
    enum caa_security
        security;           /* libunbound's verdict: bogus wins over all that the packet says */
    const char *reason;     /* why it is bogus; may be NULL */
    int64_t observed_at_us; /* wall clock */
    uint32_t elapsed_us;
    bool keep_packet; /* the answer gets the packet, where it is no failure */
};

/* Reads `len` octets at `packet` as the response to `question`. What libunbound says of the
   rcode beside the packet is not looked at: it is wrong for answers out of its cache. An answer
   counts only with QR, without AA (that is libunbound's own local data) and TC, with rcode
   NOERROR or NXDOMAIN and our question in it. An empty one for CAA or DS that is insecure needs
   the SOA of an enclosing zone (RFC 2308 section 2.2). CNAME is followed within the packet (RFC
   1034 section 3.6.2). Never NULL; one reference for the caller. */
const struct caa_answer *caa_response_read(const uint8_t *packet, size_t len,
                                           const struct caa_question *question,
                                           const struct caa_response_context *context);

#endif
