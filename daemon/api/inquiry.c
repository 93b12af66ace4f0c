#include "daemon/api/inquiry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/engine.h"
#include "history/history.h"
#include "metric/check.h"
#include "report/json.h"
#include "report/text.h"

enum { MEMBERS_MAX = 32 + CAA_HISTORY_ID_MAX };

/* A check that goes on after its call was answered "undecided", so that its rescue is not for
   nothing: it asks the same questions, and what it finds is remembered. */
struct caad_shadow {
    struct caad_api *api;
    struct caad_request *request;
    struct caa_check *check;
    struct caad_inquiry *owner; /* NULL: it goes on by itself */
    struct caad_shadow *next, *previous;
};

struct caad_inquiry {
    struct caad_api *api;
    struct caad_request *request;
    struct caa_check *check;
    struct caad_shadow *shadow; /* NULL: none */
    struct event *later;        /* tells what needed no check */
    char client[CAA_ACCESS_NAME_MAX];
    char id[CAA_HISTORY_ID_MAX]; /* "": it is not kept */
    char *document;
    size_t document_len;
    struct caa_refusal refusal;
    bool recording;            /* the history will call back */
    struct caad_inquiry *next; /* of those that were freed and are still being recorded */
    caad_inquiry_done *done;   /* NULL: nobody wants to know any more */
    void *context;
};

static void free_shadow(struct caad_shadow *shadow) {
    struct caad_api *api = shadow->api;
    if (shadow->owner != NULL) shadow->owner->shadow = NULL;
    if (shadow->previous != NULL)
        shadow->previous->next = shadow->next;
    else
        api->shadows = shadow->next;
    if (shadow->next != NULL) shadow->next->previous = shadow->previous;
    api->shadow_count--;
    caa_check_free(shadow->check);
    caad_request_release(shadow->request);
    free(shadow);
}

static void on_shadow_checked(void *context, struct caa_check *check) {
    (void)check;
    free_shadow(context);
}

static void start_shadow(struct caad_inquiry *inquiry) {
    struct caad_api *api = inquiry->api;
    struct caad_request *request = inquiry->request;
    struct caad_shadow *shadow =
        api->shadow_count < CAAD_SHADOWS_MOST ? calloc(1, sizeof *shadow) : NULL;
    if (shadow == NULL) return;
    if (caa_engine_check(api->setting.engine, &shadow->check, &request->policy,
                         request->deadline_ms, on_shadow_checked, shadow) != CAA_OK) {
        free(shadow);
        return;
    }
    shadow->api = api;
    shadow->request = caad_request_retain(request);
    shadow->owner = inquiry;
    inquiry->shadow = shadow;
    shadow->next = api->shadows;
    if (api->shadows != NULL) api->shadows->previous = shadow;
    api->shadows = shadow;
    api->shadow_count++;
}

/* What was decided and could not be recorded is no verdict. */
static void count_end(const struct caad_inquiry *inquiry) {
    unsigned value = CAA_VALUE_VERDICT_NOT_APPLICABLE;
    if (inquiry->check != NULL)
        value = CAA_VALUE_VERDICT_ALLOWED + caa_check_result(inquiry->check)->decision.verdict;
    if (inquiry->refusal.refused) value = CAA_VALUE_VERDICT_ERROR;
    caa_metric_add(inquiry->api->setting.shard, CAA_METRIC_CHECKS, value, 1);
}

static void tell(struct caad_inquiry *inquiry) {
    count_end(inquiry);
    inquiry->api->inquiry_count--;
    caad_inquiry_done *done = inquiry->done;
    inquiry->done = NULL;
    done(inquiry->context, inquiry);
}

/* ---- the document ---- */

/* The report in words, as a JSON string; NULL when out of memory. */
static char *report_string(const struct caa_check_result *result,
                           const struct caa_text_style *style) {
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) return NULL;
    caa_text_check(out, result, style);
    bool failed = ferror(out) != 0;
    failed |= fclose(out) != 0;
    json_t *string = failed ? NULL : json_stringn(text, len);
    char *line = json_dumps(string, JSON_ENCODE_ANY);
    json_decref(string);
    free(text);
    return line;
}

/* Members that a verdict has here and not in `caa check --json`: they come first. */
static size_t write_members(char members[MEMBERS_MAX], const struct caad_inquiry *inquiry) {
    const char *quote = inquiry->id[0] == '\0' ? "" : "\"";
    const char *goes_on = "";
    if (inquiry->request->patience_ms != 0)
        goes_on = inquiry->shadow != NULL ? ",\"goes_on\":true" : ",\"goes_on\":false";
    return (size_t)snprintf(members, MEMBERS_MAX, "{\"id\":%s%s%s%s", quote,
                            inquiry->id[0] == '\0' ? "null" : inquiry->id, quote, goes_on);
}

