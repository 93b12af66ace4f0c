/* Logs of any kind, in pieces of any size: whatever comes, it ends, it comes to the same
   however it was cut, nothing is counted twice in a table, and it can be written in every form.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tally/json.h"
#include "tally/page.h"
#include "tally/reader.h"
#include "tally/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static int64_t fixed_us(void *context) {
    (void)context;
    return INT64_C(1795489200000000);
}

static struct caa_tally *read_in_pieces(struct caa_slice log, size_t piece) {
    static const struct caa_clock clock = {.monotonic_us = fixed_us, .wall_us = fixed_us};
    static const struct caa_tally_setting setting = {
        .since_us = CAA_TALLY_NO_TIME, .until_us = CAA_TALLY_NO_TIME, .confidence = 0.95};
    struct caa_tally *tally = caa_tally_new(&setting);
    struct caa_tally_reader *reader = caa_tally_reader_new(tally, &clock);
    for (size_t at = 0; at < log.len; at += piece)
        caa_tally_reader_feed(
            reader,
            (struct caa_slice){log.ptr + at, log.len - at < piece ? log.len - at : piece});
    caa_tally_reader_end(reader);
    caa_tally_reader_free(reader);
    caa_tally_finish(tally);
    return tally;
}

static void must_add_up(const struct caa_tally_part *part) {
    uint64_t failures = 0, faults = 0, hours = 0;
    const struct caa_table *kinds = &part->by[CAA_TALLY_BY_KIND];
    for (size_t i = 0; i < kinds->count; i++) failures += kinds->groups[i]->failures;
    for (int i = 0; i < CAA_TALLY_FAULTS; i++) faults += part->faults[i];
    for (int i = 0; i < CAA_HOURS; i++) hours += part->hour_checks[i];
    must(failures + kinds->other.failures <= part->failures && faults == part->failures);
    must(part->failures <= part->checks && hours + part->without_time == part->checks);
}

static void must_be_writable(const struct caa_tally *tally) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    const struct caa_text_style style = {0};
    must(caa_tally_page(out, tally, NULL) == CAA_OK &&
         caa_tally_text(out, tally, &style) == CAA_OK);
    (void)fclose(out);
    must(strstr(text, "<script") == NULL && strchr(text, '\033') == NULL);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_slice log = caa_slice_bytes(data, size);
    struct caa_tally *whole = read_in_pieces(log, size + 1);
    struct caa_tally *pieces = read_in_pieces(log, 7);
    char *one = caa_tally_json(whole), *other = caa_tally_json(pieces);
    must(one != NULL && other != NULL && strcmp(one, other) == 0);
    must_add_up(&whole->checks);
    must_add_up(&whole->lookups);
    must_be_writable(whole);
    free(one);
    free(other);
    caa_tally_free(whole);
    caa_tally_free(pieces);
    return 0;
}
