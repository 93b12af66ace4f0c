#include <stdlib.h>
#include <string.h>

#include "gate/proxy_state.h"

enum {
    HELD_OCTETS_MOST = 128 << 10, /* of one request */
    LIMITED_RETRY_S = 5,
};

void gate_passage_count(const struct gate_passage *passage, enum caa_label_value value) {
    caa_metric_add(passage->proxy->setting.shard, passage->counted, value, 1);
}

static void answer(struct gate_passage *passage, const struct caa_problem_document *document) {
    struct caa_reply reply = {.status = (unsigned)document->status,
                              .type = CAA_REFUSAL_TYPE,
                              .body = caa_problem_document_text(document),
                              .retry_after_s = document->retry_after_s};
    if (reply.body != NULL) reply.body_len = strlen(reply.body);
    caa_call_answer(passage->call, &reply);
}

static void on_verdict(void *context, const struct caa_problem_document *document) {
    struct gate_passage *passage = context;
    passage->wait = NULL;
    if (document->status == 0) {
        gate_passage_count(passage, CAA_VALUE_FINALIZE_FORWARDED);
        gate_passage_forward(passage);
        return;
    }
    gate_passage_count(passage, document->status == 403 ? CAA_VALUE_FINALIZE_FORBIDDEN
                                                        : CAA_VALUE_FINALIZE_UNDECIDED);
    if (document->json == NULL)
        gate_passage_refuse(passage, 503, "serverInternal", GATE_INTERNAL_RETRY_S,
                            "the CAA check failed for a reason of the gate's own");
    else
        answer(passage, document);
}

static enum caa_err hold(struct gate_passage *passage, const struct caa_names *names,
                         const char *const *methods, struct caa_diag *why) {
    struct gate_want want = {.target = passage->target,
                             .kid = passage->jws.kid,
                             .client = caa_call_client(passage->call),
                             .names = names,
                             .methods = methods};
    enum caa_err err = caa_access_hash_of(&want.payload, passage->jws.payload);
    return err == CAA_OK ? gate_hold(&passage->wait, passage->proxy->setting.holds, &want,
                                     on_verdict, passage, why)
                         : err;
}

void gate_passage_hold(struct gate_passage *passage, const struct caa_names *names,
                       const char *const *methods) {
    struct caa_diag why = {.text = ""};
    if (passage->jws.len > HELD_OCTETS_MOST) {
        gate_passage_count(passage, CAA_VALUE_FINALIZE_REFUSED);
        gate_passage_refuse(passage, 413, "malformed", 0, "a request that waits is too large");
        return;
    }
    enum caa_err err = hold(passage, names, methods, &why);
    if (err == CAA_OK) return;
    bool is_full = err == CAA_ERR_LIMIT && why.text[0] != '\0';
    gate_passage_count(passage,
                       is_full ? CAA_VALUE_FINALIZE_LIMITED : CAA_VALUE_FINALIZE_REFUSED);
    gate_passage_refuse(passage, 503, "serverInternal", LIMITED_RETRY_S, "%s",
                        is_full ? why.text : caa_err_text(err));
}
