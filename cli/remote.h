/* One request to a caad over HTTP (libcurl), and its answer. */
#ifndef CAA_CLI_REMOTE_H
#define CAA_CLI_REMOTE_H

#include <stdbool.h>
#include <stddef.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/diag.h"
#include "base/err.h"
#include "cli/check_options.h"

/* What every request to the server has in common. */
struct caa_remote {
    const struct caa_check_options *options;
    CURLM *multi;
    struct curl_slist *fields; /* header fields, the token's among them */
    char *url;                 /* of POST /v1/check */
    bool is_private;           /* nobody on the way can read what is said */
    bool colour, unicode;
};

/* An exchange; zeroed before use. */
struct caa_remote_call {
    CURL *easy;
    char *body; /* that is sent */
    char *answer;
    size_t answer_len;
    long status; /* of HTTP; 0: there is no answer, and `why` says the reason */
    bool is_over;
    char why[CURL_ERROR_SIZE];
};

/* Reads token and URL. CAA_ERR_OPTION and CAA_ERR_FILE with a reason: no token goes over
   plain HTTP to another machine. CAA_ERR_NOMEM. Freed by caa_remote_close in any case. */
enum caa_err caa_remote_open(struct caa_remote *remote, const struct caa_check_options *options,
                             struct caa_diag *diag);

/* Asks for a name. CAA_ERR_NOMEM. */
enum caa_err caa_remote_ask(struct caa_remote *remote, struct caa_remote_call *call,
                            const char *name);

/* Goes on with all calls, without waiting. */
void caa_remote_run(struct caa_remote *remote);

/* Waits until there is something to do, or `input` is readable (-1: none). */
void caa_remote_wait(struct caa_remote *remote, int input);

/* Ends a call and frees what it has. */
void caa_remote_drop(struct caa_remote *remote, struct caa_remote_call *call);

void caa_remote_close(struct caa_remote *remote);

#endif
