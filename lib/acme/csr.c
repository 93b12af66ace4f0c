#include "acme/csr.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <string.h>

#include "acme/der.h"

enum { VALUES_MAX = 512 /* DER values in a request: real ones have a tenth of that */ };

/* What the next value is. */
enum awaited { AWAITED_NOTHING, AWAITED_COMMON_NAME, AWAITED_ALTERNATIVE_NAMES };

struct scan {
    struct caa_names *names;
    size_t most, values;
    struct caa_diag *diag;
    enum awaited awaited;
    bool has_alternatives, has_extensions;
};

static enum caa_err refuse(const struct scan *scan, const char *why) {
    caa_diag_set(scan->diag, "%s", why);
    return CAA_ERR_SYNTAX;
}

static enum caa_err add(const struct scan *scan, struct caa_slice text) {
    return caa_names_add(scan->names, text, scan->most, scan->diag);
}

/* ---- alternative names ---- */

static enum caa_err add_address(const struct scan *scan, struct caa_slice octets) {
    char text[INET6_ADDRSTRLEN];
    int family = octets.len == 4 ? AF_INET : AF_INET6;
    if ((octets.len != 4 && octets.len != 16) ||
        inet_ntop(family, octets.ptr, text, sizeof text) == NULL)
        return refuse(scan, "an IP address in the CSR has neither 4 nor 16 octets");
    return add(scan, caa_slice_of(text));
}

/* GeneralName (RFC 5280 section 4.2.1.6). */
static enum caa_err add_alternative(const struct scan *scan, const struct caa_der *name) {
    enum { DNS_NAME = 0x82, IP_ADDRESS = 0x87 };
    if (name->tag == DNS_NAME) return add(scan, name->content);
    if (name->tag == IP_ADDRESS) return add_address(scan, name->content);
    return refuse(scan, "the CSR has an alternative name that is neither a DNS name nor an IP "
                        "address");
}

static enum caa_err add_alternatives(const struct scan *scan, struct caa_slice rest) {
    struct caa_der list, name;
    if (!caa_der_take(&rest, &list) || list.tag != CAA_DER_SEQUENCE || rest.len > 0)
        return refuse(scan, "the CSR's alternative names cannot be read");
    enum caa_err err = CAA_OK;
    for (size_t i = 0; err == CAA_OK && list.content.len > 0; i++) {
        if (i == scan->most) {
            caa_diag_set(scan->diag, "more than %zu names", scan->most);
            return CAA_ERR_LIMIT;
        }
        err = caa_der_take(&list.content, &name)
                  ? add_alternative(scan, &name)
                  : refuse(scan, "the CSR's alternative names cannot be read");
    }
    return err;
}

/* ---- the values of a request ---- */

/* A BMPString (UTF-16), as Windows' older tools write it. */
static enum caa_err add_wide(const struct scan *scan, struct caa_slice octets) {
    char text[2 * CAA_NAME_WIRE_MAX];
    size_t len = octets.len / 2;
    bool is_ascii = octets.len % 2 == 0 && len <= sizeof text;
    for (size_t i = 0; is_ascii && i < len; i++) {
        text[i] = octets.ptr[2 * i + 1];
        is_ascii = octets.ptr[2 * i] == 0 && (uint8_t)text[i] < 0x80;
    }
    return is_ascii ? add(scan, caa_slice_bytes(text, len))
                    : refuse(scan, "the CSR's common name cannot be read");
}

static enum caa_err take_common_name(struct scan *scan, const struct caa_der *value) {
    enum { UTF8 = 12, PRINTABLE = 19, TELETEX = 20, IA5 = 22, BMP = 30 };
    scan->awaited = AWAITED_NOTHING;
    switch (value->tag) {
    case UTF8:
    case PRINTABLE:
    case TELETEX:
    case IA5: return add(scan, value->content);
    case BMP: return add_wide(scan, value->content);
    default: return refuse(scan, "the CSR's common name cannot be read");
    }
}

static enum caa_err take_alternatives(struct scan *scan, const struct caa_der *value) {
    if (value->tag == CAA_DER_BOOLEAN) return CAA_OK; /* whether it is critical */
    scan->awaited = AWAITED_NOTHING;
    if (value->tag != CAA_DER_OCTET_STRING)
        return refuse(scan, "the CSR's alternative names cannot be read");
    return add_alternatives(scan, value->content);
}

