#include "tally/error_text.h"

#include <string.h>

bool caa_error_is_about_caa(const struct caa_explanation *explanation) {
    return explanation->problem == CAA_PROBLEM_FORBIDDEN ||
           strcmp(explanation->type, "CAA") == 0;
}

static void take(void *context, const struct caa_explanation *explanation) {
    struct caa_error_text *errors = context;
    if (caa_error_is_about_caa(explanation) && errors->count < CAA_ERRORS_MOST)
        errors->found[errors->count++] = *explanation;
    else
        errors->others++;
}

bool caa_error_text_begin(struct caa_error_text *errors) {
    errors->explainer = caa_explainer_new(take, errors);
    return errors->explainer != NULL;
}

void caa_error_text_read(struct caa_error_text *errors, struct caa_slice text) {
    errors->count = errors->others = 0;
    caa_explainer_feed(errors->explainer, text);
    caa_explainer_end(errors->explainer);
}

void caa_error_text_clear(struct caa_error_text *errors) {
    caa_explainer_free(errors->explainer);
    errors->explainer = NULL;
}
