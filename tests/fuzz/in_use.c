/* Lists of certificates in use: whatever comes, what is taken is fit to be checked and shown.
 */
#include <stdlib.h>
#include <string.h>

#include "advise/in_use.h"
#include "policy/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_in_use_list list;
    struct caa_diag diag = {""};
    enum caa_err err = caa_in_use_read(&list, caa_slice_bytes(data, size), "list", &diag);
    must(list.count <= CAA_IN_USE_MOST && (err == CAA_OK) == (list.arena != NULL));
    must(err == CAA_OK || diag.text[0] != '\0');
    for (size_t i = 0; i < list.count; i++) {
        const struct caa_in_use *item = &list.items[i];
        must(item->line > 0 && item->identifier.text[0] != '\0');
        must(caa_request_may_have_issuer(item->issuer));
        must(item->account.len == 0 || caa_request_may_have_account(item->account));
        must(item->method.len == 0 || caa_request_may_have_method(item->method));
        must(i == 0 || strcmp(list.items[i - 1].identifier.text, item->identifier.text) <= 0);
    }
    caa_in_use_free(&list);
    return 0;
}
