/* POST /v1/explain: what an error text of some CA means. */
#include <string.h>

#include "daemon/api/state.h"
#include "report/explain.h"

void caad_explain_start(void *context, struct caa_call *call) {
    struct caa_reply reply = {.status = 200, .type = "application/json"};
    struct caa_refusal refusal;
    (void)context;
    reply.body = caa_json_explain(caa_call_body(call));
    if (reply.body != NULL) {
        reply.body_len = strlen(reply.body);
        caa_call_answer(call, &reply);
        return;
    }
    caad_refuse_error(&refusal, CAA_ERR_NOMEM);
    caa_call_refuse(call, &refusal);
}
