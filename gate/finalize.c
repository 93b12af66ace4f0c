#include <stdlib.h>
#include <string.h>

#include "acme/csr.h"
#include "gate/proxy_state.h"

static void refuse(struct gate_passage *passage, unsigned status, const char *type,
                   const char *why) {
    gate_passage_count(passage, CAA_VALUE_FINALIZE_REFUSED);
    gate_passage_refuse(passage, status, type, 0, "%s", why);
}

/* What the order is for has to be what the CSR asks for (RFC 8555 section 7.4), as far as it is
   known. */
static bool names_fit(struct gate_passage *passage, const struct caa_names *names,
                      const struct caa_order *order) {
    if (order == NULL || caa_names_equal(names, caa_order_names(order))) return true;
    refuse(passage, 403, "badCSR", "the CSR's names are not those of the order");
    return false;
}

static bool read_names(struct gate_passage *passage, struct caa_names *names) {
    struct caa_diag why;
    size_t most = passage->proxy->setting.conf->limits.names;
    enum caa_err err = caa_csr_read(names, passage->jws.csr, passage->jws.csr_len, most, &why);
    free(passage->jws.csr);
    passage->jws.csr = NULL;
    if (err == CAA_OK) return true;
    refuse(passage, 403, err == CAA_ERR_LIMIT ? "rejectedIdentifier" : "badCSR", why.text);
    return false;
}

static bool has_account(struct gate_passage *passage) {
    if (passage->jws.kid == NULL) {
        refuse(passage, 403, "malformed", "a request with a CSR needs the account's kid");
        return false;
    }
    return true;
}

static void hold(struct gate_passage *passage, const struct caa_names *names,
                 const struct caa_order *order) {
    const char **methods = calloc(names->count, sizeof *methods);
    for (size_t i = 0; methods != NULL && order != NULL && i < names->count; i++)
        methods[i] = caa_orders_method(passage->proxy->orders, order, names->names[i].text);
    if (methods == NULL)
        gate_passage_refuse(passage, 503, "serverInternal", GATE_INTERNAL_RETRY_S, "%s",
                            caa_err_text(CAA_ERR_NOMEM));
    else
        gate_passage_hold(passage, names, methods);
    free(methods);
}

void gate_finalize(struct gate_passage *passage) {
    struct caa_names names = {0};
    passage->counted = CAA_METRIC_FINALIZES;
    if (read_names(passage, &names) && has_account(passage)) {
        const struct caa_order *order = caa_orders_find(passage->proxy->orders, passage->url);
        if (names_fit(passage, &names, order)) hold(passage, &names, order);
    }
    caa_names_free(&names);
}
