#include <stdlib.h>

#include "daemon/api/inquiry.h"

/* POST /v1/check: one name. */
struct one {
    struct caa_call *call;
    struct caad_inquiry *inquiry;
};

static void drop(void *work) {
    struct one *one = work;
    caad_inquiry_free(one->inquiry);
    free(one);
}

static void on_done(void *context, struct caad_inquiry *inquiry) {
    struct one *one = context;
    struct caa_reply reply = {.status = 200, .type = "application/json"};
    reply.body = caad_inquiry_take_document(inquiry, &reply.body_len);
    if (reply.body != NULL)
        caa_call_answer(one->call, &reply);
    else
        caa_call_refuse(one->call, caad_inquiry_refusal(inquiry));
}

void caad_refuse_error(struct caa_refusal *refusal, enum caa_err err) {
    caa_refusal_set(refusal, err == CAA_ERR_LIMIT ? CAA_USE_BUSY : CAA_USE_INTERNAL, NULL, "%s",
                    err == CAA_ERR_LIMIT ? "as many checks run as may" : caa_err_text(err));
    if (err == CAA_ERR_LIMIT) refusal->retry_after_s = 1;
}

static enum caa_err start(struct one *one, struct caad_api *api, struct caa_refusal *refusal) {
    struct caad_request *request = NULL;
    if (api->inquiry_count >= CAAD_INQUIRIES_MOST) return CAA_ERR_LIMIT;
    enum caa_err err =
        caad_request_read(&request, caa_call_body(one->call), &api->policy.defaults, refusal);
    if (err == CAA_OK)
        err = caad_inquiry_start(&one->inquiry, api, request, caa_call_client(one->call),
                                 on_done, one);
    caad_request_release(request);
    return err;
}

void caad_check_start(void *context, struct caa_call *call) {
    struct caa_refusal refusal = {0};
    struct one *one = calloc(1, sizeof *one);
    enum caa_err err = CAA_ERR_NOMEM;
    if (one != NULL) {
        one->call = call;
        caa_call_keep(call, one, drop);
        err = start(one, context, &refusal);
    }
    if (err == CAA_OK) return;
    if (!refusal.refused) caad_refuse_error(&refusal, err);
    caa_call_refuse(call, &refusal);
}
