#include "tally/retry.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

struct waiting {
    int64_t failed_at_us; /* below 0: not known */
    char name[];
};

static int by_name(const void *a, const void *b) {
    const struct waiting *first = a, *second = b;
    return strcmp(first->name, second->name);
}

/* Negative where a time is missing. */
static int64_t delay_us(const struct waiting *waiting, int64_t at_us) {
    return waiting->failed_at_us < 0 || at_us < 0 ? -1 : at_us - waiting->failed_at_us;
}

static void note_try(struct caa_retry *retry, const struct waiting *waiting, bool failed,
                     int64_t at_us) {
    int64_t us = delay_us(waiting, at_us);
    if (us > CAA_RETRY_WITHIN_S * INT64_C(1000000)) return;
    retry->failed_again += failed;
    retry->worked += !failed;
    retry->worked_1h += !failed && us >= 0 && us <= INT64_C(3600000000);
}

static bool remember(struct caa_retry *retry, struct waiting *waiting) {
    if (tsearch(waiting, &retry->tree, by_name) == NULL) return false;
    retry->name_count++;
    return true;
}

bool caa_retry_note(struct caa_retry *retry, struct caa_slice name, bool failed,
                    int64_t at_us) {
    if (name.len == 0 || (!failed && retry->name_count == 0)) return true;
    struct waiting *waiting = malloc(sizeof *waiting + name.len + 1);
    if (waiting == NULL) return false;
    waiting->failed_at_us = at_us;
    for (size_t i = 0; i < name.len; i++) waiting->name[i] = caa_ascii_lower(name.ptr[i]);
    waiting->name[name.len] = '\0';
    void *found = tfind(waiting, &retry->tree, by_name);
    struct waiting *before = found == NULL ? NULL : *(struct waiting **)found;
    if (before != NULL) {
        /* Files may come in any order: what was before the failure is no second try. */
        bool after = delay_us(before, at_us) >= 0 || before->failed_at_us < 0 || at_us < 0;
        if (after) note_try(retry, before, failed, at_us);
        if (after && failed) before->failed_at_us = at_us;
        if (after && !failed) {
            tdelete(waiting, &retry->tree, by_name);
            retry->name_count--;
            free(before);
        }
    } else if (failed && retry->name_count >= CAA_RETRY_NAMES_MOST) {
        retry->not_followed++;
    } else if (failed && remember(retry, waiting)) {
        return true;
    }
    free(waiting);
    return true;
}

void caa_retry_clear(struct caa_retry *retry) {
    tdestroy(retry->tree, free);
    retry->tree = NULL;
    retry->name_count = 0;
}
