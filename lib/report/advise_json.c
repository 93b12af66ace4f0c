#include <stdlib.h>

#include "report/advise.h"
#include "report/json_writer.h"
#include "report/sentence.h"

static void put_records(struct caa_json_writer *w, const struct caa_advice *advice) {
    caa_json_open(w, "records", '[');
    for (size_t i = 0; i < advice->record_count; i++) {
        char *text = caa_advise_record_text(advice->records[i].rdata);
        w->failed |= text == NULL;
        caa_json_open(w, NULL, '{');
        caa_json_put_text(w, "change", caa_advice_change_code(advice->records[i].change));
        caa_json_put_text(w, "record", text == NULL ? "" : text);
        caa_json_close(w, '}');
        free(text);
    }
    caa_json_close(w, ']');
}

/* The form as a text; a change batch as the object that it is. */
static void put_form(struct caa_json_writer *w, const struct caa_advice *advice,
                     enum caa_advise_form form) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    bool ok = out != NULL && caa_advise_write_form(out, advice, form);
    ok = out != NULL && fclose(out) == 0 && ok;
    w->failed |= !ok;
    if (ok && form == CAA_ADVISE_ROUTE53)
        caa_json_put_value(w, caa_advise_form_code(form), json_loadb(text, len, 0, NULL));
    else if (ok)
        caa_json_put_value(w, caa_advise_form_code(form), json_stringn(text, len));
    free(text);
}

static void put_set(struct caa_json_writer *w, const struct caa_advise_report *report) {
    const struct caa_advice *advice = report->advice;
    caa_json_open(w, "publish", '{');
    put_form(w, advice, CAA_ADVISE_ZONE);
    put_form(w, advice, CAA_ADVISE_NSUPDATE);
    put_form(w, advice, CAA_ADVISE_ROUTE53);
    caa_json_close(w, '}');
    caa_json_put_integer(w, "ttl_s", advice->ttl_s);
    caa_json_put_integer(w, "wait_s", advice->wait_s);
}

static void put_no_set(struct caa_json_writer *w) {
    caa_json_put_null(w, "publish");
    caa_json_put_null(w, "ttl_s");
    caa_json_put_null(w, "wait_s");
}

static void put_risks(struct caa_json_writer *w, const struct caa_advice *advice) {
    caa_json_open(w, "risks", '[');
    for (size_t i = 0; i < advice->risk_count; i++) {
        const struct caa_advice_risk *risk = &advice->risks[i];
        caa_json_open(w, NULL, '{');
        caa_json_put_text(w, "code", caa_risk_code(risk->kind));
        if (risk->about.len > 0)
            caa_json_put_string(w, "about", risk->about);
        else
            caa_json_put_null(w, "about");
        caa_json_put_text(w, "text", caa_risk_text(risk->kind));
        caa_json_close(w, '}');
    }
    caa_json_close(w, ']');
}

static void put_slice_or_null(struct caa_json_writer *w, const char *key, struct caa_slice s) {
    if (s.len > 0)
        caa_json_put_string(w, key, s);
    else
        caa_json_put_null(w, key);
}

static void put_effects(struct caa_json_writer *w, const struct caa_advise_report *report) {
    if (!report->in_use_given) {
        caa_json_put_null(w, "in_use");
        return;
    }
    caa_json_open(w, "in_use", '[');
    for (size_t i = 0; i < report->effect_count; i++) {
        const struct caa_advise_effect *at = &report->effects[i];
        caa_json_open(w, NULL, '{');
        caa_json_put_text(w, "name", at->in_use->identifier.text);
        caa_json_put_string(w, "issuer", at->in_use->issuer);
        put_slice_or_null(w, "account", at->in_use->account);
        put_slice_or_null(w, "method", at->in_use->method);
        caa_json_put_integer(w, "line", (int64_t)at->in_use->line);
        caa_json_put_text(w, "effect", caa_in_use_effect_code(at->effect));
        if (at->shield == NULL)
            caa_json_put_null(w, "shielded_by");
        else
            caa_json_put_name(w, "shielded_by", at->shield);
        caa_json_close(w, '}');
    }
    caa_json_close(w, ']');
}

static void put_server(struct caa_json_writer *w, const struct caa_served_server *at) {
    char address[CAA_EVIDENCE_ADDRESS_MAX];
    caa_address_to_text(&at->server->address, address);
    caa_json_open(w, NULL, '{');
    if (at->server->ns == NULL)
        caa_json_put_null(w, "name");
    else
        caa_json_put_name(w, "name", &at->server->ns->name);
    caa_json_put_text(w, "address", address);
    caa_json_put_text(w, "served", caa_served_code(at->served));
    caa_json_put_integer(w, "records", (int64_t)at->record_count);
    caa_json_put_text(w, "state", caa_server_state_code(at->server->state));
    caa_json_close(w, '}');
}

static void put_verified(struct caa_json_writer *w, const struct caa_advise_report *report) {
    const struct caa_served_zone *served = report->served;
    if (served == NULL) {
        caa_json_put_null(w, "verified");
        return;
    }
    caa_json_open(w, "verified", '{');
    if (served->zone == NULL)
        caa_json_put_null(w, "zone");
    else
        caa_json_put_name(w, "zone", &served->zone->name);
    caa_json_put_boolean(w, "ends_climb", report->ends_climb);
    caa_json_put_text(w, "verdict", caa_verdict_code(report->of_name->decision.verdict));
    caa_json_put_boolean(w, "agree", served->agree);
    caa_json_put_boolean(w, "cut", served->cut);
    caa_json_open(w, "servers", '[');
    for (size_t i = 0; i < served->count; i++) put_server(w, &served->servers[i]);
    caa_json_close(w, ']');
    caa_json_close(w, '}');
}

static const char *verdict_code(enum caa_advise_verdict verdict) {
    switch (verdict) {
    case CAA_ADVISE_GOOD: return "good";
    case CAA_ADVISE_TRY_AGAIN: return "try-again";
    case CAA_ADVISE_MEND: return "mend-first";
    case CAA_ADVISE_BAD: return "bad";
    }
    return "?";
}

char *caa_json_advice(const struct caa_advise_report *report) {
    const struct caa_advice *advice = report->advice;
    struct caa_json_writer w = {0};
    char text[CAA_SENTENCE_MAX];
    struct caa_writer writer = caa_writer_into(text, sizeof text);
    caa_json_open(&w, NULL, '{');
    caa_sentence_subject(&advice->wish, &writer);
    caa_json_put_text(&w, "name", text);
    caa_json_put_name(&w, "domain", &advice->domain);
    caa_json_open(&w, "issuers", '[');
    for (size_t i = 0; i < advice->wish.issuer_domain_name_count; i++)
        caa_json_put_string(&w, NULL, advice->wish.issuer_domain_names[i]);
    caa_json_close(&w, ']');
    caa_json_put_text(&w, "outcome", verdict_code(caa_advise_verdict_of(report)));
    caa_json_put_text(&w, "state", caa_advice_state_code(advice->state));
    writer = caa_writer_into(text, sizeof text);
    caa_advise_sentence(report, &writer);
    caa_json_put_text(&w, "text", text);
    put_records(&w, advice);
    if (caa_advise_has_set(report))
        put_set(&w, report);
    else
        put_no_set(&w);
    put_risks(&w, advice);
    put_effects(&w, report);
    put_verified(&w, report);
    caa_json_put_text(&w, "source", report->source);
    caa_json_close(&w, '}');
    return caa_json_writer_end(&w);
}
