/* What was decided, and how zones did: GET /v1/checks/{id} and GET /v1/zones/{zone}. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/state.h"
#include "history/read.h"

enum { ZONE_HOURS = 24 };

/* A read that the history answers later; the call may be gone by then. */
struct reading {
    struct caad_api *api;
    struct caa_call *call; /* NULL: gone */
    struct reading *next;
    char zone[CAA_NAME_TEXT_MAX];
    int64_t since_us;
};

static void drop(void *work) {
    struct reading *reading = work;
    reading->call = NULL;
}

static void free_reading(struct reading *reading) {
    struct reading **at = &reading->api->readings;
    while (*at != reading) at = &(*at)->next;
    *at = reading->next;
    free(reading);
}

void caad_readings_free(struct caad_api *api) {
    while (api->readings != NULL) free_reading(api->readings);
}

static void refuse(struct caa_call *call, enum caa_use use, const char *why) {
    struct caa_refusal refusal;
    caa_refusal_set(&refusal, use, NULL, "%s", why);
    if (caa_use_status(use) == 503) refusal.retry_after_s = 5;
    caa_call_refuse(call, &refusal);
}

/* NULL where there is no history, or no memory: the call is answered then. */
static struct reading *begin(struct caad_api *api, struct caa_call *call) {
    if (api->setting.history == NULL) {
        refuse(call, CAA_USE_NOT_FOUND, "this server keeps no history");
        return NULL;
    }
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading == NULL) {
        refuse(call, CAA_USE_INTERNAL, "out of memory");
        return NULL;
    }
    *reading = (struct reading){.api = api, .call = call, .next = api->readings};
    api->readings = reading;
    caa_call_keep(call, reading, drop);
    return reading;
}

static void fail(struct reading *reading, enum caa_err err, const char *why) {
    enum caa_use use = err == CAA_ERR_LIMIT     ? CAA_USE_BUSY
                       : err == CAA_ERR_HISTORY ? CAA_USE_NO_RECORD
                                                : CAA_USE_INTERNAL;
    refuse(reading->call, use, why[0] == '\0' ? caa_err_text(err) : why);
}

/* For a read that did not start. */
static void give_up(struct reading *reading, enum caa_err err) {
    caa_call_keep(reading->call, NULL, NULL);
    fail(reading, err, "");
    free_reading(reading);
}

static json_t *string_or_null(const char *text) {
    return text == NULL ? json_null() : json_string(text);
}

static json_t *time_or_null(int64_t wall_us) {
    char text[CAA_TIME_TEXT_MAX];
    if (wall_us < 0) return json_null();
    caa_time_to_text(wall_us, text);
    return json_string(text);
}

static json_t *ms_or_null(int64_t us) {
    return us < 0 ? json_null() : json_real((double)us / 1000);
}

/* ---- one record ---- */

static json_t *record_object(const struct caa_history_view *view) {
    json_t *object = json_object();
    json_object_set_new(object, "id", string_or_null(view->id));
    json_object_set_new(object, "kind", string_or_null(view->kind));
    json_object_set_new(object, "name", string_or_null(view->name));
    json_object_set_new(object, "verdict", string_or_null(view->verdict));
    json_object_set_new(object, "client", string_or_null(view->client));
    json_object_set_new(object, "started_at", time_or_null(view->started_at_us));
    json_object_set_new(object, "elapsed_ms", ms_or_null(view->elapsed_us));
    json_t *document =
        view->document == NULL ? NULL : json_loads(view->document, JSON_ALLOW_NUL, NULL);
    json_object_set_new(object, "document", document == NULL ? json_null() : document);
    return object;
}

static void on_record(void *context, enum caa_err err, const char *why,
                      const struct caa_history_view *view) {
    struct reading *reading = context;
    struct caa_call *call = reading->call;
    if (call != NULL) {
        caa_call_keep(call, NULL, NULL);
        if (err != CAA_OK)
            fail(reading, err, why);
        else if (view == NULL)
            refuse(call, CAA_USE_NOT_FOUND, "there is no such check");
        else
            caad_answer_json(call, 200, record_object(view));
    }
    free_reading(reading);
}

void caad_record_start(void *context, struct caa_call *call) {
    char id[CAA_HISTORY_ID_MAX];
    struct caa_slice given = caa_call_parameter(call, 0);
    struct reading *reading = begin(context, call);
    if (reading == NULL) return;
    if (given.len >= sizeof id) given.len = 0; /* which no record has */
    memcpy(id, given.ptr, given.len);
    id[given.len] = '\0';
    enum caa_err err = caa_history_get(reading->api->setting.history, id, on_record, reading);
    if (err != CAA_OK) give_up(reading, err);
}

/* ---- a zone ---- */

