#include "serve/certificate.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "serve/server_state.h"

/* The texts, and not what GnuTLS makes of them: that has no counting, and has to be there until
   the last handshake that began with it has ended. */
struct caa_certificate {
    atomic_size_t holders;
    struct caa_slice chain, key;
};

static gnutls_datum_t datum_of(struct caa_slice text) {
    return (gnutls_datum_t){.data = (unsigned char *)text.ptr, .size = (unsigned)text.len};
}

static int import_chain(gnutls_pcert_st **chain, unsigned *count, struct caa_slice text) {
    const gnutls_datum_t pem = datum_of(text);
    *count = CAA_CERTIFICATE_CHAIN_MOST;
    *chain = gnutls_calloc(*count, sizeof **chain);
    if (*chain == NULL) return GNUTLS_E_MEMORY_ERROR;
    int got = gnutls_pcert_list_import_x509_raw(*chain, count, &pem, GNUTLS_X509_FMT_PEM,
                                                GNUTLS_X509_CRT_LIST_SORT |
                                                    GNUTLS_X509_CRT_LIST_IMPORT_FAIL_IF_EXCEED);
    if (got < 0) gnutls_free(*chain);
    return got;
}

static void free_chain(gnutls_pcert_st *chain, unsigned count) {
    for (unsigned i = 0; i < count; i++) gnutls_pcert_deinit(&chain[i]);
    gnutls_free(chain);
}

static int import_key(gnutls_privkey_t *key, struct caa_slice text) {
    const gnutls_datum_t pem = datum_of(text);
    if (gnutls_privkey_init(key) < 0) return GNUTLS_E_MEMORY_ERROR;
    int got = gnutls_privkey_import_x509_raw(*key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (got < 0) gnutls_privkey_deinit(*key);
    return got;
}

int caa_certificate_import(const struct caa_certificate *certificate, gnutls_pcert_st **chain,
                           unsigned *count, gnutls_privkey_t *key) {
    int got = import_chain(chain, count, certificate->chain);
    if (got < 0) return got;
    got = import_key(key, certificate->key);
    if (got < 0) free_chain(*chain, *count);
    return got;
}

/* ---- is it of use? ---- */

static enum caa_err refuse(struct caa_diag *diag, const char *path, const char *what, int why) {
    if (why == GNUTLS_E_MEMORY_ERROR) return CAA_ERR_NOMEM;
    if (why == GNUTLS_E_SHORT_MEMORY_BUFFER)
        caa_diag_set(diag, "%s: more than %d certificates", path, CAA_CERTIFICATE_CHAIN_MOST);
    else
        caa_diag_set(diag, "%s: %s cannot be used: %s", path, what, gnutls_strerror(why));
    return CAA_ERR_SYNTAX;
}

/* GnuTLS signs with the one and verifies with the other. Takes both over, whatever comes of it.
 */
static int match(gnutls_pcert_st *chain, unsigned count, gnutls_privkey_t key) {
    gnutls_certificate_credentials_t credentials = NULL;
    int got = gnutls_certificate_allocate_credentials(&credentials);
    if (got >= 0)
        got = gnutls_certificate_set_key(credentials, NULL, 0, chain, (int)count, key);
    if (got >= 0) {
        gnutls_free(chain); /* what was in it is the credentials' */
    } else {
        free_chain(chain, count);
        gnutls_privkey_deinit(key);
    }
    gnutls_certificate_free_credentials(credentials);
    return got;
}

static enum caa_err look_at(const struct caa_certificate *certificate, const char *path,
                            const char *key_path, struct caa_diag *diag) {
    gnutls_pcert_st *chain;
    gnutls_privkey_t key;
    unsigned count;
    int got = import_chain(&chain, &count, certificate->chain);
    if (got < 0) return refuse(diag, path, "the certificate", got);
    got = import_key(&key, certificate->key);
    if (got >= 0)
        got = match(chain, count, key);
    else
        free_chain(chain, count);
    return got < 0 ? refuse(diag, key_path, "the key", got) : CAA_OK;
}

/* ---- a life ---- */

enum caa_err caa_certificate_read(struct caa_certificate **made, const char *path,
                                  const char *key_path, struct caa_diag *diag) {
    struct caa_certificate *certificate = calloc(1, sizeof *certificate);
    if (certificate == NULL) return CAA_ERR_NOMEM;
    atomic_init(&certificate->holders, 1);
    enum caa_err err =
        caa_file_read(&certificate->chain, path, CAA_CERTIFICATE_OCTETS_MOST, diag);
    if (err == CAA_OK)
        err = caa_file_read(&certificate->key, key_path, CAA_CERTIFICATE_OCTETS_MOST, diag);
    if (err == CAA_OK) err = look_at(certificate, path, key_path, diag);
    if (err == CAA_OK)
        *made = certificate;
    else
        caa_certificate_release(certificate);
    return err;
}

bool caa_certificate_equal(const struct caa_certificate *a, const struct caa_certificate *b) {
    return caa_slice_equal(a->chain, b->chain) && caa_slice_equal(a->key, b->key);
}

struct caa_certificate *caa_certificate_retain(struct caa_certificate *certificate) {
    if (certificate != NULL) atomic_fetch_add(&certificate->holders, 1);
    return certificate;
}

void caa_certificate_release(struct caa_certificate *certificate) {
    if (certificate == NULL || atomic_fetch_sub(&certificate->holders, 1) != 1) return;
    if (certificate->key.len > 0)
        explicit_bzero((void *)certificate->key.ptr, certificate->key.len);
    caa_file_free(certificate->key);
    caa_file_free(certificate->chain);
    free(certificate);
}
