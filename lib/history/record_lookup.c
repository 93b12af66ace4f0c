#include "history/record_row.h"

bool caa_history_row_set_evidence(struct caa_history_record *record,
                                  struct caa_history_value *zone,
                                  struct caa_history_value *fault,
                                  struct caa_history_value *failure,
                                  struct caa_history_value *retry_after_s,
                                  const struct caa_evidence *evidence) {
    *fault = caa_history_constant(caa_fault_code(evidence->fault));
    *failure = caa_history_constant(caa_failure_code(evidence->failure));
    if (evidence->retry_advised) *retry_after_s = caa_history_number(evidence->retry_after_s);
    return caa_history_copy_name(record, zone, "", &evidence->zone);
}

static bool add_exchange(struct caa_history_record *record, const char *id,
                         const struct caa_evidence_item *item) {
    struct caa_history_value *row =
        caa_history_row_add(record, CAA_HISTORY_INSERT_EXCHANGE, CAA_EXCHANGE_COLUMN_COUNT);
    if (row == NULL) return false;
    row[CAA_EXCHANGE_SENT_AT_US] = caa_history_number(item->sent_at_us);
    row[CAA_EXCHANGE_TRANSPORT] = caa_history_constant(item->over_tcp ? "tcp" : "udp");
    row[CAA_EXCHANGE_ROUND_TRIP_US] = caa_history_number(item->round_trip_us);
    row[CAA_EXCHANGE_FAILURE] = caa_history_constant(caa_failure_code(item->failure));
    if (item->size > 0) row[CAA_EXCHANGE_RCODE] = caa_history_number(item->rcode);
    if (item->ede >= 0) row[CAA_EXCHANGE_EDE] = caa_history_number(item->ede);
    row[CAA_EXCHANGE_SIZE] = caa_history_number(item->size);
    return caa_history_copy_printable(record, &row[CAA_EXCHANGE_ADDRESS], item->address) &&
           caa_history_copy_printable(record, &row[CAA_EXCHANGE_TEXT], item->text) &&
           caa_history_copy_name(record, &row[CAA_EXCHANGE_ZONE], "", &item->zone) &&
           caa_history_copy_tld(record, &row[CAA_EXCHANGE_TLD], &item->zone) &&
           (item->server.len == 0 ||
            caa_history_copy_name(record, &row[CAA_EXCHANGE_SERVER], "", &item->server)) &&
           caa_history_copy_printable(record, &row[CAA_EXCHANGE_RECORD_ID], id);
}

static bool add_lookup_evidence(struct caa_history_record *record,
                                struct caa_history_value *row, const char *id,
                                const struct caa_evidence *evidence) {
    row[CAA_LOOKUP_RETRIES] = caa_history_number(evidence->retry_count);
    row[CAA_LOOKUP_QUERIES] = caa_history_number(evidence->query_count);
    if (!caa_history_row_set_evidence(record, &row[CAA_LOOKUP_ZONE], &row[CAA_LOOKUP_FAULT],
                                      &row[CAA_LOOKUP_FAILURE], &row[CAA_LOOKUP_RETRY_AFTER_S],
                                      evidence))
        return false;
    /* Lookups that fail for one reason share their evidence. */
    if (record->latest_evidence == evidence) return true;
    record->latest_evidence = evidence;
    for (size_t i = 0; i < evidence->item_count; i++)
        if (!add_exchange(record, id, &evidence->items[i])) return false;
    return true;
}

bool caa_history_row_add_lookup(struct caa_history_record *record, const char *id, int level,
                                const struct caa_answer *answer, int64_t elapsed_us) {
    struct caa_history_value *row =
        caa_history_row_add(record, CAA_HISTORY_INSERT_LOOKUP, CAA_LOOKUP_COLUMN_COUNT);
    if (row == NULL) return false;
    row[CAA_LOOKUP_LEVEL] = caa_history_number(level);
    row[CAA_LOOKUP_TYPE] = caa_history_number(answer->type);
    row[CAA_LOOKUP_STARTED_AT_US] = caa_history_number(record->started_at_us);
    row[CAA_LOOKUP_ELAPSED_US] = caa_history_number(elapsed_us);
    row[CAA_LOOKUP_FAILED] = caa_history_number(!caa_answer_is_sound(answer));
    row[CAA_LOOKUP_OUTCOME] = caa_history_constant(caa_outcome_code(answer->outcome));
    row[CAA_LOOKUP_SECURITY] = caa_history_constant(caa_security_code(answer->security));
    row[CAA_LOOKUP_RCODE] = caa_history_number(answer->rcode);
    if (answer->ede >= 0) row[CAA_LOOKUP_EDE] = caa_history_number(answer->ede);
    row[CAA_LOOKUP_RESCUED] = caa_history_number(answer->rescued);
    return caa_history_copy_printable(record, &row[CAA_LOOKUP_RECORD_ID], id) &&
           caa_history_copy_name(record, &row[CAA_LOOKUP_NAME], "", &answer->owner) &&
           caa_history_copy_tld(record, &row[CAA_LOOKUP_TLD], &answer->owner) &&
           caa_history_copy_printable(record, &row[CAA_LOOKUP_REASON], answer->reason) &&
           (answer->evidence == NULL || add_lookup_evidence(record, row, id, answer->evidence));
}