/* `line` is an object, and freed. Every check comes by: no stream, which has a buffer. */
static void set_document(struct caad_inquiry *inquiry, char *line,
                         const struct caa_check_result *result) {
    static const char report_key[] = ",\"report\":";
    char members[MEMBERS_MAX];
    bool wants_report = inquiry->request->wants_report && result != NULL;
    char *report = wants_report ? report_string(result, &inquiry->request->style) : NULL;
    size_t len = line == NULL ? 0 : strlen(line);
    size_t report_len = report == NULL ? 0 : strlen(report);
    char *document =
        line == NULL ? NULL : malloc(MEMBERS_MAX + sizeof report_key + report_len + len);
    if (document != NULL) {
        char *at = mempcpy(document, members, write_members(members, inquiry));
        if (report != NULL)
            at = mempcpy(mempcpy(at, report_key, sizeof report_key - 1), report, report_len);
        *at++ = ',';
        at = mempcpy(at, line + 1, len - 1);
        inquiry->document_len = (size_t)(at - document);
    } else {
        caa_refusal_set(&inquiry->refusal, CAA_USE_INTERNAL, NULL, "out of memory");
    }
    inquiry->document = document;
    free(report);
    free(line);
}

/* ---- the record ---- */

static void on_recorded(void *context, enum caa_err err, const char *why);

static void unlink_dropped(struct caad_inquiry *inquiry) {
    struct caad_inquiry **at = &inquiry->api->dropped;
    while (*at != inquiry) at = &(*at)->next;
    *at = inquiry->next;
}

static void refuse_unrecorded(struct caad_inquiry *inquiry, const char *why) {
    caa_refusal_set(&inquiry->refusal, CAA_USE_NO_RECORD, NULL, "%s", why);
    inquiry->refusal.retry_after_s = 5;
}

static void on_recorded(void *context, enum caa_err err, const char *why) {
    struct caad_inquiry *inquiry = context;
    inquiry->recording = false;
    if (err != CAA_OK) refuse_unrecorded(inquiry, why[0] == '\0' ? caa_err_text(err) : why);
    if (inquiry->done == NULL) {
        count_end(inquiry);
        unlink_dropped(inquiry);
        caad_inquiry_free(inquiry);
        return;
    }
    tell(inquiry);
}

static bool audit_is_required(const struct caad_inquiry *inquiry) {
    return inquiry->api->setting.conf->history.audit == CAAD_AUDIT_REQUIRED;
}

static enum caa_err make_record(struct caad_inquiry *inquiry, const char *line,
                                const struct caa_check_result *result,
                                struct caa_history_record **record) {
    const struct caa_history_about about = {
        .id = inquiry->id, .client = inquiry->client, .document = line};
    if (result != NULL) return caa_history_record_of_check(record, result, &about);
    return caa_history_record_of_event(record, "check", inquiry->request->identifier.text,
                                       "not-applicable", caa_clock_wall_us(inquiry->api->clock),
                                       &about);
}

/* True: the history will call back before anything is told. */
static bool record(struct caad_inquiry *inquiry, const char *line,
                   const struct caa_check_result *result) {
    struct caa_history_record *record = NULL;
    if (inquiry->id[0] == '\0') return false;
    enum caa_err err = make_record(inquiry, line, result, &record);
    if (err != CAA_OK) {
        if (audit_is_required(inquiry)) refuse_unrecorded(inquiry, caa_err_text(err));
        return false;
    }
    inquiry->recording = audit_is_required(inquiry);
    caa_history_put(inquiry->api->setting.history, record,
                    inquiry->recording ? on_recorded : NULL, inquiry);
    return inquiry->recording;
}

static bool name_record(struct caad_inquiry *inquiry) {
    if (inquiry->api->setting.history == NULL) return true;
    if (caa_history_id_make(inquiry->id) == CAA_OK) return true;
    inquiry->id[0] = '\0';
    if (!audit_is_required(inquiry)) return true;
    refuse_unrecorded(inquiry, "the system has no randomness");
    return false;
}

/* ---- the check ---- */

static void on_checked(void *context, struct caa_check *check) {
    struct caad_inquiry *inquiry = context;
    const struct caa_check_result *result = caa_check_result(check);
    caa_metric_count_check(inquiry->api->setting.shard, result);
    if (!result->deadline_passed && inquiry->shadow != NULL) free_shadow(inquiry->shadow);
    bool waits = false;
    if (name_record(inquiry)) {
        char *line = caa_json_check(result, caa_engine_source(inquiry->api->setting.engine),
                                    inquiry->id[0] == '\0' ? NULL : inquiry->id);
        waits = line != NULL && record(inquiry, line, result);
        set_document(inquiry, line, result);
    }
    if (!waits) tell(inquiry);
}

