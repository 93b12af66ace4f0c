#include "problem/annotate.h"

#include <stdlib.h>
#include <string.h>

#include "dns/json_string.h"
#include "problem/extension.h"
#include "problem/json_walk.h"
#include "problem/message_json.h"

/* A member to be put in front of the bracket at `at`. */
struct note {
    size_t at;
    char *text;
};

/* What several problems have in common, as far as they have. */
struct common {
    size_t count;
    bool same_zone, same_fault;
    struct caa_explanation first;
    uint32_t after_s; /* the longest */
};

/* What one problem document says, in one text or more. */
struct heard {
    size_t count;
    bool all_pass;
    struct caa_explanation told; /* the first about CAA, else the first */
    uint32_t after_s;
};

struct work {
    struct caa_slice body;
    uint32_t said_after_s;
    struct common all;
    bool stays; /* something stands against it */
    struct note *notes;
    size_t note_count, note_size;
    bool failed; /* out of memory */
};

/* ---- what a problem says ---- */

static void hear(void *context, const struct caa_explanation *explanation) {
    struct heard *heard = context;
    bool is_of_caa = strcmp(explanation->type, "CAA") == 0;
    if (heard->count == 0 || (is_of_caa && strcmp(heard->told.type, "CAA") != 0))
        heard->told = *explanation;
    heard->count++;
    heard->all_pass &= explanation->again == CAA_AGAIN_YES;
    if (explanation->after_s > heard->after_s) heard->after_s = explanation->after_s;
}

/* A text that nobody knows has not been heard: then there is nothing that may pass. */
static bool all_pass_in(struct heard *heard, struct caa_slice problem,
                        const struct caa_explanation *around) {
    struct caa_message_rest rest;
    *heard = (struct heard){.all_pass = true};
    return caa_message_read_json(problem, around, hear, heard, &rest) && heard->all_pass;
}

static void note_common(struct common *common, const struct caa_explanation *told,
                        uint32_t after_s) {
    if (common->count == 0) {
        common->first = *told;
        common->same_zone = common->same_fault = true;
    }
    common->same_zone &= told->zone[0] != '\0' && strcmp(common->first.zone, told->zone) == 0;
    common->same_fault &= common->first.fault == told->fault;
    common->count++;
    if (after_s > common->after_s) common->after_s = after_s;
}

/* ---- what is added ---- */

static json_t *text_or_null(const char *text) {
    return text[0] == '\0' ? json_null() : caa_json_printable(caa_slice_of(text));
}

static void take_note(struct work *work, size_t at, json_t *extension) {
    char *text = json_dumps(extension, JSON_COMPACT);
    json_decref(extension);
    if (work->note_count == work->note_size) {
        size_t size = work->note_size == 0 ? 8 : 2 * work->note_size;
        struct note *grown = realloc(work->notes, size * sizeof *grown);
        if (grown != NULL) work->notes = grown;
        if (grown != NULL) work->note_size = size;
    }
    work->failed |= text == NULL || work->note_count == work->note_size;
    if (!work->failed)
        work->notes[work->note_count++] = (struct note){at, text};
    else
        free(text);
}

/* In front of the problem's last bracket. */
static void add_member(struct work *work, struct caa_slice problem, json_t *extension) {
    take_note(work, (size_t)(problem.ptr - work->body.ptr) + problem.len - 1, extension);
}

static uint32_t after_s(const struct work *work, uint32_t advised_s) {
    return work->said_after_s > 0 ? work->said_after_s : advised_s;
}

/* Whose CAA could not be looked up is told; where another type was looked up, nobody's was. */
static json_t *extension_of_one(const struct work *work, const struct heard *heard) {
    const struct caa_explanation *told = &heard->told;
    bool is_of_caa = told->type[0] == '\0' || strcmp(told->type, "CAA") == 0;
    return caa_problem_extension(&(struct caa_problem_extension){
        .name = text_or_null(told->name),
        .problem = told->problem,
        .owner = is_of_caa ? text_or_null(told->owner) : json_null(),
        .fault = caa_explain_fault(told),
        .zone = text_or_null(told->zone),
        .retry = {true, after_s(work, heard->after_s), told->why}});
}

static json_t *extension_of_several(const struct work *work, const struct common *several) {
    const struct caa_explanation *first = &several->first;
    return caa_problem_extension(&(struct caa_problem_extension){
        .name = json_null(),
        .problem = CAA_PROBLEM_SEVERAL,
        .owner = json_null(),
        .fault = several->same_fault ? caa_explain_fault(first) : NULL,
        .zone = several->same_zone ? text_or_null(first->zone) : json_null(),
        .retry = {true, after_s(work, several->after_s),
                  several->same_zone ? first->why : "each of them may pass by itself"}});
}

/* ---- problems ---- */

static bool is_object(struct caa_slice value) {
    return value.len > 0 && value.ptr[0] == '{';
}

static bool is_told_already(struct caa_slice problem) {
    return caa_json_walk_find(problem, "caa").len > 0;
}

