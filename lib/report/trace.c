#include "report/trace.h"

#include <libknot/libknot.h>

void caa_trace_record(const struct caa_answer *answer, size_t index,
                      char text[CAA_TRACE_RECORD_MAX]) {
    const struct caa_slice *rdata = &answer->rdata[index];
    uint8_t root[] = {0};
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, root, answer->type, KNOT_CLASS_IN, 0);
    int len = -1;
    if (rdata->len <= UINT16_MAX &&
        knot_rrset_add_rdata(&rrset, (const uint8_t *)rdata->ptr, (uint16_t)rdata->len, NULL) ==
            KNOT_EOK)
        len = knot_rrset_txt_dump_data(&rrset, 0, text, CAA_TRACE_RECORD_MAX,
                                       &KNOT_DUMP_STYLE_DEFAULT);
    knot_rdataset_clear(&rrset.rrs, NULL);
    while (len > 0 && text[len - 1] == ' ') text[--len] = '\0';
    if (len < 0) (void)snprintf(text, CAA_TRACE_RECORD_MAX, "\\# %zu …", rdata->len);
}
