/* What is kept of one event (BR 5.4.1): a row, and rows for the lookups and exchanges in it. */
#ifndef CAA_HISTORY_RECORD_H
#define CAA_HISTORY_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "check/check.h"
#include "dns/answer.h"

enum {
    CAA_HISTORY_ID_MAX = 33,            /* 32 hexadecimal digits and a NUL */
    CAA_HISTORY_DOCUMENT_MAX = 4 << 20, /* octets */
};

struct caa_history_record;

/* An id that nobody can guess: who knows a record's may be shown it. 48 bits are the wall
   clock's milliseconds, so that what is written together is together on disk; 80 bits are
   random. CAA_ERR_HISTORY where the system has no randomness. */
enum caa_err caa_history_id_make(char id[CAA_HISTORY_ID_MAX]);

/* What a record says besides what happened. NULL: nothing. Texts from strangers are made
   printable, and all is copied. */
struct caa_history_about {
    const char *id;               /* from caa_history_id_make; not NULL */
    const char *client;           /* who asked: a token's name, a certificate's, an address */
    const char *document;         /* the whole in JSON, at most CAA_HISTORY_DOCUMENT_MAX */
    const char *perspective;      /* identifier of the network perspective (BR 3.2.2.9) */
    const char *perspective_name; /* for people */
    const char *quorum;           /* "3/4": on the record that all perspectives came to */
    const char *parent_id;        /* of that record, on the record of one perspective */
};

/* The record of a finished check: its verdict, a row for each lookup that was made for it, and
   one for each exchange with a server in the evidence. An answer from the cache gets a row only
   where it failed or was rescued. CAA_ERR_NOMEM, CAA_ERR_LIMIT where the document is too long.
 */
enum caa_err caa_history_record_of_check(struct caa_history_record **record,
                                         const struct caa_check_result *result,
                                         const struct caa_history_about *about);

/* A DNS answer as it was served. */
struct caa_history_served {
    const struct caa_answer *answer; /* name, type, outcome, security, evidence */
    uint8_t rcode;                   /* as sent */
    int64_t started_at_us;           /* wall clock, when the query came */
    int64_t elapsed_us;              /* to the response */
};

/* The record of a served answer, likewise; its lookup gets a row where it failed or was
   rescued. CAA_ERR_NOMEM, CAA_ERR_LIMIT. */
enum caa_err caa_history_record_of_answer(struct caa_history_record **record,
                                          const struct caa_history_served *served,
                                          const struct caa_history_about *about);

/* The record of an answer in use that was asked again ahead of its time, in vain; nobody waited
   for it. CAA_ERR_NOMEM, CAA_ERR_LIMIT. */
enum caa_err caa_history_record_of_refresh(struct caa_history_record **record,
                                           const struct caa_answer *answer,
                                           const struct caa_history_about *about);

/* Something else that happened to a name and has no verdict of policy: an IP address that was
   not applicable, a refused name. `kind` and `verdict` are words in lower case. CAA_ERR_NOMEM,
   CAA_ERR_LIMIT. */
enum caa_err caa_history_record_of_event(struct caa_history_record **record, const char *kind,
                                         const char *name, const char *verdict,
                                         int64_t started_at_us,
                                         const struct caa_history_about *about);

/* For a record that is not put. NULL is fine. */
void caa_history_record_free(struct caa_history_record *record);

#endif
