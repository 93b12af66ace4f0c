#include "acme/csr.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509-ext.h>
#include <gnutls/x509.h>
#include <string.h>

/* Where a request may ask for extensions: PKCS #9's place (RFC 2985), of which only the first
   would be read here, and Microsoft's, which OpenSSL reads too. */
static const char EXTENSIONS[] = "1.2.840.113549.1.9.14";
static const char EXTENSIONS_OF_MICROSOFT[] = "1.3.6.1.4.1.311.2.1.14";
static const char ALTERNATIVE_NAMES[] = "2.5.29.17";

enum {
    COMMON_NAME_MAX = 256,
    OID_MAX = 128,
    VALUES_MAX = 512, /* DER values in a request: real ones have a tenth of that */
};

static enum caa_err refuse(struct caa_diag *diag, const char *why) {
    caa_diag_set(diag, "%s", why);
    return CAA_ERR_SYNTAX;
}

/* The head of a DER value, and how long its content is. */
struct head {
    size_t len, content_len;
    bool is_constructed;
};

/* X.690 sections 8.1.2 and 10: of the types in a request only SEQUENCE and SET have others in
   them. What is not DER is read by some libraries all the same, and not always alike. */
static bool form_is_that_of_der(uint8_t tag) {
    enum { CLASS = 0xc0, NUMBER = 0x1f, CONSTRUCTED = 0x20, SEQUENCE = 0x10, SET = 0x11 };
    unsigned number = tag & NUMBER;
    if (number == NUMBER) return false;
    return (tag & CLASS) != 0 ||
           ((tag & CONSTRUCTED) != 0) == (number == SEQUENCE || number == SET);
}

/* False where it is none, or its content is longer than what is there. */
static bool read_head(struct head *head, const uint8_t *der, size_t len) {
    enum { LONG_FORM = 0x80, CONSTRUCTED = 0x20 };
    if (len < 2 || !form_is_that_of_der(der[0])) return false;
    size_t value = der[1], count = 0;
    if (der[1] >= LONG_FORM) {
        count = der[1] & 0x7f;
        value = 0;
        if (count == 0 || count > 4 || len < 2 + count || der[2] == 0) return false;
        for (size_t i = 0; i < count; i++) value = value << 8 | der[2 + i];
        if (value < LONG_FORM) return false;
    }
    *head = (struct head){2 + count, value, (der[0] & CONSTRUCTED) != 0};
    return value <= len - head->len;
}

/* Whether it is one SEQUENCE and nothing behind it. */
static bool is_sequence(const uint8_t *der, size_t len) {
    struct head head;
    return read_head(&head, der, len) && der[0] == 0x30 && head.len + head.content_len == len;
}

/* How many values are in it, those inside of others included, up to `most` + 1; 0 where one is
   none. */
static size_t count_values(const uint8_t *der, size_t len, size_t most) {
    size_t count = 0;
    struct head head;
    for (size_t at = 0; at < len && count <= most; count++) {
        if (!read_head(&head, der + at, len - at)) return 0;
        at += head.len + (head.is_constructed ? 0 : head.content_len);
    }
    return count;
}

/* GnuTLS walks over all that is before what it looks for, and again for each part of that: a
   few thousand extensions would keep it busy for minutes. */
static enum caa_err look_at_size(const uint8_t *der, size_t len, struct caa_diag *diag) {
    size_t count = is_sequence(der, len) ? count_values(der, len, VALUES_MAX) : 0;
    if (count == 0) return refuse(diag, "the CSR is not DER, or not alone");
    return count <= VALUES_MAX ? CAA_OK
                               : refuse(diag, "the CSR has far more parts than any needs");
}

