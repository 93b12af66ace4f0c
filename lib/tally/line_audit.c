#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "tally/line.h"

/* --- the values of an object whose members are spelt in more than one way */

static const json_t *member(const json_t *object, const char *const *keys) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value) {
        for (size_t i = 0; keys[i] != NULL; i++)
            if (strcasecmp(key, keys[i]) == 0) return value;
    }
    return NULL;
}

static struct caa_slice text_of(const json_t *value) {
    if (json_is_object(value)) value = json_object_get(value, "value");
    if (!json_is_string(value)) return (struct caa_slice){"", 0};
    return (struct caa_slice){json_string_value(value), json_string_length(value)};
}

static struct caa_slice member_text(const json_t *object, const char *const *keys) {
    return text_of(member(object, keys));
}

static const char *const name_keys[] = {"identifier", "hostname", "domain", "name", NULL};
static const char *const error_keys[] = {"error", NULL};
static const char *const internal_error_keys[] = {"internalError", NULL};
static const char *const owner_keys[] = {"foundAt", "found_at", "found at", NULL};
static const char *const valid_keys[] = {"validForIssuance", "valid_for_issuance",
                                         "valid for issuance", "valid", NULL};

/* --- "CAA check result" */

static void take_errors(struct caa_line_reader *reader, struct caa_slice name, int64_t at_us) {
    struct caa_tally_event event = caa_tally_event_of(&reader->errors.found[0]);
    event.source = CAA_TALLY_AUDIT;
    event.at_us = at_us;
    if (name.len > 0) event.name = name;
    caa_tally_take(reader->tally, &event);
}

/* An error that is about something else: the check of CAA itself did not fail. */
static void take_result(struct caa_line_reader *reader, const json_t *object, int64_t at_us) {
    struct caa_slice name = member_text(object, name_keys);
    struct caa_slice error = member_text(object, error_keys);
    if (error.len == 0) error = member_text(object, internal_error_keys);
    if (error.len > 0) {
        caa_error_text_read(&reader->errors, error);
        if (reader->errors.count > 0) {
            take_errors(reader, name, at_us);
            return;
        }
        reader->tally->input.not_caa++;
    }
    struct caa_tally_event event = {.source = CAA_TALLY_AUDIT, .at_us = at_us, .name = name};
    caa_tally_take(reader->tally, &event);
}

/* --- "Checked CAA records" */

static void take_held(struct caa_line_reader *reader, const struct caa_held_line *held) {
    struct caa_tally_event event = {.source = CAA_TALLY_AUDIT,
                                    .at_us = held->at_us,
                                    .failed = held->failed,
                                    .name = caa_slice_of(held->name)};
    if (held->failed) {
        event.kind = caa_slice_of(caa_problem_code(CAA_PROBLEM_FORBIDDEN));
        event.fault = CAA_TALLY_POLICY;
        event.again = CAA_AGAIN_NO;
    }
    caa_tally_take(reader->tally, &event);
}

void caa_line_end_audit(struct caa_line_reader *reader) {
    struct caa_audit *audit = &reader->audit;
    for (size_t i = 0; i < audit->held_count; i++) take_held(reader, &audit->held[i]);
    audit->held_count = 0;
}

static void hold(struct caa_line_reader *reader, const struct caa_held_line *line) {
    struct caa_audit *audit = &reader->audit;
    if (audit->state == CAA_AUDIT_RESULTS) {
        reader->tally->input.repeated++;
        return;
    }
    if (audit->state == CAA_AUDIT_HOLDING && audit->held_count == CAA_LINES_HELD_MOST) {
        caa_line_end_audit(reader);
        audit->state = CAA_AUDIT_RECORDS;
    }
    if (audit->state == CAA_AUDIT_RECORDS)
        take_held(reader, line);
    else
        audit->held[audit->held_count++] = *line;
}

static struct caa_held_line held_of(struct caa_slice name, struct caa_slice owner, bool failed,
                                    int64_t at_us) {
    struct caa_held_line line = {.at_us = at_us, .failed = failed};
    caa_explain_copy(line.name, sizeof line.name, name);
    caa_explain_copy(line.owner, sizeof line.owner, owner);
    return line;
}

static void take_records(struct caa_line_reader *reader, const json_t *object, int64_t at_us) {
    const json_t *valid = member(object, valid_keys);
    struct caa_held_line line =
        held_of(member_text(object, name_keys), member_text(object, owner_keys),
                valid != NULL && json_is_false(valid), at_us);
    hold(reader, &line);
}

/* "Checked CAA records for a.example, [Present: true, …, Valid for issuance: false, …]" */
static enum caa_line read_old_records(struct caa_line_reader *reader, struct caa_slice rest,
                                      int64_t at_us) {
    static const char refused[] = "Valid for issuance: false";
    const char *end = memchr(rest.ptr, ',', rest.len);
    if (end == NULL || end == rest.ptr) return CAA_LINE_BROKEN;
    struct caa_slice name = {rest.ptr, (size_t)(end - rest.ptr)};
    bool failed = memmem(rest.ptr, rest.len, refused, sizeof refused - 1) != NULL;
    struct caa_held_line line = held_of(name, (struct caa_slice){"", 0}, failed, at_us);
    hold(reader, &line);
    return CAA_LINE_TAKEN;
}

/* What stands behind `words`; false where the line does not have them. */
static bool behind(struct caa_slice line, const char *words, struct caa_slice *rest) {
    const char *found = memmem(line.ptr, line.len, words, strlen(words));
    if (found == NULL) return false;
    rest->ptr = found + strlen(words);
    rest->len = (size_t)(line.ptr + line.len - rest->ptr);
    return true;
}

static bool begins_results(struct caa_line_reader *reader) {
    struct caa_audit *audit = &reader->audit;
    if (audit->state == CAA_AUDIT_RECORDS) return false;
    reader->tally->input.repeated += audit->held_count;
    audit->held_count = 0;
    audit->state = CAA_AUDIT_RESULTS;
    return true;
}

enum caa_line caa_line_read_audit(struct caa_line_reader *reader, struct caa_slice line,
                                  int64_t at_us) {
    struct caa_slice rest, json;
    bool result = behind(line, "CAA check result", &rest);
    if (!result && behind(line, "Checked CAA records for ", &rest))
        return read_old_records(reader, rest, at_us);
    if (!result && !behind(line, "Checked CAA records", &rest)) return CAA_LINE_NOT_MINE;
    if (!behind(rest, "JSON=", &json)) return CAA_LINE_NOT_MINE;
    json_t *object = json_loadb(json.ptr, json.len, JSON_DISABLE_EOF_CHECK, NULL);
    if (!json_is_object(object)) {
        json_decref(object);
        return CAA_LINE_BROKEN;
    }
    if (!result)
        take_records(reader, object, at_us);
    else if (begins_results(reader))
        take_result(reader, object, at_us);
    else
        reader->tally->input.repeated++;
    json_decref(object);
    return CAA_LINE_TAKEN;
}
