/* The address of a resolver to forward to, as libunbound writes it: ADDRESS[@PORT][#TLSNAME].
 */
#ifndef CAA_RESOLVE_FORWARDER_H
#define CAA_RESOLVE_FORWARDER_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/diag.h"
#include "base/err.h"

struct caa_forwarder {
    struct sockaddr_storage address; /* with the port: 53 by default, 853 with a TLS name */
    socklen_t address_octets;
    bool over_tls;
    char text[672]; /* as libunbound wants it, with the port spelled out */
};

/* CAA_ERR_OPTION with the reason where `text` is no forwarder. */
enum caa_err caa_forwarder_parse(struct caa_forwarder *forwarder, const char *text,
                                 struct caa_diag *diag);

#endif