static json_t *failure_array(const struct caa_history_zone_view *view) {
    json_t *array = json_array();
    for (size_t i = 0; i < view->failure_count; i++) {
        const struct caa_history_zone_failure *failure = &view->failures[i];
        json_t *object = json_object();
        json_object_set_new(object, "kind", string_or_null(failure->failure));
        json_object_set_new(object, "fault", string_or_null(failure->fault));
        json_object_set_new(object, "lookups", json_integer((json_int_t)failure->lookups));
        json_object_set_new(object, "failed", json_integer((json_int_t)failure->failed));
        json_object_set_new(object, "last_at", time_or_null(failure->last_at_us));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *server_array(const struct caa_history_zone_view *view) {
    json_t *array = json_array();
    for (size_t i = 0; i < view->server_count; i++) {
        const struct caa_history_zone_server *server = &view->servers[i];
        json_t *object = json_object();
        json_object_set_new(object, "server", string_or_null(server->server));
        json_object_set_new(object, "address", string_or_null(server->address));
        json_object_set_new(object, "transport", string_or_null(server->transport));
        json_object_set_new(object, "kind", string_or_null(server->failure));
        json_object_set_new(object, "exchanges", json_integer((json_int_t)server->exchanges));
        json_object_set_new(object, "last_at", time_or_null(server->last_at_us));
        json_object_set_new(object, "round_trip_ms", ms_or_null(server->round_trip_us));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *recent_array(const struct caa_history_zone_view *view) {
    json_t *array = json_array();
    for (size_t i = 0; i < view->recent_count; i++) {
        const struct caa_history_zone_lookup *lookup = &view->recent[i];
        json_t *object = json_object();
        json_object_set_new(object, "id", string_or_null(lookup->record_id));
        json_object_set_new(object, "name", string_or_null(lookup->name));
        json_object_set_new(object, "started_at", time_or_null(lookup->started_at_us));
        json_object_set_new(object, "elapsed_ms", ms_or_null(lookup->elapsed_us));
        json_object_set_new(object, "outcome", string_or_null(lookup->outcome));
        json_object_set_new(object, "failed", json_boolean(lookup->failed));
        json_object_set_new(object, "rescued", json_boolean(lookup->rescued));
        json_object_set_new(object, "zone", string_or_null(lookup->zone));
        json_object_set_new(object, "fault", string_or_null(lookup->fault));
        json_object_set_new(object, "kind", string_or_null(lookup->failure));
        json_array_append_new(array, object);
    }
    return array;
}

static json_t *zone_object(const struct reading *reading,
                           const struct caa_history_zone_view *view) {
    json_t *object = json_object();
    json_object_set_new(object, "zone", json_string(reading->zone));
    json_object_set_new(object, "since", time_or_null(reading->since_us));
    json_object_set_new(object, "lookups", json_integer((json_int_t)view->lookups));
    json_object_set_new(object, "failed", json_integer((json_int_t)view->failed));
    json_object_set_new(object, "rescued", json_integer((json_int_t)view->rescued));
    json_object_set_new(object, "failures", failure_array(view));
    json_object_set_new(object, "servers", server_array(view));
    json_object_set_new(object, "recent", recent_array(view));
    return object;
}

static void on_zone(void *context, enum caa_err err, const char *why,
                    const struct caa_history_zone_view *view) {
    struct reading *reading = context;
    struct caa_call *call = reading->call;
    if (call != NULL) {
        caa_call_keep(call, NULL, NULL);
        if (err != CAA_OK)
            fail(reading, err, why);
        else
            caad_answer_json(call, 200, zone_object(reading, view));
    }
    free_reading(reading);
}

/* "." is the root; anything else is a domain name as people type it. */
static bool read_zone(char zone[CAA_NAME_TEXT_MAX], struct caa_slice given,
                      struct caa_refusal *refusal) {
    struct caa_identifier identifier;
    struct caa_diag why = {.text = ""};
    if (caa_slice_equal(given, caa_slice_of("."))) {
        memcpy(zone, ".", sizeof ".");
        return true;
    }
    if (caa_identifier_parse(&identifier, given, &why) == CAA_OK &&
        identifier.kind == CAA_IDENTIFIER_DNS && !identifier.wildcard) {
        caa_name_to_text(&identifier.name, zone);
        return true;
    }
    caa_refusal_set(refusal, CAA_USE_BAD_REQUEST, NULL, "'%.*s' is not the name of a zone%s%s",
                    (int)(given.len < 300 ? given.len : 300), given.ptr,
                    why.text[0] == '\0' ? "" : ": ", why.text);
    return false;
}

void caad_zone_start(void *context, struct caa_call *call) {
    struct caad_api *api = context;
    struct caa_refusal refusal;
    char zone[CAA_NAME_TEXT_MAX] = "";
    if (!read_zone(zone, caa_call_parameter(call, 0), &refusal)) {
        caa_call_refuse(call, &refusal);
        return;
    }
    struct reading *reading = begin(api, call);
    if (reading == NULL) return;
    memcpy(reading->zone, zone, sizeof reading->zone);
    reading->since_us = caa_clock_wall_us(api->clock) - (int64_t)ZONE_HOURS * 3600 * 1000000;
    enum caa_err err = caa_history_zone(api->setting.history, reading->zone, reading->since_us,
                                        on_zone, reading);
    if (err != CAA_OK) give_up(reading, err);
}
