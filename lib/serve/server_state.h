/* Inside serve: a server, its connections and their calls. */
#ifndef CAA_SERVE_SERVER_STATE_H
#define CAA_SERVE_SERVER_STATE_H

#include <event2/buffer.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>

#include "serve/crowd.h"
#include "serve/server.h"

struct caa_server {
    struct caa_server_setting setting;
    struct MHD_Daemon *daemon;
    struct caa_certificate *certificate; /* that is shown; NULL: no TLS */
    struct event *readable;              /* of libmicrohttpd's epoll descriptor */
    struct event *due;                   /* when libmicrohttpd wants to run without an event */
    bool running;                        /* inside MHD_run */
    bool draining;
    size_t handshake_count; /* connections whose handshake has not ended */
    unsigned barren_runs;   /* runs since something last happened */
    bool ending;
    size_t connection_count;
    struct caa_crowd *crowd; /* whose they are */
    size_t large_octets;     /* that bodies above CAA_SERVER_BODY_SMALL take up */
    struct caa_call *calls;  /* all of them */
    size_t call_count;
    struct caa_diag *starting; /* where libmicrohttpd's words go while it starts */
};

struct caa_connection {
    struct caa_server *server;
    struct MHD_Connection *mhd;
    struct caa_crowd_client *owner; /* or NULL */
    int fd;
    struct event *deadline; /* cuts it off */
    struct event *closing;  /* the client says no more; then, when to look what that means */
    bool is_closing;
    struct caa_call *call; /* the one that is being served, or NULL */
    bool is_in_handshake;
    bool certificate_read;
    bool has_certificate;
    struct caa_access_hash fingerprint;
    char *subject; /* or NULL */
};

/* What a call waits for. */
enum caa_call_stage {
    CAA_CALL_HEAD,      /* the head is not read yet */
    CAA_CALL_BODY,      /* the rest of the body */
    CAA_CALL_WORK,      /* its answer */
    CAA_CALL_ANSWERED,  /* libmicrohttpd to send it */
    CAA_CALL_LINGERING, /* a client that still sends, though it has been refused */
};

/* The answer of a stream, which leaves past libmicrohttpd: that one answers only after the
   body, and so would have to hold all of it. */
struct caa_outflow {
    struct evbuffer *framed;  /* to be sent as it is */
    struct evbuffer *written; /* to become a chunk */
    struct event *writable;
    bool finished; /* nothing more will be written */
    bool failed;   /* the client is gone */
    bool retry;    /* GnuTLS has octets of a record that was not sent whole */
};

struct caa_call {
    struct caa_server *server;
    struct caa_connection *connection;
    struct caa_call *next, *previous;
    enum caa_call_stage stage;
    bool suspended;
    bool paused;      /* a stream that takes no more of its body for now */
    bool chunked;     /* the client understands chunks: not HTTP/1.0 */
    bool body_ended;  /* a stream was told */
    bool is_suspect;  /* its head can be read in two ways: the connection ends with it */
    bool has_refusal; /* to be sent once the body is over */
    bool has_reply;   /* likewise */
    unsigned status;  /* answered; 0: nothing yet */
    int64_t started_us;
    char method[sizeof "OPTIONS"]; /* cut off where it is longer */
    char *uri;                     /* path and query, as they were sent */
    char *authority;               /* of a target in absolute form, or NULL */
    struct caa_route_match match;
    struct caa_grant grant;
    char client[CAA_ACCESS_NAME_MAX];
    char *body;
    size_t body_len, body_size;
    uint64_t discarded; /* octets of a body that nobody wants */
    struct caa_reply reply;
    struct caa_refusal refusal;
    void *work;
    void (*drop)(void *work);
    struct caa_outflow *outflow; /* of a stream, or of a refusal before the body's end */
};

/* certificate.c */

/* What GnuTLS needs for one handshake: the chain, in an array of gnutls_malloc, and the key;
   all of it is the caller's. Returns a GnuTLS error below 0, and then there is nothing. */
int caa_certificate_import(const struct caa_certificate *certificate, gnutls_pcert_st **chain,
                           unsigned *count, gnutls_privkey_t *key);

/* connection.c */

/* For MHD_start_daemon: whether a connection may be. `context` is the server. */
enum MHD_Result caa_connection_admit(void *context, const struct sockaddr *address,
                                     socklen_t octets);

/* For MHD_OPTION_NOTIFY_CONNECTION; `context` is the server. */
void caa_connection_notify(void *context, struct MHD_Connection *mhd, void **socket_context,
                           enum MHD_ConnectionNotificationCode code);

/* Cuts the connection off after `ms`; 0: never. Replaces what was set before. */
void caa_connection_set_deadline(struct caa_connection *connection, uint32_t ms);

/* Where the client has said that it says no more: its call is over, or goes on to be read. */
void caa_connection_look_again(struct caa_connection *connection);

/* The TLS session of one of the server's connections; NULL: it has none. */
gnutls_session_t caa_connection_session(const struct caa_server *server,
                                        struct MHD_Connection *mhd);

/* Reads and verifies the client's certificate, once. */
void caa_connection_read_certificate(struct caa_connection *connection);

/* head.c */

/* Checks all that a request's head says, and sets the call's refusal where something is wrong.
   Sets match, grant and client. */
void caa_call_check_head(struct caa_call *call, const char *method);

/* A request with this head has a body. */
bool caa_call_has_body(const struct caa_call *call);

/* call.c */

/* For MHD_start_daemon, MHD_OPTION_URI_LOG_CALLBACK and MHD_OPTION_NOTIFY_COMPLETED. */
enum MHD_Result caa_call_handle(void *context, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *upload,
                                size_t *upload_len, void **call);
void *caa_call_begin(void *context, const char *uri, struct MHD_Connection *mhd);
void caa_call_end(void *context, struct MHD_Connection *mhd, void **call,
                  enum MHD_RequestTerminationCode code);

/* Refuses a call whose body has taken too long, or tells it the refusal that was to come after
   the body; false: there is none. */
bool caa_call_refuse_slow(struct caa_call *call);

/* Answers a call that waits with the refusal, or that whose body still comes. A stream whose
   answer has begun has it for each of its lines, and ends. */
void caa_call_stop(struct caa_call *call, const struct caa_refusal *refusal);

/* Lets libmicrohttpd go on with a call that was suspended. */
void caa_call_wake(struct caa_call *call);

/* reply.c */

/* Hands the call's reply, or its refusal, to libmicrohttpd. */
enum MHD_Result caa_call_send(struct caa_call *call);

/* Makes the refusal the reply. */
void caa_call_refusal_to_reply(struct caa_call *call);

/* outflow.c */

/* Begins an answer past libmicrohttpd with status and header fields; `body_len` SIZE_MAX is not
   known. False when out of memory. */
bool caa_outflow_begin(struct caa_call *call, unsigned status, const char *type,
                       size_t body_len);

/* Nothing is left to send, or nobody to send it to. */
bool caa_outflow_is_over(const struct caa_call *call);

/* Where there is one. */
void caa_outflow_free(struct caa_call *call);

/* server.c */

/* Runs libmicrohttpd once, soon. */
void caa_server_run_soon(struct caa_server *server);

#endif
