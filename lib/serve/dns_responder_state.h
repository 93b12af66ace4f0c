/* The inside of a responder, seen by the files that make it up.

   dns_responder.c   asks: who waits, and what they are told
   dns_question.c    questions: what is looked up, and for how long */
#ifndef CAA_SERVE_DNS_RESPONDER_STATE_H
#define CAA_SERVE_DNS_RESPONDER_STATE_H

#include <stdbool.h>
#include <sys/queue.h>

#include "serve/dns_responder.h"

enum { CAA_DNS_BUCKETS = 4096 };

TAILQ_HEAD(caa_dns_ask_list, caa_dns_ask);
TAILQ_HEAD(caa_dns_question_list, caa_dns_question);
LIST_HEAD(caa_dns_bucket, caa_dns_question);

/* What a question is in for; one list for each, ordered by when that ends. */
enum caa_dns_stage {
    CAA_DNS_AWAITED,   /* somebody waits, until the deadline */
    CAA_DNS_LINGERING, /* looked up, and nobody waits */
    CAA_DNS_FAILED,    /* answered, and told again */
    CAA_DNS_KEPT,      /* it failed lastingly: asked again it is looked up again */
    CAA_DNS_STAGES
};

/* One question, and all who wait for its answer. */
struct caa_dns_question {
    LIST_ENTRY(caa_dns_question) bucket;
    TAILQ_ENTRY(caa_dns_question) link;  /* in the list of its stage */
    TAILQ_ENTRY(caa_dns_question) ready; /* where it is_ready */
    struct caa_dns_responder *responder;
    struct caa_question question;
    struct caa_lookup_ticket *ticket; /* NULL: answered */
    struct caa_dns_ask_list asks;
    size_t ask_count;
    enum caa_dns_stage stage;
    int64_t due_us; /* when the stage ends, monotonic */
    int64_t started_us;
    const struct caa_answer *failure; /* of CAA_DNS_FAILED */
    const struct caa_answer *earlier; /* what it failed with before, lastingly; or NULL */
    bool
        is_ready; /* CAA_DNS_FAILED, asked again, and to be told in the next turn of the loop */
};

struct caa_dns_ask {
    TAILQ_ENTRY(caa_dns_ask) link; /* of its question, of those being recorded, or spare */
    struct caa_dns_responder *responder;
    struct caa_dns_question *question; /* NULL: its answer is being recorded */
    struct caa_dns_permit *permit;     /* while that is so */
    const struct caa_answer *answer;   /* likewise, one reference */
    struct caa_dns_query query;
    struct caa_dns_client client;
    int64_t asked_at_us;
    size_t octets_most;
    caa_dns_done *done;
    void *context;
};

struct caa_dns_permit {
    struct caa_dns_ask *ask; /* NULL: nobody waits any more */
};

struct caa_dns_responder {
    struct caa_dns_responder_setting setting;
    struct event *clock; /* ends stages */
    int64_t armed_us;    /* what it is set for; INT64_MAX: nothing */
    struct event *turn;  /* tells what is ready */
    struct caa_dns_question_list stages[CAA_DNS_STAGES];
    size_t stage_counts[CAA_DNS_STAGES]; /* questions in each */
    struct caa_dns_question_list ready;
    size_t question_count, ask_count;
    unsigned telling; /* calls of tell_all that are under way */
    struct caa_dns_ask_list recording;
    struct caa_dns_ask_list spare;
    size_t spare_count;
    struct caa_dns_bucket buckets[CAA_DNS_BUCKETS];
    uint8_t wire[CAA_DNS_REPLY_OCTETS_MOST];
};

/* By the monotonic clock, in microseconds. */
int64_t caa_dns_now_us(const struct caa_dns_responder *responder);

/* Answers one ask with `answer`, by way of caa_dns_record where there is one. */
void caa_dns_tell(struct caa_dns_ask *ask, const struct caa_answer *answer);

/* The question in flight, or failed a moment ago, that is asked; else a new one, which is
   looked up from here on. Errors as caa_dns_responder_ask. */
enum caa_err caa_dns_question_find(struct caa_dns_responder *responder,
                                   const struct caa_question *asked,
                                   struct caa_dns_question **question);

/* `ask` waits for the question's answer. */
void caa_dns_question_join(struct caa_dns_question *question, struct caa_dns_ask *ask);

/* Tells those who wait for questions that are ready; `context` is the responder. */
void caa_dns_question_tell_ready(evutil_socket_t fd, short events, void *context);

/* The responder's timer; `context` is the responder. */
void caa_dns_question_on_clock(evutil_socket_t fd, short events, void *context);

/* What is looked up fails, with that reason, for all who wait for it. */
void caa_dns_question_fail_all(struct caa_dns_responder *responder, const char *reason);

/* Takes it out of all lists, gives up its lookup, frees it. Nobody waits for it. */
void caa_dns_question_free(struct caa_dns_question *question);

#endif