/* Whether there are more places than one where extensions may be asked for. */
static bool asks_twice(gnutls_x509_crq_t request) {
    size_t places = 0, size = 0;
    for (unsigned i = 0;; i++) {
        char oid[OID_MAX];
        size_t len = sizeof oid;
        int got = gnutls_x509_crq_get_attribute_info(request, i, oid, &len);
        if (got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
        if (got == GNUTLS_E_SHORT_MEMORY_BUFFER) continue;
        if (got < 0) return true;
        places += strcmp(oid, EXTENSIONS) == 0 ? 1 : 0;
        places += strcmp(oid, EXTENSIONS_OF_MICROSOFT) == 0 ? 2 : 0;
    }
    int second = gnutls_x509_crq_get_attribute_by_oid(request, EXTENSIONS, 1, NULL, &size);
    return places > 1 || second == 0 || second == GNUTLS_E_SHORT_MEMORY_BUFFER;
}

static enum caa_err add_address(struct caa_names *names, const gnutls_datum_t *octets,
                                size_t most, struct caa_diag *diag) {
    char text[INET6_ADDRSTRLEN];
    int family = octets->size == 4 ? AF_INET : AF_INET6;
    if ((octets->size != 4 && octets->size != 16) ||
        inet_ntop(family, octets->data, text, sizeof text) == NULL)
        return refuse(diag, "an IP address in the CSR has neither 4 nor 16 octets");
    return caa_names_add(names, caa_slice_of(text), most, diag);
}

static enum caa_err add_alternative(struct caa_names *names, gnutls_subject_alt_names_t list,
                                    unsigned index, size_t most, struct caa_diag *diag,
                                    bool *over) {
    gnutls_datum_t name = {NULL, 0};
    unsigned type = 0;
    int got = gnutls_subject_alt_names_get(list, index, &type, &name, NULL);
    *over = got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
    if (*over) return CAA_OK;
    if (got < 0) return refuse(diag, "the CSR's alternative names cannot be read");
    if (type == GNUTLS_SAN_IPADDRESS) return add_address(names, &name, most, diag);
    if (type != GNUTLS_SAN_DNSNAME)
        return refuse(diag, "the CSR has an alternative name that is neither a DNS name nor an "
                            "IP address");
    return caa_names_add(names, caa_slice_bytes(name.data, name.size), most, diag);
}

static enum caa_err add_alternatives(struct caa_names *names, const gnutls_datum_t *extension,
                                     size_t most, struct caa_diag *diag) {
    gnutls_subject_alt_names_t list;
    enum caa_err err = CAA_OK;
    bool over = false;
    size_t values = count_values(extension->data, extension->size, most + 1);
    if (values > most + 1) {
        caa_diag_set(diag, "more than %zu names", most);
        return CAA_ERR_LIMIT;
    }
    if (values == 0) return refuse(diag, "the CSR's alternative names are not DER");
    if (gnutls_subject_alt_names_init(&list) < 0) return CAA_ERR_NOMEM;
    if (gnutls_x509_ext_import_subject_alt_names(extension, list, 0) < 0)
        err = refuse(diag, "the CSR's alternative names cannot be read");
    for (unsigned i = 0; err == CAA_OK && !over; i++)
        err = add_alternative(names, list, i, most, diag, &over);
    gnutls_subject_alt_names_deinit(list);
    return err;
}

/* The one extension of alternative names, if there is one. */
static enum caa_err read_extension(struct caa_names *names, gnutls_x509_crq_t request,
                                   size_t most, struct caa_diag *diag) {
    gnutls_datum_t extension = {NULL, 0}, second = {NULL, 0};
    if (asks_twice(request))
        return refuse(diag, "the CSR asks for extensions at more than one place");
    int got =
        gnutls_x509_crq_get_extension_by_oid2(request, ALTERNATIVE_NAMES, 0, &extension, NULL);
    if (got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return CAA_OK;
    if (got < 0) return refuse(diag, "the CSR's extensions cannot be read");
    enum caa_err err = CAA_OK;
    if (gnutls_x509_crq_get_extension_by_oid2(request, ALTERNATIVE_NAMES, 1, &second, NULL) !=
        GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        err = refuse(diag, "the CSR has alternative names twice");
    if (err == CAA_OK) err = add_alternatives(names, &extension, most, diag);
    gnutls_free(extension.data);
    gnutls_free(second.data);
    return err;
}

static enum caa_err read_common_names(struct caa_names *names, gnutls_x509_crq_t request,
                                      size_t most, struct caa_diag *diag) {
    enum caa_err err = CAA_OK;
    for (unsigned i = 0; err == CAA_OK; i++) {
        char text[COMMON_NAME_MAX];
        size_t len = sizeof text;
        int got = gnutls_x509_crq_get_dn_by_oid(request, GNUTLS_OID_X520_COMMON_NAME, i, 0,
                                                text, &len);
        if (got == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) break;
        if (got < 0) return refuse(diag, "the CSR's common name cannot be read");
        err = caa_names_add(names, caa_slice_bytes(text, len), most, diag);
    }
    return err;
}

enum caa_err caa_csr_read(struct caa_names *names, const uint8_t *der, size_t len, size_t most,
                          struct caa_diag *diag) {
    const gnutls_datum_t octets = {.data = (unsigned char *)der, .size = (unsigned)len};
    gnutls_x509_crq_t request;
    enum caa_err err = look_at_size(der, len, diag);
    if (err != CAA_OK) return err;
    if (gnutls_x509_crq_init(&request) < 0) return CAA_ERR_NOMEM;
    if (gnutls_x509_crq_import(request, &octets, GNUTLS_X509_FMT_DER) < 0)
        err = refuse(diag, "the CSR cannot be read");
    if (err == CAA_OK) err = read_extension(names, request, most, diag);
    if (err == CAA_OK) err = read_common_names(names, request, most, diag);
    if (err == CAA_OK && names->count == 0) err = refuse(diag, "the CSR has no name");
    gnutls_x509_crq_deinit(request);
    return err;
}
