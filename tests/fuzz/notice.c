/* Notices, as a process reads them that its recursor may lie to: what is taken is within its
   bounds, and is written again as it was read. An answer goes on to be read as one. */
#include <stdlib.h>
#include <string.h>

#include "resolve/response.h"
#include "sandbox/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static bool lies_within(struct caa_slice slice, const uint8_t *data, size_t size) {
    const uint8_t *at = (const uint8_t *)slice.ptr;
    return slice.len == 0 || (at >= data && slice.len <= size - (size_t)(at - data));
}

static void read_answer(const struct caa_notice *notice) {
    static const enum caa_security securities[] = {CAA_SECURITY_INSECURE, CAA_SECURITY_BOGUS,
                                                   CAA_SECURITY_SECURE};
    struct caa_question question = {.type = CAA_TYPE_CAA};
    must(notice->sec < 3 && (notice->rcode == 0 || notice->packet.len == 0));
    must(caa_name_from_text(&question.name, caa_slice_of("www.example"), NULL) == CAA_OK);
    const struct caa_response_context context = {.security = securities[notice->sec]};
    const struct caa_answer *answer = caa_response_read(
        (const uint8_t *)notice->packet.ptr, notice->packet.len, &question, &context);
    must(notice->sec != 1 || !caa_answer_is_sound(answer));
    must(notice->packet.len > 0 || !caa_answer_is_sound(answer));
    caa_answer_release(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static uint8_t again[CAA_WIRE_MESSAGE_MAX];
    struct caa_notice notice;
    if (size > CAA_WIRE_MESSAGE_MAX || caa_notice_read(&notice, data, size) != CAA_OK) return 0;
    must(lies_within(notice.text, data, size) && lies_within(notice.packet, data, size) &&
         lies_within(notice.library, data, size));
    must(notice.text.len <= CAA_WIRE_REASON_MAX && notice.library.len <= CAA_WIRE_LIBRARY_MAX);
    size_t len = caa_notice_write(&notice, again, sizeof again);
    must(len == size && memcmp(again, data, size) == 0);
    if (notice.kind == CAA_NOTICE_ANSWER) read_answer(&notice);
    return 0;
}
