#include "report/explain.h"

#include "dns/json_string.h"
#include "problem/explainer.h"
#include "problem/extended.h"
#include "report/explain_sentence.h"

static const char *verdict_word(const struct caa_explanation *explanation) {
    if (explanation->problem == CAA_PROBLEM_FORBIDDEN) return "forbidden";
    switch (explanation->again) {
    case CAA_AGAIN_UNKNOWN: break;
    case CAA_AGAIN_NO: return "mend first";
    case CAA_AGAIN_YES: return "try again";
    }
    return "not known";
}

/* "*.a.example: the CA could not …"; the line's number where there is one. */
void caa_text_explanation(FILE *out, const struct caa_explanation *explanation,
                          const struct caa_text_style *style) {
    char text[CAA_EXPLAIN_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    if (explanation->name[0] != '\0') {
        caa_writer_text(&writer, explanation->name);
        caa_writer_text(&writer, ": ");
    }
    caa_explain_sentence(explanation, &writer);
    caa_writer_char(&writer, '.');
    if (explanation->line > 0) fprintf(out, "line %lu, ", explanation->line);
    caa_text_verdict(out, verdict_word(explanation), text, style);
    writer = caa_writer_into(text, sizeof text);
    caa_explain_advice(explanation, &writer);
    fputs(text, out);
}

static json_t *text_or_null(const char *text) {
    return text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *prose_of(void (*write)(const struct caa_explanation *, struct caa_writer *),
                        const struct caa_explanation *explanation) {
    char text[CAA_EXPLAIN_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    write(explanation, &writer);
    return caa_json_prose(text);
}

static json_t *extended_object(const struct caa_explanation *explanation) {
    if (explanation->ede < 0) return json_null();
    char summary[128];
    struct caa_writer writer = caa_writer_into(summary, sizeof summary);
    caa_extended_summary(explanation->ede, &writer);
    json_t *object = json_object();
    json_object_set_new(object, "info_code", json_integer(explanation->ede));
    json_object_set_new(object, "summary", json_string(summary));
    json_object_set_new(object, "extra_text", json_string(explanation->extra));
    return object;
}

static json_t *retry_object(const struct caa_explanation *explanation) {
    bool known = explanation->again != CAA_AGAIN_UNKNOWN;
    bool advised = explanation->again == CAA_AGAIN_YES;
    json_t *object = json_object();
    json_object_set_new(object, "advised", known ? json_boolean(advised) : json_null());
    json_object_set_new(object, "after_s",
                        advised ? json_integer(explanation->after_s) : json_null());
    json_object_set_new(object, "why", json_string(explanation->why));
    return object;
}

json_t *caa_json_explanation(const struct caa_explanation *explanation) {
    json_t *object = json_object();
    json_object_set_new(object, "line",
                        explanation->line == 0 ? json_null()
                                               : json_integer((json_int_t)explanation->line));
    json_object_set_new(object, "problem", json_string(caa_problem_code(explanation->problem)));
    json_object_set_new(object, "number", json_integer(explanation->problem));
    json_object_set_new(object, "name", text_or_null(explanation->name));
    json_object_set_new(object, "owner", text_or_null(explanation->owner));
    json_object_set_new(object, "type", text_or_null(explanation->type));
    json_object_set_new(object, "outcome", text_or_null(explanation->outcome));
    json_object_set_new(object, "extended_error", extended_object(explanation));
    json_object_set_new(object, "stage", text_or_null(caa_stage_code(explanation->stage)));
    json_object_set_new(object, "secondary", json_boolean(explanation->secondary));
    json_object_set_new(object, "acme_type", text_or_null(explanation->acme_type));
    json_object_set_new(object, "ca", text_or_null(explanation->ca));
    json_object_set_new(object, "fault", json_string(caa_explain_fault(explanation)));
    json_object_set_new(object, "zone", text_or_null(explanation->zone));
    json_object_set_new(object, "retry", retry_object(explanation));
    json_object_set_new(object, "sureness",
                        json_string(caa_sureness_code(explanation->sureness)));
    json_object_set_new(object, "text", prose_of(caa_explain_sentence, explanation));
    json_object_set_new(object, "advice", prose_of(caa_explain_advice, explanation));
    return object;
}

/* Explanations of one text. */
struct collection {
    json_t *array;
    size_t dropped;
};

static void append(void *context, const struct caa_explanation *explanation) {
    struct collection *collection = context;
    if (json_array_size(collection->array) == CAA_EXPLANATIONS_MAX)
        collection->dropped++;
    else
        json_array_append_new(collection->array, caa_json_explanation(explanation));
}

static void append_unread(struct collection *collection, enum caa_problem problem) {
    struct caa_explanation explanation = caa_explain_nothing();
    explanation.problem = problem;
    caa_explain_judge(&explanation);
    append(collection, &explanation);
}

char *caa_json_explain(struct caa_slice text) {
    struct collection found = {.array = json_array()};
    struct caa_explainer *explainer = caa_explainer_new(append, &found);
    char *line = NULL;
    if (explainer != NULL && found.array != NULL) {
        if (text.len > CAA_EXPLAIN_TEXT_MAX)
            append_unread(&found, CAA_PROBLEM_TOO_LARGE);
        else
            caa_explainer_feed(explainer, text);
        caa_explainer_end(explainer);
        if (json_array_size(found.array) == 0) append_unread(&found, CAA_PROBLEM_UNKNOWN);
        json_t *object = json_object();
        json_object_set(object, "explanations", found.array);
        json_object_set_new(object, "dropped", json_integer((json_int_t)found.dropped));
        line = json_dumps(object, JSON_COMPACT);
        json_decref(object);
    }
    caa_explainer_free(explainer);
    json_decref(found.array);
    return line;
}
