/* One request that is being served: what the client said, and how it is answered.

   A call belongs to the thread of its server. It ends when its answer is out or its client is
   gone; who works on it learns that through the function it gave to caa_call_keep. */
#ifndef CAA_SERVE_CALL_H
#define CAA_SERVE_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/slice.h"
#include "serve/access.h"
#include "serve/refusal.h"
#include "serve/route.h"

struct caa_call;

/* Parameter number `index` of the route's path, decoded. Empty where there is none. */
struct caa_slice caa_call_parameter(const struct caa_call *call, size_t index);

/* The value of a header field, or NULL. */
const char *caa_call_header(const struct caa_call *call, const char *name);

/* The value of a parameter in the query of the request's target, decoded, or NULL. */
const char *caa_call_query(const struct caa_call *call, const char *name);

/* Calls `take` with each header field, in the order in which they came. */
void caa_call_each_header(const struct caa_call *call,
                          void (*take)(void *context, const char *name, const char *value),
                          void *context);

/* "GET", "HEAD" or "POST". */
const char *caa_call_method(const struct caa_call *call);

/* Path and query of the request's target, nothing decoded. */
const char *caa_call_target(const struct caa_call *call);

/* Host and port that the request is for, or NULL: those of its target where that is in absolute
   form, else what its field Host says (RFC 9112 section 3.2.2). */
const char *caa_call_host(const struct caa_call *call);

/* The client's address, or NULL where it is not known. */
const struct sockaddr *caa_call_address(const struct caa_call *call);

/* The whole body; empty for a stream. */
struct caa_slice caa_call_body(const struct caa_call *call);

/* What the client may do. */
const struct caa_grant *caa_call_grant(const struct caa_call *call);

/* Who asks, for rate limits and records: the rule's name, else the address (of IPv6 its /64).
   NUL-terminated. */
const char *caa_call_client(const struct caa_call *call);

/* Keeps the work that answers the call, which streams also get. `drop` is called exactly once,
   when the call ends, however it does; the call is not to be used any more then. */
void caa_call_keep(struct caa_call *call, void *work, void (*drop)(void *work));

struct caa_reply {
    unsigned status;
    const char *type; /* media type, static; NULL where there is no body */
    char *body;       /* from malloc, freed once it is out; or NULL */
    size_t body_len;
    const char *text;       /* instead of `body`: static, or living as long as the server */
    uint32_t retry_after_s; /* 0: no Retry-After */
    uint32_t max_age_s;     /* how long it may be kept; 0: not at all */
    char *head; /* from malloc: header fields that somebody else said, "NAME: VALUE" and a line
                   feed each, which leave as they are, with none of ours but Content-Length and
                   Connection; or NULL */
};

/* Answers; to be called once, also from inside `start`. The reply's body is taken in any case.
   Not after caa_call_write. */
void caa_call_answer(struct caa_call *call, const struct caa_reply *reply);

/* Answers with the refusal's problem document. */
void caa_call_refuse(struct caa_call *call, const struct caa_refusal *refusal);

/* For streams. The first call begins the answer: status 200, the media type of the route's
   stream, in chunks, after which the connection is closed. Octets leave together, once a turn
   of the event loop. */
void caa_call_write(struct caa_call *call, struct caa_slice octets);

/* Octets that were written and have not left. */
size_t caa_call_unsent(const struct caa_call *call);

/* Wants more of the body, after `take` took less than it was given. */
void caa_call_resume(struct caa_call *call);

/* Ends the answer. Nothing is written after that. */
void caa_call_finish(struct caa_call *call);

#endif
