/* What somebody wants a certificate for (RFC 8555 section 9.7.7), as typed by a person or sent
 * by a client. */
#ifndef CAA_DNS_IDENTIFIER_H
#define CAA_DNS_IDENTIFIER_H

#include <stdbool.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"
#include "dns/name.h"

enum caa_identifier_kind {
    CAA_IDENTIFIER_DNS,
    CAA_IDENTIFIER_IP,    /* no CAA check exists for addresses (RFC 8738, BR 3.2.2.8) */
    CAA_IDENTIFIER_ONION, /* no DNS lookup may be made (RFC 7686; RFC 9799 has its own
                             mechanism) */
};

struct caa_identifier {
    enum caa_identifier_kind kind;
    bool wildcard;        /* of `*.X`; `name` is then X */
    struct caa_name name; /* A-labels, lower case; unset where kind is CAA_IDENTIFIER_IP */
    char text[CAA_NAME_WIRE_MAX + 4]; /* "*.example.org": canonical, NUL-terminated */
};

/* Reads a DNS name, a wildcard, an IP address ("192.0.2.1", "2001:db8::1", "[2001:db8::1]") or
   an .onion name. U-labels become A-labels (UTS 46, non-transitional; libidn2). One final dot
   is taken off. Refused with CAA_ERR_SYNTAX and a reason that names the label and its place:
   empty text, an empty label, a label over 63 octets, a name over 253, characters other than
   letters, digits and hyphens (so also underscores), a hyphen at a label's end, `*` anywhere
   but alone in front, invalid UTF-8, an A-label that does not decode, a last label of digits
   only. */
enum caa_err caa_identifier_parse(struct caa_identifier *identifier, struct caa_slice text,
                                  struct caa_diag *diag);

#endif
