#include "acme/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/base64url.h"
#include "serve/document.h"

static const char *const MEMBERS[] = {"protected", "payload", "signature"};
enum { PROTECTED, PAYLOAD, SIGNATURE, MEMBER_COUNT };

bool caa_jws_member_folds_to(const char *member, const char *name) {
    static const char LONG_S[] = "\xc5\xbf", KELVIN[] = "\xe2\x84\xaa";
    for (; *name != '\0'; name++) {
        if (*name == 's' && strncmp(member, LONG_S, strlen(LONG_S)) == 0)
            member += strlen(LONG_S);
        else if (*name == 'k' && strncmp(member, KELVIN, strlen(KELVIN)) == 0)
            member += strlen(KELVIN);
        else if (caa_ascii_lower(*member) == *name)
            member++;
        else
            return false;
    }
    return *member == '\0';
}

static enum caa_err refuse(struct caa_refusal *refusal, const char *pointer, const char *why) {
    caa_refusal_set(refusal, CAA_USE_MEMBER_VALUE, pointer, "%s", why);
    return CAA_ERR_SYNTAX;
}

/* The members' texts, each of which is base64url and so needs no escape. */
static enum caa_err read_members(struct caa_slice texts[MEMBER_COUNT], json_t *object,
                                 struct caa_refusal *refusal) {
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        const json_t *value = json_object_get(object, MEMBERS[i]);
        if (!json_is_string(value)) {
            caa_refusal_set(refusal, CAA_USE_MEMBER_MISSING, NULL,
                            "the JWS has no text in its member '%s'", MEMBERS[i]);
            return CAA_ERR_SYNTAX;
        }
        texts[i] = caa_slice_bytes(json_string_value(value), json_string_length(value));
    }
    if (json_object_size(object) == MEMBER_COUNT) return CAA_OK;
    caa_refusal_set(refusal, CAA_USE_MEMBER_UNKNOWN, NULL,
                    "the JWS has members beside protected, payload and signature");
    return CAA_ERR_SYNTAX;
}

/* `*octets` has room for all, is NUL-terminated, and freed by free(). */
static enum caa_err decode(uint8_t **octets, size_t *len, struct caa_slice text,
                           const char *pointer, struct caa_refusal *refusal) {
    size_t size = text.len / 4 * 3 + 3;
    *octets = malloc(size + 1);
    if (*octets == NULL) return CAA_ERR_NOMEM;
    if (!caa_base64url_decode(text, *octets, size, len))
        return refuse(refusal, pointer, "is not base64url without padding");
    (*octets)[*len] = '\0';
    return CAA_OK;
}

static enum caa_err decode_object(json_t **object, struct caa_slice text, const char *pointer,
                                  struct caa_refusal *refusal) {
    uint8_t *octets = NULL;
    size_t len = 0;
    enum caa_err err = decode(&octets, &len, text, pointer, refusal);
    if (err == CAA_OK) err = caa_document_read(object, caa_slice_bytes(octets, len), refusal);
    free(octets);
    return err;
}

/* No member but `name` itself may be taken for it. */
static bool is_spelt_well(json_t *object, const char *name) {
    const char *member;
    json_t *value;
    json_object_foreach(object, member, value) {
        if (strcmp(member, name) != 0 && caa_jws_member_folds_to(member, name)) return false;
    }
    return true;
}

static enum caa_err copy_kid(struct caa_jws *jws, const json_t *header,
                             struct caa_refusal *refusal) {
    const json_t *kid = json_object_get(header, "kid");
    if (kid == NULL) return CAA_OK;
    if (!json_is_string(kid) || json_object_get(header, "jwk") != NULL)
        return refuse(refusal, "/protected", "has a kid that is no text, or a jwk beside it");
    jws->kid = strdup(json_string_value(kid));
    return jws->kid == NULL ? CAA_ERR_NOMEM : CAA_OK;
}

