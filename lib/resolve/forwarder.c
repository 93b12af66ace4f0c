#include "resolve/forwarder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "dns/identifier.h"

enum { DNS_PORT = 53, DNS_OVER_TLS_PORT = 853 }; /* RFC 1035, RFC 7858 */

static bool read_port(const char *text, in_port_t *port) {
    unsigned long number = 0;
    if (*text == '\0') return false;
    for (; *text != '\0'; text++) {
        if (!caa_ascii_is_digit(*text)) return false;
        number = number * 10 + (unsigned long)(*text - '0');
        if (number > 65535) return false;
    }
    *port = (in_port_t)number;
    return number != 0;
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