/* Extensions are asked for at PKCS #9's place (RFC 2985), of which some read the first one
   only, and at Microsoft's, which OpenSSL reads too. */
static enum caa_err take_identifier(struct scan *scan, struct caa_slice identifier) {
    static const struct caa_slice common_name = {"\x55\x04\x03", 3},
                                  alternatives = {"\x55\x1d\x11", 3},
                                  extensions = {"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e", 9},
                                  microsoft = {"\x2b\x06\x01\x04\x01\x82\x37\x02\x01\x0e", 10};
    bool is_again = false;
    if (caa_slice_equal(identifier, common_name)) {
        scan->awaited = AWAITED_COMMON_NAME;
    } else if (caa_slice_equal(identifier, alternatives)) {
        is_again = scan->has_alternatives;
        scan->has_alternatives = true;
        scan->awaited = AWAITED_ALTERNATIVE_NAMES;
    } else if (caa_slice_equal(identifier, extensions)) {
        is_again = scan->has_extensions;
        scan->has_extensions = true;
    }
    if (is_again || caa_slice_equal(identifier, microsoft))
        return refuse(scan, "the CSR asks for names or extensions at more than one place");
    return CAA_OK;
}

static enum caa_err take_value(struct scan *scan, const struct caa_der *value) {
    if (++scan->values > VALUES_MAX)
        return refuse(scan, "the CSR has far more parts than any needs");
    if (scan->awaited == AWAITED_COMMON_NAME) return take_common_name(scan, value);
    if (scan->awaited == AWAITED_ALTERNATIVE_NAMES) return take_alternatives(scan, value);
    return value->tag == CAA_DER_OBJECT_IDENTIFIER ? take_identifier(scan, value->content)
                                                   : CAA_OK;
}

static enum caa_err scan_values(struct scan *scan, struct caa_slice octets) {
    struct caa_der_walk walk = caa_der_walk_over(octets);
    struct caa_der value;
    enum caa_err err = CAA_OK;
    while (err == CAA_OK && caa_der_walk_next(&walk, &value)) err = take_value(scan, &value);
    if (err == CAA_OK && walk.failed) err = refuse(scan, "the CSR is not DER");
    if (err == CAA_OK && scan->awaited != AWAITED_NOTHING)
        err = refuse(scan, "the CSR's names cannot be read");
    if (err == CAA_OK && scan->names->count == 0) err = refuse(scan, "the CSR has no name");
    return err;
}

static enum caa_err look_at_form(const struct scan *scan, struct caa_slice octets) {
    const gnutls_datum_t der = {.data = (unsigned char *)octets.ptr,
                                .size = (unsigned)octets.len};
    gnutls_x509_crq_t request;
    if (gnutls_x509_crq_init(&request) < 0) return CAA_ERR_NOMEM;
    int got = gnutls_x509_crq_import(request, &der, GNUTLS_X509_FMT_DER);
    gnutls_x509_crq_deinit(request);
    return got < 0 ? refuse(scan, "the CSR cannot be read") : CAA_OK;
}

/* Every name that anybody may find is wanted, not those that one library finds: of alternative
   names GnuTLS reads none behind an empty directoryName, and Go does. So each value is looked
   at, wherever it stands; whether the whole is a request is GnuTLS's to say, once it is known
   that this does not take it minutes. */
enum caa_err caa_csr_read(struct caa_names *names, const uint8_t *der, size_t len, size_t most,
                          struct caa_diag *diag) {
    struct scan scan = {.names = names, .most = most, .diag = diag};
    struct caa_slice octets = caa_slice_bytes((const char *)der, len), rest = octets;
    struct caa_der whole;
    if (!caa_der_take(&rest, &whole) || whole.tag != CAA_DER_SEQUENCE || rest.len > 0)
        return refuse(&scan, "the CSR is not DER, or not alone");
    enum caa_err err = scan_values(&scan, octets);
    return err == CAA_OK ? look_at_form(&scan, octets) : err;
}