static void annotate_one(struct work *work, struct caa_slice problem,
                         const struct caa_explanation *around, struct common *common) {
    struct heard heard;
    if (!is_object(problem) || is_told_already(problem) ||
        !all_pass_in(&heard, problem, around) || heard.count == 0) {
        work->stays = true;
        return;
    }
    note_common(common, &heard.told, heard.after_s);
    add_member(work, problem, extension_of_one(work, &heard));
}

/* The document by itself tells of its subproblems only; should it tell of more, that counts as
   well. */
static void annotate_several(struct work *work, struct caa_slice problem,
                             struct caa_slice subproblems,
                             const struct caa_explanation *around) {
    struct caa_json_walk walk = {.text = subproblems};
    struct caa_slice name, subproblem;
    struct common several = {0};
    struct heard heard;
    work->stays |= is_told_already(problem) || !all_pass_in(&heard, problem, around);
    while (!work->stays && caa_json_walk_next(&walk, &name, &subproblem))
        annotate_one(work, subproblem, around, &several);
    if (work->stays) return;
    note_common(&work->all, &several.first, several.after_s);
    work->all.same_fault &= several.same_fault;
    add_member(work, problem, extension_of_several(work, &several));
}

static void annotate_problem(struct work *work, struct caa_slice problem,
                             const struct caa_explanation *around) {
    struct caa_slice subproblems = caa_json_walk_find(problem, "subproblems"), name, first;
    struct caa_json_walk walk = {.text = subproblems};
    if (caa_json_walk_next(&walk, &name, &first))
        annotate_several(work, problem, subproblems, around);
    else
        annotate_one(work, problem, around, &work->all);
}

static void annotate_error(struct work *work, struct caa_slice object,
                           const struct caa_explanation *around) {
    struct caa_slice error = caa_json_walk_find(object, "error");
    if (is_object(error)) annotate_problem(work, error, around);
}

/* RFC 8555 sections 7.1.3, 7.1.4 and 8: an order and a challenge have an error, the
   authorization has challenges. */
static void annotate_object(struct work *work, struct caa_slice object,
                            const struct caa_explanation *around) {
    struct caa_json_walk walk = {.text = caa_json_walk_find(object, "challenges")};
    struct caa_slice status = caa_json_walk_find(object, "status"), name, challenge;
    if (!caa_slice_equal(status, caa_slice_of("\"invalid\""))) return;
    annotate_error(work, object, around);
    while (!work->stays && caa_json_walk_next(&walk, &name, &challenge))
        annotate_error(work, challenge, around);
}

/* ---- the body ---- */

static int compare_notes(const void *a, const void *b) {
    const struct note *left = a, *right = b;
    return left->at < right->at ? -1 : left->at > right->at;
}

static bool write_body(struct work *work, struct caa_annotation *annotation) {
    static const char key[] = ",\"caa\":";
    size_t len = work->body.len, from = 0;
    for (size_t i = 0; i < work->note_count; i++)
        len += sizeof key - 1 + strlen(work->notes[i].text);
    char *at = annotation->body = malloc(len + 1);
    if (at == NULL) return false;
    qsort(work->notes, work->note_count, sizeof work->notes[0], compare_notes);
    for (size_t i = 0; i < work->note_count; i++) {
        const struct note *note = &work->notes[i];
        at = mempcpy(at, work->body.ptr + from, note->at - from);
        at = mempcpy(at, key, sizeof key - 1);
        at = mempcpy(at, note->text, strlen(note->text));
        from = note->at;
    }
    at = mempcpy(at, work->body.ptr + from, work->body.len - from);
    *at = '\0';
    annotation->body_len = len;
    return true;
}

/* The object that the text is, without what is blank around it; empty where it is none. */
static struct caa_slice root_of(struct caa_slice body) {
    const char *first = memchr(body.ptr, '{', body.len);
    const char *last = memrchr(body.ptr, '}', body.len);
    return first == NULL || last == NULL ? caa_slice_of(NULL)
                                         : caa_slice_bytes(first, (size_t)(last - first) + 1);
}

static void annotate(struct work *work, const json_t *root, bool is_problem) {
    struct caa_explanation around = caa_explain_nothing();
    struct caa_slice object = root_of(work->body);
    caa_message_note_identifier(&around, root);
    if (is_problem)
        annotate_problem(work, object, &around);
    else
        annotate_object(work, object, &around);
}

enum caa_err caa_problem_annotate(struct caa_annotation *annotation, struct caa_slice body,
                                  bool is_problem, uint32_t said_after_s) {
    struct work work = {.body = body, .said_after_s = said_after_s};
    *annotation = (struct caa_annotation){.body = NULL};
    if (body.len == 0 || body.len > CAA_ANNOTATE_BODY_MAX) return CAA_OK;
    json_t *root = json_loadb(body.ptr, body.len, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(root)) annotate(&work, root, is_problem);
    json_decref(root);
    bool adds = !work.failed && !work.stays && work.note_count > 0;
    if (adds) {
        work.failed = !write_body(&work, annotation);
        annotation->retry_after_s = after_s(&work, work.all.after_s);
        annotation->fault = work.all.same_fault ? work.all.first.fault : CAA_FAULT_UNKNOWN;
    }
    for (size_t i = 0; i < work.note_count; i++) free(work.notes[i].text);
    free(work.notes);
    return work.failed ? CAA_ERR_NOMEM : CAA_OK;
}
