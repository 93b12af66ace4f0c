/* Who may do what: bearer tokens (RFC 6750), of which only hashes are kept, and client
   certificates. What a right is, the program says. */
#ifndef CAA_SERVE_ACCESS_H
#define CAA_SERVE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "base/err.h"
#include "base/slice.h"

enum { CAA_ACCESS_HASH_SIZE = 32, CAA_ACCESS_NAME_MAX = 64 };

/* SHA-256 of a token, or of a certificate's DER. */
struct caa_access_hash {
    unsigned char octets[CAA_ACCESS_HASH_SIZE];
};

enum caa_access_kind {
    CAA_ACCESS_TOKEN,       /* `hash` is that of the token */
    CAA_ACCESS_CERTIFICATE, /* `hash` is that of the certificate, its SHA-256 fingerprint */
    CAA_ACCESS_SUBJECT,     /* `subject` is the certificate's */
};

struct caa_access_rule {
    enum caa_access_kind kind;
    const char *name; /* whom it is for: shown, and told apart by rate limits */
    unsigned rights;
    struct caa_access_hash hash;
    const char *subject; /* distinguished name as in RFC 4514: "CN=ca,O=Example" */
};

/* The rules of a listener; they belong to who made them. */
struct caa_access {
    const struct caa_access_rule *rules;
    size_t rule_count;
    unsigned anonymous_rights; /* of who shows neither token nor certificate */
};

/* What a client has shown. */
struct caa_credentials {
    bool has_token;
    struct caa_slice token;
    bool has_certificate; /* verified to the listener's client CA */
    struct caa_access_hash fingerprint;
    const char *subject;
};

struct caa_grant {
    const char *name; /* of the rule; NULL: anonymous */
    unsigned rights;
};

/* Reads 64 hexadecimal digits; colons between octets are allowed. CAA_ERR_SYNTAX. */
enum caa_err caa_access_hash_parse(struct caa_access_hash *hash, const char *text,
                                   struct caa_diag *diag);

/* The hash of a token as it is sent, or of a certificate's DER. CAA_ERR_NOMEM. */
enum caa_err caa_access_hash_of(struct caa_access_hash *hash, struct caa_slice octets);

/* What the rules give a client: the rights of its token's rule and its certificate's together,
   or those of anonymous clients. False, and nothing granted, where it has shown a token that
   no rule knows. Every rule is compared, in constant time. */
bool caa_access_decide(struct caa_grant *grant, const struct caa_access *access,
                       const struct caa_credentials *credentials);

#endif
