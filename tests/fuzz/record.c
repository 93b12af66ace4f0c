/* RDATA and presentation format: what can be read is written back the same. */
#include <stdlib.h>
#include <string.h>

#include "record/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 4 * (CAA_RECORD_RDATA_MAX + CAA_RECORD_TAG_MAX) };

static void must(bool holds) {
    if (!holds) abort();
}

static void must_read_the_same_from_text(struct caa_slice text, struct caa_slice wire) {
    static uint8_t again[CAA_RECORD_RDATA_MAX];
    size_t len = 0;
    must(caa_record_from_text(text, again, sizeof again, &len, NULL) == CAA_OK);
    must(caa_slice_equal(caa_slice_bytes(again, len), wire));
    if (len > 0) must(caa_record_from_text(text, again, len - 1, &len, NULL) == CAA_ERR_LIMIT);
}

static void must_write_the_same(const struct caa_record *record, struct caa_slice wire) {
    static uint8_t again[CAA_RECORD_RDATA_MAX];
    static char text[TEXT_MAX];
    size_t len = 0;
    must(caa_record_to_wire(record, again, sizeof again, &len) == CAA_OK);
    must(caa_slice_equal(caa_slice_bytes(again, len), wire));
    struct caa_writer out = caa_writer_into(text, sizeof text);
    caa_record_to_text(record, &out);
    must(!out.overflow);
    must_read_the_same_from_text(caa_slice_bytes(text, out.len), wire);
}

static void try_wire(struct caa_slice wire) {
    struct caa_record record;
    struct caa_malformed malformed = {0};
    if (caa_record_from_wire(&record, wire, &malformed) == CAA_OK)
        must_write_the_same(&record, wire);
    else
        must(malformed.reason != NULL && malformed.position <= wire.len);
}

static void try_text(struct caa_slice text) {
    static uint8_t rdata[CAA_RECORD_RDATA_MAX];
    struct caa_malformed malformed = {0};
    size_t len = 0;
    enum caa_err err = caa_record_from_text(text, rdata, sizeof rdata, &len, &malformed);
    if (err == CAA_OK) try_wire(caa_slice_bytes(rdata, len));
    if (err == CAA_ERR_SYNTAX) must(malformed.reason != NULL && malformed.position <= text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_slice input = caa_slice_bytes(data, size);
    try_wire(input);
    try_text(input);
    return 0;
}
