#include "gate/proxy_state.h"

/* Without a payload it is only looked at (RFC 8555 section 6.3), and without an account the
   server refuses it. */
void gate_challenge(struct gate_passage *passage) {
    const char *type = NULL;
    bool answers = passage->jws.payload.len > 0 && passage->jws.kid != NULL;
    const struct caa_names *names =
        answers ? caa_orders_challenge(passage->proxy->orders, passage->url, &type) : NULL;
    passage->counted = CAA_METRIC_CHALLENGES;
    if (names == NULL)
        gate_passage_forward(passage);
    else
        gate_passage_hold(passage, names, &type);
}
