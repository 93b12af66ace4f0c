#include "dns/evidence.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* One allocation: this, the items, then the texts. */
struct shared_evidence {
    atomic_size_t references;
    struct caa_evidence evidence;
    struct caa_evidence_item items[];
};

static struct shared_evidence *shared_of(const struct caa_evidence *evidence) {
    return (void *)((char *)evidence - offsetof(struct shared_evidence, evidence));
}

static size_t text_size(const char *text) {
    return text == NULL ? 1 : strlen(text) + 1;
}

static const char *put_text(char **room, const char *text) {
    char *at = *room;
    *room += text_size(text);
    return memcpy(at, text == NULL ? "" : text, text_size(text));
}

const struct caa_evidence *caa_evidence_new(const struct caa_evidence *content) {
    size_t count = content->item_count;
    if (count > CAA_EVIDENCE_ITEMS_MAX) count = CAA_EVIDENCE_ITEMS_MAX;
    struct shared_evidence *shared =
        malloc(sizeof *shared + count * sizeof shared->items[0] +
               text_size(content->retry_why) + text_size(content->reason));
    if (shared == NULL) return NULL;
    atomic_init(&shared->references, 1);
    struct caa_evidence *evidence = &shared->evidence;
    *evidence = *content;
    evidence->item_count = count;
    evidence->items = shared->items;
    if (count > 0) memcpy(shared->items, content->items, count * sizeof shared->items[0]);
    char *room = (char *)(shared->items + count);
    evidence->retry_why = put_text(&room, content->retry_why);
    evidence->reason = put_text(&room, content->reason);
    return evidence;
}

const struct caa_evidence *caa_evidence_retain(const struct caa_evidence *evidence) {
    if (evidence != NULL)
        atomic_fetch_add_explicit(&shared_of(evidence)->references, 1, memory_order_relaxed);
    return evidence;
}

void caa_evidence_release(const struct caa_evidence *evidence) {
    if (evidence == NULL) return;
    struct shared_evidence *shared = shared_of(evidence);
    /* Whoever frees must see what all others did before they let go. */
    if (atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) == 1)
        free(shared);
}

bool caa_evidence_tells_of_zone(const struct caa_evidence *evidence) {
    return evidence->failure != CAA_FAILURE_NONE &&
           (evidence->item_count > 0 || !caa_name_is_root(&evidence->zone));
}

const char *caa_fault_code(enum caa_fault fault) {
    switch (fault) {
    case CAA_FAULT_NONE: break;
#define CAA_FAULT(name, code, text)                                                            \
    case CAA_FAULT_##name:                                                                     \
        return code;
#include "dns/evidence.def"
#undef CAA_FAULT
    }
    return "";
}

const char *caa_fault_text(enum caa_fault fault) {
    switch (fault) {
    case CAA_FAULT_NONE: break;
#define CAA_FAULT(name, code, text)                                                            \
    case CAA_FAULT_##name:                                                                     \
        return text;
#include "dns/evidence.def"
#undef CAA_FAULT
    }
    return "";
}

const char *caa_failure_code(enum caa_failure failure) {
    switch (failure) {
    case CAA_FAILURE_NONE: break;
#define CAA_FAILURE(name, code, text)                                                          \
    case CAA_FAILURE_##name:                                                                   \
        return code;
#include "dns/evidence.def"
#undef CAA_FAILURE
    }
    return "";
}

const char *caa_failure_text(enum caa_failure failure) {
    switch (failure) {
    case CAA_FAILURE_NONE: break;
#define CAA_FAILURE(name, code, text)                                                          \
    case CAA_FAILURE_##name:                                                                   \
        return text;
#include "dns/evidence.def"
#undef CAA_FAILURE
    }
    return "";
}
