#include "problem/other_ca.h"

#include <string.h>

#include "base/ascii.h"

static const struct caa_other_ca table[] = {
#define CAA_OTHER_CA(words, problem, ca, source) {words, CAA_PROBLEM_##problem, ca},
#include "problem/other_ca.def"
#undef CAA_OTHER_CA
};

static bool is_word_octet(char c) {
    return caa_ascii_is_alnum(c) || c == '_';
}

/* CAA_ERROR_MEMORY is no CAA_ERROR. */
static bool stands_alone(struct caa_slice text, size_t at, size_t len) {
    return (at == 0 || !is_word_octet(text.ptr[at - 1])) &&
           (at + len == text.len || !is_word_octet(text.ptr[at + len]));
}

const struct caa_other_ca *caa_other_ca_at(struct caa_slice text, size_t at) {
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t len = strlen(table[i].words);
        if (table[i].words[0] == text.ptr[at] && text.len - at >= len &&
            memcmp(text.ptr + at, table[i].words, len) == 0 && stands_alone(text, at, len))
            return &table[i];
    }
    return NULL;
}
