/* The state of a scan: what is taken comes out again as it was, and never counts wrong. */
#include <stdlib.h>
#include <string.h>

#include "cli/scan_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_scan_state state = {0}, again = {0};
    struct caa_diag diag = {""};
    char text[CAA_SCAN_STATE_TEXT_MAX];
    uint64_t sum = 0;
    if (caa_scan_state_parse(&state, caa_slice_bytes(data, size), "state", &diag) != CAA_OK) {
        must(diag.text[0] != '\0');
        return 0;
    }
    for (size_t i = 0; i < CAA_SCAN_COUNTS; i++) sum += state.counts[i];
    must(sum == state.names);
    size_t len = caa_scan_state_text(&state, text);
    must(len < sizeof text);
    must(caa_scan_state_parse(&again, caa_slice_bytes(text, len), "state", NULL) == CAA_OK);
    must(memcmp(&state, &again, sizeof state) == 0);
    return 0;
}
