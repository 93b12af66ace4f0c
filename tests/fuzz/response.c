/* Responses: whatever a packet holds, only one that can be an answer is read as one. The first
   two octets choose security, type and the name asked for; the rest is the packet. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "resolve/response.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CHOICES = 2, HEADER = 12 };

static void must(bool holds) {
    if (!holds) abort();
}

/* The name in the packet's own question, or else one that is hardly in it. */
static struct caa_question choose_question(const uint8_t *choices, const uint8_t *packet,
                                           size_t len) {
    static const uint16_t types[] = {CAA_TYPE_CAA, CAA_TYPE_CAA, CAA_TYPE_CAA, 43};
    struct caa_question question = {.type = types[choices[1] % 4]};
    bool another = (choices[1] & 0x80) != 0;
    if (another || len < HEADER ||
        caa_name_from_wire(&question.name, packet + HEADER, len - HEADER) != CAA_OK)
        must(caa_name_from_text(&question.name, caa_slice_of("www.example"), NULL) == CAA_OK);
    return question;
}

/* What every answer holds that is no failure: the header has to bear it out. */
static void must_be_an_answer(const struct caa_answer *answer, const uint8_t *packet,
                              size_t len, enum caa_security security) {
    must(len > HEADER && answer->security == security && answer->reason[0] == '\0');
    must((packet[2] & 0xfe) == 0x80);       /* QR, QUERY, no AA, no TC */
    must(packet[4] == 0 && packet[5] == 1); /* one question */
    must((packet[3] & 0x0f) == answer->rcode);
}

static void must_be_sound(const struct caa_answer *answer, const uint8_t *packet, size_t len,
                          enum caa_security security) {
    bool records = answer->outcome == CAA_OUTCOME_RECORDS;
    bool nodata = answer->outcome == CAA_OUTCOME_NODATA;
    bool nxdomain = answer->outcome == CAA_OUTCOME_NXDOMAIN;
    must((answer->rdata_count > 0) == records);
    must((answer->outcome == CAA_OUTCOME_BOGUS) == (security == CAA_SECURITY_BOGUS));
    if (records || nodata || nxdomain) must_be_an_answer(answer, packet, len, security);
    if (records) must(answer->rcode == 0 && (packet[6] | packet[7]) != 0);
    if (nodata) must(answer->rcode == 0);
    if (nxdomain) must(answer->rcode == 3);
    /* Nothing but a proof makes up for an SOA that is missing. */
    if ((nodata || nxdomain) && security != CAA_SECURITY_SECURE)
        must((packet[8] | packet[9]) != 0);
    if (!records && !nodata && !nxdomain) must(answer->ttl_s == 0);
    for (size_t i = 0; i < answer->rdata_count; i++) must(answer->rdata[i].len > 0);
    must(answer->packet.len == 0 || records || nodata || nxdomain);
    must(answer->alias_count <= 16 && strlen(answer->ede_text) < 256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < CHOICES) return 0;
    const uint8_t *packet = data + CHOICES;
    size_t len = size - CHOICES;
    struct caa_question question = choose_question(data, packet, len);
    struct caa_response_context context = {.security = (enum caa_security)(data[0] % 4)};
    if (context.security == CAA_SECURITY_BOGUS) context.reason = "bogus";
    context.keep_packet = (data[0] & 4) != 0;
    const struct caa_answer *answer = caa_response_read(packet, len, &question, &context);
    must(answer != NULL && caa_name_equal(&answer->owner, &question.name));
    must_be_sound(answer, packet, len, context.security);
    caa_answer_release(answer);
    return 0;
}
