/* An answer of somebody else's ACME server: whatever comes, what is added is a member `caa`
   here and there, and all else stays to the octet. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "problem/annotate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

/* The body without what was added, in the order in which it stands there. */
static void must_only_add(const struct caa_annotation *annotation, struct caa_slice body) {
    static const char key[] = ",\"caa\":";
    size_t at = 0, from = 0, count = 0;
    const char *added = annotation->body;
    while (at < body.len || from < annotation->body_len) {
        size_t left = annotation->body_len - from;
        bool is_added = left > strlen(key) && memcmp(added + from, key, strlen(key)) == 0;
        if (!is_added) {
            must(at < body.len && from < annotation->body_len && body.ptr[at] == added[from]);
            at++, from++;
            continue;
        }
        json_error_t error;
        json_t *member = json_loadb(added + from + strlen(key), left - strlen(key),
                                    JSON_DISABLE_EOF_CHECK, &error);
        must(json_object_size(member) == 8);
        from += strlen(key) + (size_t)error.position;
        json_decref(member);
        count++;
    }
    must(count > 0);
}

static void look(struct caa_slice body, bool is_problem) {
    struct caa_annotation annotation, again;
    must(caa_problem_annotate(&annotation, body, is_problem, 0) == CAA_OK);
    must((annotation.body == NULL) == (annotation.retry_after_s == 0));
    if (annotation.body == NULL) return;
    must_only_add(&annotation, body);
    json_t *whole =
        json_loadb(annotation.body, annotation.body_len, JSON_REJECT_DUPLICATES, NULL);
    must(whole != NULL);
    json_decref(whole);
    struct caa_slice told = caa_slice_bytes(annotation.body, annotation.body_len);
    must(caa_problem_annotate(&again, told, is_problem, 0) == CAA_OK && again.body == NULL);
    free(annotation.body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    look(caa_slice_bytes(data, size), true);
    look(caa_slice_bytes(data, size), false);
    return 0;
}
