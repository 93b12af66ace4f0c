#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "record/record.h"
#include "report/advise.h"

enum { OCTETS_PER_OCTET = 4 /* \DDD */, AROUND_THEM = 300 };

char *caa_advise_record_text(struct caa_slice rdata) {
    struct caa_record record;
    size_t size = rdata.len * OCTETS_PER_OCTET + AROUND_THEM;
    char *text = malloc(size);
    if (text == NULL) return NULL;
    struct caa_writer writer = caa_writer_into(text, size);
    if (caa_record_from_wire(&record, rdata, NULL) == CAA_OK)
        caa_record_to_text(&record, &writer);
    return text;
}

bool caa_advise_has_set(const struct caa_advise_report *report) {
    return report->advice->state == CAA_ADVICE_PUBLISH ||
           report->advice->state == CAA_ADVICE_PUBLISHED;
}

/* Writes a line for each record, `before` and `after` the record. */
static bool write_records(FILE *out, const struct caa_advice *advice, bool of_today,
                          const char *before, const char *after) {
    enum caa_advice_change left_out = of_today ? CAA_ADVICE_ADDED : CAA_ADVICE_TAKEN_OUT;
    for (size_t i = 0; i < advice->record_count; i++) {
        if (advice->records[i].change == left_out) continue;
        char *text = caa_advise_record_text(advice->records[i].rdata);
        if (text == NULL) return false;
        fprintf(out, "%s%s%s", before, text, after);
        free(text);
    }
    return true;
}

/* "a.example. 3600 IN CAA " */
static void write_owner(struct caa_writer *out, const struct caa_advice *advice,
                        const char *word, bool with_ttl) {
    char domain[CAA_NAME_TEXT_MAX];
    caa_name_to_text(&advice->domain, domain);
    caa_writer_text(out, word);
    caa_writer_text(out, domain);
    caa_writer_text(out, ". ");
    if (with_ttl) caa_writer_number(out, advice->ttl_s);
    caa_writer_text(out, with_ttl ? " IN CAA " : "CAA ");
}

static bool write_zone(FILE *out, const struct caa_advice *advice) {
    char owner[CAA_NAME_TEXT_MAX + 64];
    struct caa_writer writer = caa_writer_into(owner, sizeof owner);
    write_owner(&writer, advice, "", true);
    return write_records(out, advice, false, owner, "\n");
}

static bool write_nsupdate(FILE *out, const struct caa_advice *advice) {
    char owner[CAA_NAME_TEXT_MAX + 64];
    struct caa_writer writer = caa_writer_into(owner, sizeof owner);
    write_owner(&writer, advice, "prereq yxrrset ", false);
    bool ok = write_records(out, advice, true, owner, "\n");
    writer = caa_writer_into(owner, sizeof owner);
    write_owner(&writer, advice, "", false);
    owner[writer.len - 1] = '\0'; /* no RDATA follows */
    if (advice->today->rdata_count == 0)
        fprintf(out, "prereq nxrrset %s\n", owner);
    else
        fprintf(out, "update delete %s\n", owner);
    writer = caa_writer_into(owner, sizeof owner);
    write_owner(&writer, advice, "update add ", true);
    ok = ok && write_records(out, advice, false, owner, "\n");
    fputs("send\n", out);
    return ok;
}

static json_t *route53_records(const struct caa_advice *advice) {
    json_t *records = json_array();
    for (size_t i = 0; i < advice->record_count; i++) {
        if (advice->records[i].change == CAA_ADVICE_TAKEN_OUT) continue;
        char *text = caa_advise_record_text(advice->records[i].rdata);
        json_array_append_new(records, json_pack("{s:s}", "Value", text == NULL ? "" : text));
        free(text);
        if (text == NULL) {
            json_decref(records);
            return NULL;
        }
    }
    return records;
}

static bool write_route53(FILE *out, const struct caa_advice *advice) {
    char name[CAA_NAME_TEXT_MAX + 1];
    size_t len = caa_name_to_text(&advice->domain, name);
    name[len] = '.';
    name[len + 1] = '\0';
    json_t *batch = json_pack(
        "{s:s, s:[{s:s, s:{s:s, s:s, s:I, s:o}}]}", "Comment", "CAA as advised by caa advise",
        "Changes", "Action", "UPSERT", "ResourceRecordSet", "Name", name, "Type", "CAA", "TTL",
        (json_int_t)advice->ttl_s, "ResourceRecords", route53_records(advice));
    if (batch == NULL) return false;
    char *text = json_dumps(batch, JSON_INDENT(2));
    json_decref(batch);
    if (text != NULL) fprintf(out, "%s\n", text);
    free(text);
    return text != NULL;
}

bool caa_advise_write_form(FILE *out, const struct caa_advice *advice,
                           enum caa_advise_form form) {
    switch (form) {
    case CAA_ADVISE_ZONE: return write_zone(out, advice);
    case CAA_ADVISE_NSUPDATE: return write_nsupdate(out, advice);
    case CAA_ADVISE_ROUTE53: return write_route53(out, advice);
    }
    return false;
}

const char *caa_advise_form_code(enum caa_advise_form form) {
    switch (form) {
    case CAA_ADVISE_ZONE: return "zone";
    case CAA_ADVISE_NSUPDATE: return "nsupdate";
    case CAA_ADVISE_ROUTE53: return "route53";
    }
    return "?";
}
