/* Certificate signing requests: whatever is in one, its names are a set of what can be checked.
 */
#include <stdlib.h>
#include <string.h>

#include "acme/csr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST = 20 };

static void must(bool holds) {
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_names names = {0};
    struct caa_diag why = {.text = ""};
    enum caa_err err = caa_csr_read(&names, data, size, MOST, &why);
    must(err == CAA_OK ? names.count > 0 : why.text[0] != '\0');
    must(names.count <= MOST);
    for (size_t i = 0; i < names.count; i++) {
        struct caa_identifier again;
        must(caa_identifier_parse(&again, caa_slice_of(names.names[i].text), NULL) == CAA_OK);
        must(i == 0 || strcmp(names.names[i - 1].text, names.names[i].text) < 0);
    }
    caa_names_free(&names);
    return 0;
}