static void on_later(evutil_socket_t fd, short events, void *context) {
    struct caad_inquiry *inquiry = context;
    const struct caa_identifier *identifier = &inquiry->request->identifier;
    bool is_ip = identifier->kind == CAA_IDENTIFIER_IP;
    struct caa_diag why;
    (void)fd;
    (void)events;
    caa_diag_set(&why,
                 is_ip ? "%s is an IP address, and CAA speaks of domain names only"
                       : "%s is an .onion name, which is never looked up in the DNS "
                         "(RFC 7686); its own mechanism is RFC 9799",
                 identifier->text);
    bool waits = false;
    if (name_record(inquiry)) {
        char *line =
            caa_json_unchecked(caa_slice_of(identifier->text),
                               is_ip ? CAA_PROBLEM_IP_ADDRESS : CAA_PROBLEM_ONION, why.text);
        waits = line != NULL && record(inquiry, line, NULL);
        set_document(inquiry, line, NULL);
    }
    if (!waits) tell(inquiry);
}

static enum caa_err start_check(struct caad_inquiry *inquiry) {
    const struct caad_request *request = inquiry->request;
    uint32_t deadline_ms = request->deadline_ms;
    if (request->identifier.kind != CAA_IDENTIFIER_DNS) {
        inquiry->later = evtimer_new(inquiry->api->setting.base, on_later, inquiry);
        if (inquiry->later == NULL) return CAA_ERR_NOMEM;
        event_active(inquiry->later, EV_TIMEOUT, 0);
        return CAA_OK;
    }
    bool is_impatient = request->patience_ms != 0 && request->patience_ms < deadline_ms;
    enum caa_err err = caa_engine_check_for(
        inquiry->api->setting.engine, caa_hash(caa_slice_of(inquiry->client), 0),
        &inquiry->check, &request->policy, is_impatient ? request->patience_ms : deadline_ms,
        on_checked, inquiry);
    if (err == CAA_OK && is_impatient) start_shadow(inquiry);
    return err;
}

enum caa_err caad_inquiry_start(struct caad_inquiry **started, struct caad_api *api,
                                struct caad_request *request, const char *client,
                                caad_inquiry_done *done, void *context) {
    struct caad_inquiry *inquiry = calloc(1, sizeof *inquiry);
    if (inquiry == NULL) return CAA_ERR_NOMEM;
    inquiry->api = api;
    inquiry->request = caad_request_retain(request);
    inquiry->context = context;
    snprintf(inquiry->client, sizeof inquiry->client, "%s", client);
    enum caa_err err = start_check(inquiry);
    if (err != CAA_OK) {
        caad_inquiry_free(inquiry);
        return err;
    }
    inquiry->done = done;
    api->inquiry_count++;
    *started = inquiry;
    return CAA_OK;
}

const char *caad_inquiry_document(const struct caad_inquiry *inquiry, size_t *len) {
    *len = inquiry->document_len;
    return inquiry->refusal.refused ? NULL : inquiry->document;
}

const struct caa_refusal *caad_inquiry_refusal(const struct caad_inquiry *inquiry) {
    return &inquiry->refusal;
}

char *caad_inquiry_take_document(struct caad_inquiry *inquiry, size_t *len) {
    char *document = inquiry->refusal.refused ? NULL : inquiry->document;
    if (document != NULL) inquiry->document = NULL;
    *len = inquiry->document_len;
    return document;
}

void caad_inquiry_free(struct caad_inquiry *inquiry) {
    if (inquiry == NULL) return;
    struct caad_api *api = inquiry->api;
    if (inquiry->done != NULL) api->inquiry_count--;
    inquiry->done = NULL;
    if (inquiry->recording) { /* which cannot be called off */
        inquiry->next = api->dropped;
        api->dropped = inquiry;
        return;
    }
    if (inquiry->shadow != NULL) inquiry->shadow->owner = NULL;
    caa_check_free(inquiry->check);
    caad_request_release(inquiry->request);
    if (inquiry->later != NULL) event_free(inquiry->later);
    free(inquiry->document);
    free(inquiry);
}

void caad_inquiries_free(struct caad_api *api) {
    for (struct caad_shadow *shadow = api->shadows, *next; shadow != NULL; shadow = next) {
        next = shadow->next;
        free_shadow(shadow);
    }
    while (api->dropped != NULL) {
        struct caad_inquiry *inquiry = api->dropped;
        api->dropped = inquiry->next;
        inquiry->recording = false;
        caad_inquiry_free(inquiry);
    }
}
