/* Checks to put on record: most are allowed, each tenth fails with the evidence of a TLD's
   thirteen servers. */
#ifndef CAA_TESTS_HISTORY_CHECKS_H
#define CAA_TESTS_HISTORY_CHECKS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "history/history.h"

enum { CHECK_LEVELS = 3, CHECK_SERVERS = 13 };

struct made_check {
    struct caa_name names[CHECK_LEVELS];
    struct caa_evidence_item items[CHECK_SERVERS];
    struct caa_evidence evidence;
    struct caa_answer answers[CHECK_LEVELS];
    struct caa_level levels[CHECK_LEVELS];
    struct caa_check_result result;
};

static inline struct caa_name check_name(const char *text) {
    struct caa_name name;
    if (caa_name_from_text(&name, caa_slice_of(text), NULL) != CAA_OK) exit(2);
    return name;
}

static inline void check_set_answers(struct made_check *c, bool cached, bool fails,
                                     int64_t now_us) {
    for (int i = 0; i < CHECK_LEVELS; i++) {
        bool failed = fails && i == CHECK_LEVELS - 1;
        c->answers[i] = (struct caa_answer){
            .owner = c->names[i],
            .type = CAA_TYPE_CAA,
            .outcome = failed ? CAA_OUTCOME_SERVFAIL : CAA_OUTCOME_NODATA,
            .security = failed ? CAA_SECURITY_INDETERMINATE : CAA_SECURITY_INSECURE,
            .ede = -1,
            .observed_at_us = cached ? now_us - 10 : now_us + 10,
            .reason = failed ? "no server answers" : "",
            .evidence = failed ? &c->evidence : NULL};
        c->levels[i] = (struct caa_level){&c->names[i], &c->answers[i], 12000};
    }
}

static inline void check_set_evidence(struct made_check *c, int64_t now_us) {
    for (int i = 0; i < CHECK_SERVERS; i++) {
        c->items[i] = (struct caa_evidence_item){.zone = c->names[2],
                                                 .server = check_name("a.servers.net"),
                                                 .sent_at_us = now_us + i,
                                                 .round_trip_us = 1000,
                                                 .failure = CAA_FAILURE_SERVFAIL,
                                                 .rcode = 2,
                                                 .ede = -1,
                                                 .size = 40};
        (void)snprintf(c->items[i].address, sizeof c->items[i].address, "192.0.2.%d", i + 1);
    }
    c->evidence = (struct caa_evidence){.zone = c->names[2],
                                        .fault = CAA_FAULT_REGISTRY,
                                        .failure = CAA_FAILURE_SERVFAIL,
                                        .retry_advised = true,
                                        .retry_after_s = 60,
                                        .retry_why = "",
                                        .reason = "",
                                        .item_count = CHECK_SERVERS,
                                        .items = c->items};
}

/* The `number`th check, as its engine would leave it; where all its answers were `cached`, none
   fails. */
static inline void check_make(struct made_check *c, bool cached, size_t number) {
    int64_t now_us = caa_clock_wall_us(caa_clock_system());
    bool fails = !cached && number % 10 == 9;
    char name[64];
    memset(c, 0, sizeof *c);
    (void)snprintf(name, sizeof name, "customer-%zu.deno.net", number);
    c->names[0] = check_name(name);
    c->names[1] = check_name("deno.net");
    c->names[2] = check_name("net");
    check_set_evidence(c, now_us);
    check_set_answers(c, cached, fails, now_us);
    c->result = (struct caa_check_result){
        .request = {.name = c->names[0], .wildcard = true},
        .decision = {.decided = true,
                     .verdict = fails ? CAA_VERDICT_UNDECIDED : CAA_VERDICT_ALLOWED,
                     .rule = fails ? CAA_RULE_LOOKUP_FAILED : CAA_RULE_NO_RECORDS,
                     .level = fails ? 2 : CAA_LEVEL_NONE,
                     .cause = fails ? 2 : CAA_LEVEL_NONE},
        .level_count = CHECK_LEVELS,
        .levels = c->levels,
        .started_at_us = now_us,
        .elapsed_us = 12345};
}

/* Its record, with a document as long as a real one. NULL when out of memory. */
static inline struct caa_history_record *check_record(bool cached, size_t number,
                                                      char id[CAA_HISTORY_ID_MAX]) {
    static const char document[] =
        "{\"name\":\"*.customer.deno.net\",\"wildcard\":true,\"purpose\":\"tls\",\"issuers\":["
        "\"letsencrypt.org\"],\"accounts\":[],\"methods\":[\"dns-01\"],\"verdict\":\"allowed\","
        "\"rule\":\"no-records\",\"text\":\"no CAA record at customer.deno.net, deno.net or "
        "net, "
        "so any CA may "
        "issue\",\"advice\":\"\",\"decided_at\":null,\"cause\":null,\"record\":null,"
        "\"needs\":[],\"retry_helps\":null,\"rescued\":false,\"failure\":null,\"problem\":null,"
        "\"levels\":[{\"name\":\"customer.deno.net\",\"elapsed_ms\":12.301,"
        "\"outcome\":\"nodata\",\"security\":\"insecure\",\"rcode\":0,\"ttl_s\":900,"
        "\"observed_at\":\"2026-11-30T02:20:44.205Z\",\"aliases\":[],\"records\":[],"
        "\"rescued\":false},{\"name\":\"deno.net\",\"elapsed_ms\":12.301,\"outcome\":"
        "\"nodata\","
        "\"security\":\"insecure\",\"rcode\":0,\"ttl_s\":900,"
        "\"observed_at\":\"2026-11-30T02:20:44.205Z\",\"aliases\":[],\"records\":[],"
        "\"rescued\":false},{\"name\":\"net\",\"elapsed_ms\":12.301,\"outcome\":\"nodata\","
        "\"security\":\"secure\",\"rcode\":0,\"ttl_s\":900,"
        "\"observed_at\":\"2026-11-30T02:20:44.205Z\",\"aliases\":[],\"records\":[],"
        "\"rescued\":false}],\"findings\":[],\"findings_dropped\":0,\"deadline_passed\":false,"
        "\"started_at\":\"2026-11-30T02:20:44.502Z\",\"elapsed_ms\":12.345,"
        "\"source\":\"libunbound 1.17.1\"}";
    struct made_check c;
    struct caa_history_record *record = NULL;
    check_make(&c, cached, number);
    if (caa_history_id_make(id) != CAA_OK) return NULL;
    const struct caa_history_about about = {.id = id, .client = "load", .document = document};
    caa_history_record_of_check(&record, &c.result, &about);
    return record;
}

#endif
