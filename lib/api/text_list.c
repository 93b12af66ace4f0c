#include "api/text_list.h"

#include <stdlib.h>
#include <string.h>

enum caa_err caa_text_copy(char **copy, const char *text) {
    size_t len = strnlen(text, CAA_TEXT_MAX + 1);
    if (len > CAA_TEXT_MAX) return CAA_ERR_LIMIT;
    *copy = malloc(len + 1);
    if (*copy == NULL) return CAA_ERR_NOMEM;
    memcpy(*copy, text, len + 1);
    return CAA_OK;
}

enum caa_err caa_text_list_add(struct caa_text_list *list, const char *text) {
    if (list->count == CAA_TEXT_LIST_MAX) return CAA_ERR_LIMIT;
    enum caa_err err = caa_text_copy(&list->texts[list->count], text);
    if (err == CAA_OK) list->count++;
    return err;
}

void caa_text_list_clear(struct caa_text_list *list) {
    while (list->count > 0) free(list->texts[--list->count]);
}
