/* Bodies of ACME requests: what is taken is written so that it is taken again, the same, and no
   member of the payload can be mistaken for csr. */
#include <stdlib.h>
#include <string.h>

#include "acme/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void must_be_same(const struct caa_jws *a, const struct caa_jws *b) {
    must(a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
    must((a->kid == NULL) == (b->kid == NULL) && (a->csr == NULL) == (b->csr == NULL));
    must(a->kid == NULL || strcmp(a->kid, b->kid) == 0);
    must(a->csr_len == b->csr_len);
    must(a->csr == NULL || memcmp(a->csr, b->csr, a->csr_len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_jws jws, again;
    struct caa_refusal refusal = {0};
    enum caa_err err = caa_jws_read(&jws, caa_slice_bytes(data, size), &refusal);
    if (err != CAA_OK) {
        must(err == CAA_ERR_SYNTAX && refusal.refused);
        return 0;
    }
    must(strlen(jws.text) == jws.len);
    must(jws.payload.ptr > jws.text && jws.payload.ptr + jws.payload.len < jws.text + jws.len);
    must(caa_jws_read(&again, caa_slice_bytes(jws.text, jws.len), &refusal) == CAA_OK);
    must_be_same(&jws, &again);
    caa_jws_free(&jws);
    caa_jws_free(&again);
    return 0;
}
