#include <stdio.h>
#include <stdlib.h>

#include "gate/head.h"
#include "gate/proxy_state.h"
#include "problem/annotate.h"

/* Seconds of the server's own Retry-After; 0 where it has none, or says a date (RFC 9110
   section 10.2.3). */
static uint32_t seconds_said(const char *head) {
    enum { SECONDS_MOST = 1 << 30 };
    struct caa_slice said = gate_head_find(head, "Retry-After");
    uint32_t seconds = 0;
    for (size_t i = 0; i < said.len; i++) {
        if (said.ptr[i] < '0' || said.ptr[i] > '9' || seconds > SECONDS_MOST / 10) return 0;
        seconds = 10 * seconds + (uint32_t)(said.ptr[i] - '0');
    }
    return seconds;
}

/* What is coded cannot be read, and what has a digest cannot be changed. */
static bool may_be_changed(const char *head) {
    static const char *const fields[] = {"Content-Encoding", "Content-Digest", "Repr-Digest",
                                         "Digest", "Content-MD5"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (gate_head_find(head, fields[i]).len > 0) return false;
    return true;
}

static void take(struct gate_passage *passage, struct gate_response *response,
                 const struct caa_annotation *annotation) {
    char seconds[sizeof "4294967295"];
    snprintf(seconds, sizeof seconds, "%u", annotation->retry_after_s);
    if (gate_head_find(response->head, "Retry-After").len == 0 &&
        !gate_head_add(&response->head, "Retry-After", seconds)) {
        free(annotation->body);
        return;
    }
    free(response->body);
    response->body = annotation->body;
    response->body_len = annotation->body_len;
    caa_metric_add(passage->proxy->setting.shard, CAA_METRIC_ANNOTATED,
                   CAA_VALUE_FAULT_NONE + annotation->fault, 1);
}

void gate_annotate(struct gate_passage *passage, struct gate_response *response) {
    struct caa_annotation annotation;
    bool is_problem = gate_head_is_of_type(response->head, CAA_REFUSAL_TYPE);
    if (response->body_len == 0 || !may_be_changed(response->head) ||
        (!is_problem && !gate_head_is_of_type(response->head, "application/json")))
        return;
    enum caa_err err =
        caa_problem_annotate(&annotation, caa_slice_bytes(response->body, response->body_len),
                             is_problem, seconds_said(response->head));
    if (err == CAA_OK && annotation.body != NULL) take(passage, response, &annotation);
}