static enum caa_err read_header(struct caa_jws *jws, struct caa_slice text,
                                struct caa_refusal *refusal) {
    json_t *header = NULL;
    enum caa_err err = decode_object(&header, text, "/protected", refusal);
    if (err != CAA_OK) return err;
    if (!is_spelt_well(header, "kid") || !is_spelt_well(header, "url") ||
        !is_spelt_well(header, "jwk"))
        err = refuse(refusal, "/protected", "has kid, jwk or url in another spelling");
    else if (json_object_get(header, "b64") != NULL || !is_spelt_well(header, "b64"))
        err = refuse(refusal, "/protected", "has b64, which ACME forbids (RFC 8555, 6.2)");
    if (err == CAA_OK) err = copy_kid(jws, header, refusal);
    json_decref(header);
    return err;
}

static enum caa_err read_csr(struct caa_jws *jws, json_t *payload,
                             struct caa_refusal *refusal) {
    const json_t *csr = json_object_get(payload, "csr");
    if (!is_spelt_well(payload, "csr"))
        return refuse(refusal, "/payload", "has csr in another spelling");
    if (csr == NULL) return CAA_OK;
    if (!json_is_string(csr)) return refuse(refusal, "/payload/csr", "is no text");
    return decode(&jws->csr, &jws->csr_len,
                  caa_slice_bytes(json_string_value(csr), json_string_length(csr)),
                  "/payload/csr", refusal);
}

/* An empty one makes the POST a GET (RFC 8555 section 6.3). */
static enum caa_err read_payload(struct caa_jws *jws, struct caa_slice text,
                                 struct caa_refusal *refusal) {
    json_t *payload = NULL;
    if (text.len == 0) return CAA_OK;
    enum caa_err err = decode_object(&payload, text, "/payload", refusal);
    if (err == CAA_OK) err = read_csr(jws, payload, refusal);
    json_decref(payload);
    return err;
}

static bool is_base64url(struct caa_slice text) {
    for (size_t i = 0; i < text.len; i++)
        if (!caa_ascii_is_alnum(text.ptr[i]) && text.ptr[i] != '-' && text.ptr[i] != '_')
            return false;
    return text.len % 4 != 1;
}

static enum caa_err write_text(struct caa_jws *jws,
                               const struct caa_slice texts[MEMBER_COUNT]) {
    size_t size = sizeof "{'protected':'','payload':'','signature':''}";
    for (size_t i = 0; i < MEMBER_COUNT; i++) size += texts[i].len;
    jws->text = malloc(size);
    if (jws->text == NULL) return CAA_ERR_NOMEM;
    char *at = jws->text;
    for (size_t i = 0; i < MEMBER_COUNT; i++) {
        at += sprintf(at, "%s\"%s\":\"", i == 0 ? "{" : ",", MEMBERS[i]);
        memcpy(at, texts[i].ptr, texts[i].len);
        if (i == PAYLOAD) jws->payload = caa_slice_bytes(at, texts[i].len);
        at += texts[i].len;
        *at++ = '"';
    }
    *at++ = '}';
    *at = '\0';
    jws->len = (size_t)(at - jws->text);
    return CAA_OK;
}

enum caa_err caa_jws_read(struct caa_jws *jws, struct caa_slice body,
                          struct caa_refusal *refusal) {
    struct caa_slice texts[MEMBER_COUNT];
    json_t *object = NULL;
    *jws = (struct caa_jws){0};
    enum caa_err err = caa_document_read(&object, body, refusal);
    if (err == CAA_OK) err = read_members(texts, object, refusal);
    if (err == CAA_OK && !is_base64url(texts[SIGNATURE]))
        err = refuse(refusal, "/signature", "is not base64url without padding");
    if (err == CAA_OK) err = read_header(jws, texts[PROTECTED], refusal);
    if (err == CAA_OK) err = read_payload(jws, texts[PAYLOAD], refusal);
    if (err == CAA_OK) err = write_text(jws, texts);
    json_decref(object);
    if (err != CAA_OK) caa_jws_free(jws);
    return err;
}

void caa_jws_free(struct caa_jws *jws) {
    free(jws->text);
    free(jws->kid);
    free(jws->csr);
    *jws = (struct caa_jws){0};
}
