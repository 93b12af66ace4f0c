#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "tally/line.h"
#include "tally/time_text.h"

enum { NAMES_MOST = CAA_ERRORS_MOST };

/* One order, read. Texts are lent from the document. */
struct order {
    int64_t at_us;
    size_t name_count;
    struct caa_slice names[NAMES_MOST];
    bool bad[NAMES_MOST];
    struct caa_slice ca;
};

/* The first member of these that there is and that is not null. */
static const json_t *first_of(const json_t *object, const char *const *keys) {
    for (size_t i = 0; keys[i] != NULL; i++) {
        const json_t *value = json_object_get(object, keys[i]);
        if (value != NULL && !json_is_null(value)) return value;
    }
    return NULL;
}

static struct caa_slice text_of(const json_t *value) {
    if (json_is_object(value)) value = json_object_get(value, "value");
    if (!json_is_string(value)) return (struct caa_slice){"", 0};
    return (struct caa_slice){json_string_value(value), json_string_length(value)};
}

static struct caa_slice member_text(const json_t *object, const char *key) {
    return text_of(json_object_get(object, key));
}

static int64_t time_of(const json_t *object) {
    static const char *const keys[] = {"time",       "timestamp",  "ts",         "at",
                                       "date",       "@timestamp", "started_at", "finished_at",
                                       "created_at", "created",    NULL};
    const json_t *value = first_of(object, keys);
    int64_t at_us;
    bool known = json_is_number(value) ? caa_time_of_number(json_number_value(value), &at_us)
                                       : caa_time_read(text_of(value), &at_us);
    return known ? at_us : CAA_TALLY_NO_TIME;
}

static void add_name(struct order *order, const json_t *value) {
    struct caa_slice name = text_of(value);
    if (name.len > 0 && order->name_count < NAMES_MOST)
        order->names[order->name_count++] = name;
}

