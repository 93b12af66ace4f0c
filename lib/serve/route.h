/* Which part of a program answers a request: a table of methods and paths. */
#ifndef CAA_SERVE_ROUTE_H
#define CAA_SERVE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

enum caa_method {
    CAA_METHOD_GET = 1 << 0, /* HEAD too */
    CAA_METHOD_POST = 1 << 1,
};

enum {
    CAA_ROUTE_PARAMETERS_MAX = 4,
    CAA_ROUTE_PARAMETER_MAX = 1024, /* octets of one, decoded */
    CAA_ROUTE_ALLOW_MAX = 32,
};

struct caa_call;
struct caa_refusal;

/* How a body is taken as it comes, and an answer given as it grows; see call.h. */
struct caa_stream {
    const char *type; /* media type of the answer */
    /* Takes octets of the body, and returns how many it took. Fewer than all: no more come
       until caa_call_resume. */
    size_t (*take)(void *work, struct caa_slice octets);
    /* The body has ended. */
    void (*end)(void *work);
    /* What was written has gone out but for little: there is room for more. */
    void (*room)(void *work);
    /* Something runs whose end will be written: where nothing is left to send, it is not the
       client who stands still. */
    bool (*runs)(void *work);
    /* Nothing is waited for any longer: drops what runs, and writes the refusal for each part
       of it. NULL: the whole answer will be a refusal, and nothing is written. It is called
       once, and of the others none after it. */
    void (*stop)(void *work, const struct caa_refusal *refusal);
};

struct caa_route {
    const char *path; /* "/v1/zones/{zone}": a segment in braces stands for any one; NULL: any
                         path, for what passes requests on */
    enum caa_method method;
    unsigned rights;       /* bits, all of which the client must have; 0: anybody may */
    size_t body_most;      /* octets; of a stream, any number may come */
    const char *body_type; /* media type that a body must have; NULL: there must be no body */
    /* Answers, at once or later. Called when the whole body is there; for a stream when the
       head is. */
    void (*start)(void *context, struct caa_call *call);
    const struct caa_stream *stream; /* NULL: the body is small and comes whole */
};

struct caa_route_match {
    const struct caa_route *route; /* NULL where none has both path and method */
    bool path_known;
    char allow[CAA_ROUTE_ALLOW_MAX]; /* for the header: "GET, HEAD, OPTIONS" */
    size_t parameter_count;
    struct caa_slice parameters[CAA_ROUTE_PARAMETERS_MAX]; /* decoded, in `text` */
    char text[CAA_ROUTE_PARAMETER_MAX];
};

/* Finds the route for a method ("HEAD" counts as "GET") and a path as it was sent, with its
   percent-encoding and without its query. A parameter that is empty, or whose encoding is
   broken or hides a NUL, matches no route. */
void caa_route_find(struct caa_route_match *match, const struct caa_route *routes, size_t count,
                    const char *method, struct caa_slice path);

#endif
