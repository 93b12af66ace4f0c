/* Inside history: the rows of a record, filled in. What allocates says false or NULL when the
   record's arena has no room left. */
#ifndef CAA_HISTORY_RECORD_ROW_H
#define CAA_HISTORY_RECORD_ROW_H

#include "history/record_state.h"

/* An empty record. */
struct caa_history_record *caa_history_record_new(void);

/* A row of `count` NULLs at the end. */
struct caa_history_value *caa_history_row_add(struct caa_history_record *record,
                                              enum caa_history_statement statement,
                                              size_t count);

/* Values: an integer; text that outlives the record, NULL where it is empty. */
struct caa_history_value caa_history_number(int64_t integer);
struct caa_history_value caa_history_constant(const char *text);

/* `len` octets as they are; NULL and 0 leave the value alone. */
bool caa_history_copy(struct caa_history_record *record, struct caa_history_value *value,
                      const char *text, size_t len);

/* A text from a stranger, or its beginning. NULL leaves the value alone. */
bool caa_history_copy_printable(struct caa_history_record *record,
                                struct caa_history_value *value, const char *text);

/* A name behind `front`, in lower case, so that equal ones are equal to SQL; its last label,
   "." for the root. */
bool caa_history_copy_name(struct caa_history_record *record, struct caa_history_value *value,
                           const char *front, const struct caa_name *name);
bool caa_history_copy_tld(struct caa_history_record *record, struct caa_history_value *value,
                          const struct caa_name *name);

/* What the evidence comes to, in four columns of either table. */
bool caa_history_row_set_evidence(struct caa_history_record *record,
                                  struct caa_history_value *zone,
                                  struct caa_history_value *fault,
                                  struct caa_history_value *failure,
                                  struct caa_history_value *retry_after_s,
                                  const struct caa_evidence *evidence);

/* The rows of one lookup and of the exchanges in its evidence. */
enum { CAA_HISTORY_LEVEL_REFRESH = -1 };
bool caa_history_row_add_lookup(struct caa_history_record *record, const char *id, int level,
                                const struct caa_answer *answer, int64_t elapsed_us);

#endif