static void read_names(struct order *order, const json_t *object) {
    static const char *const keys[] = {"names",      "name",      "domains",
                                       "domain",     "dns_names", "identifiers",
                                       "identifier", "hostname",  NULL};
    const json_t *value = first_of(object, keys);
    if (!json_is_array(value)) {
        add_name(order, value);
        return;
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        add_name(order, json_array_get(value, i));
}

/* "letsencrypt.org"; of a URL the host. */
static struct caa_slice ca_of(const json_t *object) {
    static const char *const keys[] = {"ca", "issuer", "directory", NULL};
    struct caa_slice ca = text_of(first_of(object, keys));
    const char *host = memmem(ca.ptr, ca.len, "://", 3);
    if (host == NULL) return ca;
    ca = (struct caa_slice){host + 3, ca.len - (size_t)(host + 3 - ca.ptr)};
    const char *path = memchr(ca.ptr, '/', ca.len);
    if (path != NULL) ca.len = (size_t)(path - ca.ptr);
    return ca;
}

/* --- what became of it */

enum outcome { OUTCOME_NONE, OUTCOME_GOOD, OUTCOME_BAD, OUTCOME_PENDING };

static bool is_among(struct caa_slice word, const char *const *words) {
    for (size_t i = 0; words[i] != NULL; i++)
        if (caa_slice_equal_nocase(word, caa_slice_of(words[i]))) return true;
    return false;
}

static enum outcome outcome_of(const json_t *object) {
    static const char *const keys[] = {"result", "status", "state", "success", "ok", NULL};
    static const char *const good[] = {"ok",        "valid", "issued", "success",
                                       "succeeded", "done",  "passed", NULL};
    static const char *const bad[] = {"failed",  "failure",  "error", "errored",
                                      "invalid", "rejected", NULL};
    const json_t *value = first_of(object, keys);
    if (json_is_boolean(value)) return json_is_true(value) ? OUTCOME_GOOD : OUTCOME_BAD;
    struct caa_slice word = text_of(value);
    if (word.len == 0) return OUTCOME_NONE;
    return is_among(word, good)  ? OUTCOME_GOOD
           : is_among(word, bad) ? OUTCOME_BAD
                                 : OUTCOME_PENDING;
}

/* Which name of the order an error is about; the first where it does not say. */
static size_t name_at_fault(const struct order *order, const char *name) {
    for (size_t i = 0; i < order->name_count; i++)
        if (caa_slice_equal_nocase(order->names[i], caa_slice_of(name))) return i;
    return 0;
}

static void take_failures(struct caa_line_reader *reader, struct order *order) {
    for (size_t i = 0; i < reader->errors.count; i++) {
        size_t at = name_at_fault(order, reader->errors.found[i].name);
        struct caa_tally_event event = caa_tally_event_of(&reader->errors.found[i]);
        if (order->bad[at]) continue; /* one name fails once */
        order->bad[at] = true;
        event.source = CAA_TALLY_ORDERS;
        event.at_us = order->at_us;
        event.name = order->names[at];
        if (order->ca.len > 0) event.ca = order->ca;
        caa_tally_take(reader->tally, &event);
    }
}

static void take_order(struct caa_line_reader *reader, struct order *order) {
    take_failures(reader, order);
    reader->tally->input.orders++;
    for (size_t i = 0; i < order->name_count; i++) {
        struct caa_tally_event event = {.source = CAA_TALLY_ORDERS,
                                        .at_us = order->at_us,
                                        .name = order->names[i],
                                        .ca = order->ca};
        if (!order->bad[i]) caa_tally_take(reader->tally, &event);
    }
}

/* A problem document as text for the explainer; a text as it is. */
static void read_problem(struct caa_line_reader *reader, const json_t *problem) {
    reader->errors.count = reader->errors.others = 0;
    if (json_is_string(problem)) {
        caa_error_text_read(&reader->errors, text_of(problem));
    } else if (json_is_object(problem) || json_is_array(problem)) {
        char *text = json_dumps(problem, JSON_COMPACT);
        if (text == NULL) reader->tally->err = CAA_ERR_NOMEM;
        if (text != NULL) caa_error_text_read(&reader->errors, caa_slice_of(text));
        free(text);
    }
}

static enum caa_line read_order(struct caa_line_reader *reader, const json_t *object) {
    static const char *const keys[] = {"problem", "error", "detail", NULL};
    struct order order = {.at_us = time_of(object), .ca = ca_of(object)};
    const json_t *problem = first_of(object, keys);
    enum outcome outcome = outcome_of(object);
    read_names(&order, object);
    if (order.name_count == 0 || outcome == OUTCOME_NONE) return CAA_LINE_NOT_MINE;
    if (outcome == OUTCOME_PENDING) {
        reader->tally->input.unfinished++;
        return CAA_LINE_TAKEN;
    }
    reader->errors.count = reader->errors.others = 0;
    if (outcome == OUTCOME_BAD) {
        read_problem(reader, problem != NULL ? problem : object);
        reader->tally->input.not_caa += reader->errors.count == 0;
    }
    take_order(reader, &order);
    return CAA_LINE_TAKEN;
}

/* --- lines of our own programs */

static enum caa_again again_of(const json_t *advised) {
    return json_is_true(advised)    ? CAA_AGAIN_YES
           : json_is_false(advised) ? CAA_AGAIN_NO
                                    : CAA_AGAIN_UNKNOWN;
}

/* `caa check --json`, `caa scan` */
static enum caa_line read_check(struct caa_line_reader *reader, const json_t *object) {
    struct caa_slice verdict = member_text(object, "verdict");
    const json_t *failure = json_object_get(object, "failure");
    struct caa_tally_event event = {.source = CAA_TALLY_ORDERS,
                                    .at_us = time_of(object),
                                    .name = member_text(object, "name"),
                                    .rescued = json_is_true(json_object_get(object, "rescued")),
                                    .fault = CAA_TALLY_UNKNOWN};
    bool forbidden = caa_slice_equal(verdict, caa_slice_of("forbidden"));
    bool undecided = caa_slice_equal(verdict, caa_slice_of("undecided"));
    event.failed = forbidden || undecided;
    if (!event.failed && !caa_slice_equal(verdict, caa_slice_of("allowed")))
        return CAA_LINE_TAKEN; /* an IP address, or no name: there was no check */
    if (forbidden) {
        event.fault = CAA_TALLY_POLICY;
        event.kind = caa_slice_of("forbidden");
        event.again = CAA_AGAIN_NO;
    } else if (undecided) {
        event.fault = caa_tally_fault_of_code(member_text(failure, "fault"));
        event.zone = member_text(failure, "zone");
        event.kind = member_text(failure, "kind");
        event.again = again_of(json_object_get(object, "retry_helps"));
        if (event.zone.len == 0) event.zone = member_text(object, "cause");
        if (event.kind.len == 0) event.kind = caa_slice_of("lookup");
    }
    caa_tally_take(reader->tally, &event);
    return CAA_LINE_TAKEN;
}

/* `caa explain --json` */
static enum caa_line read_explanation(struct caa_line_reader *reader, const json_t *object) {
    struct caa_slice kind = member_text(object, "problem"), zone = member_text(object, "zone");
    bool forbidden = caa_slice_equal(kind, caa_slice_of("forbidden"));
    if (!forbidden && !caa_slice_equal(member_text(object, "type"), caa_slice_of("CAA"))) {
        reader->tally->input.not_caa++;
        return CAA_LINE_TAKEN;
    }
    if (zone.len == 0 && !forbidden) zone = member_text(object, "owner");
    struct caa_tally_event event = {
        .source = CAA_TALLY_ERRORS,
        .at_us = time_of(object),
        .failed = true,
        .name = member_text(object, "name"),
        .zone = zone,
        .kind = kind,
        .ca = member_text(object, "ca"),
        .fault = caa_tally_fault_of_code(member_text(object, "fault")),
        .again = again_of(json_object_get(json_object_get(object, "retry"), "advised")),
    };
    caa_tally_take(reader->tally, &event);
    return CAA_LINE_TAKEN;
}

enum caa_line caa_line_read_order(struct caa_line_reader *reader, struct caa_slice line) {
    if (line.len < 2 || line.ptr[0] != '{' || line.ptr[line.len - 1] != '}')
        return CAA_LINE_NOT_MINE;
    json_t *object = json_loadb(line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
    if (object == NULL) return CAA_LINE_BROKEN;
    enum caa_line came_to;
    if (json_object_get(object, "verdict") != NULL)
        came_to = read_check(reader, object);
    else if (json_object_get(object, "sureness") != NULL)
        came_to = read_explanation(reader, object);
    else
        came_to = read_order(reader, object);
    json_decref(object);
    return came_to;
}
