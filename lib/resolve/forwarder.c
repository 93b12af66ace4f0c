#include "resolve/forwarder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/port.h"
#include "dns/identifier.h"

enum { DNS_PORT = 53, DNS_OVER_TLS_PORT = 853 }; /* RFC 1035, RFC 7858 */

/* Nobody answers at port 0. */
static bool read_port(const char *text, in_port_t *port) {
    return caa_port_read(port, caa_slice_of(text)) && *port != 0;
}

static bool read_address(struct caa_forwarder *forwarder, const char *text, in_port_t port) {
    struct sockaddr_in *v4 = (struct sockaddr_in *)&forwarder->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&forwarder->address;
    if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        forwarder->address_octets = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, text, &v6->sin6_addr) != 1) return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    forwarder->address_octets = sizeof *v6;
    return true;
}

/* A host name, in the form that certificates hold. */
static bool read_tls_name(struct caa_identifier *name, const char *text) {
    return caa_identifier_parse(name, caa_slice_of(text), NULL) == CAA_OK &&
           name->kind == CAA_IDENTIFIER_DNS && !name->wildcard;
}

/* Cuts `text` at `mark`; what follows it, or NULL. */
static char *cut(char *text, char mark) {
    char *at = strchr(text, mark);
    if (at != NULL) *at++ = '\0';
    return at;
}

enum caa_err caa_forwarder_parse(struct caa_forwarder *forwarder, const char *text,
                                 struct caa_diag *diag) {
    char address[384];
    memset(forwarder, 0, sizeof *forwarder);
    if (strlen(text) >= sizeof address) {
        caa_diag_set(diag, "forwarder '%.60s…': too long", text);
        return CAA_ERR_OPTION;
    }
    memcpy(address, text, strlen(text) + 1);
    struct caa_identifier tls_name;
    const char *tls_text = cut(address, '#');
    char *port_text = cut(address, '@');
    forwarder->over_tls = tls_text != NULL;
    in_port_t port = forwarder->over_tls ? DNS_OVER_TLS_PORT : DNS_PORT;
    const char *wrong = NULL;
    if (forwarder->over_tls && !read_tls_name(&tls_name, tls_text))
        wrong = "what follows '#' is not a host name";
    else if (port_text != NULL && !read_port(port_text, &port))
        wrong = "what follows '@' is not a port";
    else if (!read_address(forwarder, address, port))
        wrong = "not an IP address; wanted is ADDRESS[@PORT][#TLSNAME]";
    if (wrong != NULL) {
        caa_diag_set(diag, "forwarder '%s': %s", text, wrong);
        return CAA_ERR_OPTION;
    }
    snprintf(forwarder->text, sizeof forwarder->text, "%s@%u%s%s", address, port,
             forwarder->over_tls ? "#" : "", forwarder->over_tls ? tls_name.text : "");
    return CAA_OK;
}
