/* A few texts that somebody gave, copied. */
#ifndef CAA_API_TEXT_LIST_H
#define CAA_API_TEXT_LIST_H

#include <stddef.h>

#include "base/err.h"

enum {
    CAA_TEXT_LIST_MAX = 64,
    CAA_TEXT_MAX = 4096
}; /* texts; octets of each without the NUL */

struct caa_text_list {
    size_t count;
    char *texts[CAA_TEXT_LIST_MAX];
};

/* A copy, freed by free(). CAA_ERR_LIMIT beyond CAA_TEXT_MAX octets, CAA_ERR_NOMEM. */
enum caa_err caa_text_copy(char **copy, const char *text);

/* Appends a copy. CAA_ERR_LIMIT also beyond CAA_TEXT_LIST_MAX texts; CAA_ERR_NOMEM. */
enum caa_err caa_text_list_add(struct caa_text_list *list, const char *text);

/* Frees the texts. */
void caa_text_list_clear(struct caa_text_list *list);

#endif
