#include "dns/look.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right) {
    const struct caa_slice *a = left, *b = right;
    if (a->len != b->len) return a->len < b->len ? -1 : 1;
    return a->len == 0 ? 0 : memcmp(a->ptr, b->ptr, a->len);
}

static bool same_in_order(const struct caa_slice *a, const struct caa_slice *b, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!caa_slice_equal(a[i], b[i])) return false;
    return true;
}

/* Servers rotate what they answer, and a hostile set is large: sorted copies. */
static bool same_in_any_order(const struct caa_slice *a, const struct caa_slice *b,
                              size_t count) {
    struct caa_slice *sorted = calloc(count * 2, sizeof *sorted);
    /* Without memory nothing was found. */
    if (sorted == NULL) return true;
    memcpy(sorted, a, count * sizeof *sorted);
    memcpy(sorted + count, b, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    qsort(sorted + count, count, sizeof *sorted, compare);
    bool same = same_in_order(sorted, sorted + count, count);
    free(sorted);
    return same;
}

bool caa_answers_agree(const struct caa_answer *a, const struct caa_answer *b) {
    if (a->security != b->security || a->rdata_count != b->rdata_count) return false;
    if ((a->outcome == CAA_OUTCOME_RECORDS) != (b->outcome == CAA_OUTCOME_RECORDS))
        return false;
    return same_in_order(a->rdata, b->rdata, a->rdata_count) ||
           same_in_any_order(a->rdata, b->rdata, a->rdata_count);
}

/* FNV-1a, spread so that the records' digests may be added up in any order. */
static uint64_t digest_of(struct caa_slice rdata) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < rdata.len; i++)
        hash = (hash ^ (unsigned char)rdata.ptr[i]) * UINT64_C(0x100000001b3);
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    return hash ^ hash >> 31;
}

struct caa_look caa_look_at(const struct caa_answer *answer, enum caa_look_kind kind) {
    struct caa_look look = {.kind = kind,
                            .outcome = answer->outcome,
                            .security = answer->security,
                            .record_count = answer->rdata_count,
                            .observed_at_us = answer->observed_at_us};
    for (size_t i = 0; i < answer->rdata_count; i++) look.digest += digest_of(answer->rdata[i]);
    return look;
}

const struct caa_answer *caa_answer_beside(const struct caa_answer *answer,
                                           const struct caa_look *look) {
    struct caa_answer content = *answer;
    content.other = *look;
    return caa_answer_new(&content);
}

const char *caa_look_code(enum caa_look_kind kind) {
    switch (kind) {
    case CAA_LOOK_NONE: break;
    case CAA_LOOK_EARLIER: return "earlier";
    case CAA_LOOK_BESIDE: return "beside";
    }
    return "";
}
