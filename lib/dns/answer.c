#include "dns/answer.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* One allocation: this, the slices of `rdata`, the names of `aliases`, then all octets. */
struct shared_answer {
    atomic_size_t references;
    struct caa_answer answer;
    struct caa_slice rdata[];
};

/* Never counted and never freed: what a failure becomes when there is no memory for it. */
static const struct caa_answer out_of_memory = {
    .outcome = CAA_OUTCOME_SERVFAIL,
    .rcode = 2,
    .ede = -1,
    .reason = "out of memory",
    .ede_text = "",
};

static struct shared_answer *shared_of(const struct caa_answer *answer) {
    return (void *)((char *)answer - offsetof(struct shared_answer, answer));
}

/* `*size` grows by `count` times `each`; false where that overflows. */
static bool grow(size_t *size, size_t count, size_t each) {
    return !__builtin_mul_overflow(count, each, &count) &&
           !__builtin_add_overflow(*size, count, size);
}

/* Octets needed for a copy of `content`; 0 where no memory could hold them. */
static size_t copy_size(const struct caa_answer *content) {
    size_t size = sizeof(struct shared_answer);
    bool fits = grow(&size, content->packet.len, 1) &&
                grow(&size, content->rdata_count, sizeof *content->rdata) &&
                grow(&size, content->alias_count, sizeof *content->aliases) &&
                grow(&size, caa_slice_of(content->reason).len + 1, 1) &&
                grow(&size, caa_slice_of(content->ede_text).len + 1, 1);
    for (size_t i = 0; fits && i < content->rdata_count; i++)
        fits = grow(&size, content->rdata[i].len, 1);
    return fits ? size : 0;
}

/* Copies `s` to `*room` and moves `*room` behind it. */
static const char *put(char **room, struct caa_slice s) {
    char *at = *room;
    if (s.len > 0) memcpy(at, s.ptr, s.len);
    *room = at + s.len;
    return at;
}

static const char *put_text(char **room, const char *text) {
    const char *at = put(room, caa_slice_of(text));
    return put(room, caa_slice_bytes("", 1)), at;
}

const struct caa_answer *caa_answer_new(const struct caa_answer *content) {
    size_t size = copy_size(content);
    struct shared_answer *shared = size == 0 ? NULL : malloc(size);
    if (shared == NULL) return NULL;
    atomic_init(&shared->references, 1);
    struct caa_answer *answer = &shared->answer;
    *answer = *content;
    char *room = (char *)(shared->rdata + content->rdata_count);
    answer->aliases = (const void *)put(
        &room,
        caa_slice_bytes(content->aliases, content->alias_count * sizeof(struct caa_name)));
    for (size_t i = 0; i < content->rdata_count; i++) {
        shared->rdata[i].len = content->rdata[i].len;
        shared->rdata[i].ptr = put(&room, content->rdata[i]);
    }
    answer->rdata = shared->rdata;
    answer->packet = caa_slice_bytes(put(&room, content->packet), content->packet.len);
    answer->reason = put_text(&room, content->reason);
    answer->ede_text = put_text(&room, content->ede_text);
    caa_evidence_retain(content->evidence);
    return answer;
}

uint8_t caa_outcome_rcode(enum caa_outcome outcome) {
    switch (outcome) {
    case CAA_OUTCOME_RECORDS:
    case CAA_OUTCOME_NODATA:
    case CAA_OUTCOME_TRUNCATED: return 0;
    case CAA_OUTCOME_NXDOMAIN: return 3;
    case CAA_OUTCOME_REFUSED: return 5;
    case CAA_OUTCOME_SERVFAIL:
    case CAA_OUTCOME_RCODE:
    case CAA_OUTCOME_TIMEOUT:
    case CAA_OUTCOME_BOGUS:
    case CAA_OUTCOME_MALFORMED:
    case CAA_OUTCOME_NETWORK:
    case CAA_OUTCOME_COUNT: break;
    }
    return 2;
}

const struct caa_answer *caa_answer_failure(const struct caa_name *owner, uint16_t type,
                                            enum caa_outcome outcome, const char *reason,
                                            int64_t observed_at_us, uint32_t elapsed_us) {
    struct caa_answer content = {
        .owner = *owner,
        .type = type,
        .outcome = outcome,
        .security =
            outcome == CAA_OUTCOME_BOGUS ? CAA_SECURITY_BOGUS : CAA_SECURITY_INDETERMINATE,
        .rcode = caa_outcome_rcode(outcome),
        .ede = -1,
        .observed_at_us = observed_at_us,
        .elapsed_us = elapsed_us,
        .reason = reason,
    };
    const struct caa_answer *answer = caa_answer_new(&content);
    return answer != NULL ? answer : &out_of_memory;
}

const struct caa_answer *caa_answer_retain(const struct caa_answer *answer) {
    if (answer != &out_of_memory)
        atomic_fetch_add_explicit(&shared_of(answer)->references, 1, memory_order_relaxed);
    return answer;
}

void caa_answer_release(const struct caa_answer *answer) {
    if (answer == NULL || answer == &out_of_memory) return;
    struct shared_answer *shared = shared_of(answer);
    /* Whoever frees must see what all others did with the answer before they let go. */
    if (atomic_fetch_sub_explicit(&shared->references, 1, memory_order_acq_rel) != 1) return;
    caa_evidence_release(answer->evidence);
    free(shared);
}

bool caa_answer_is_sound(const struct caa_answer *answer) {
    return (answer->security == CAA_SECURITY_SECURE ||
            answer->security == CAA_SECURITY_INSECURE) &&
           (answer->outcome == CAA_OUTCOME_RECORDS || answer->outcome == CAA_OUTCOME_NODATA ||
            answer->outcome == CAA_OUTCOME_NXDOMAIN);
}

const char *caa_outcome_code(enum caa_outcome outcome) {
    switch (outcome) {
#define CAA_OUTCOME(name, code, text)                                                          \
    case CAA_OUTCOME_##name:                                                                   \
        return code;
#include "dns/outcome.def"
#undef CAA_OUTCOME
    case CAA_OUTCOME_COUNT: break;
    }
    return "?";
}

const char *caa_outcome_text(enum caa_outcome outcome) {
    switch (outcome) {
#define CAA_OUTCOME(name, code, text)                                                          \
    case CAA_OUTCOME_##name:                                                                   \
        return text;
#include "dns/outcome.def"
#undef CAA_OUTCOME
    case CAA_OUTCOME_COUNT: break;
    }
    return "?";
}

const char *caa_security_code(enum caa_security security) {
    switch (security) {
    case CAA_SECURITY_INDETERMINATE: return "indeterminate";
    case CAA_SECURITY_INSECURE: return "insecure";
    case CAA_SECURITY_SECURE: return "secure";
    case CAA_SECURITY_BOGUS: return "bogus";
    }
    return "?";
}
