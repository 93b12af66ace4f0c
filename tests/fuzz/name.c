/* Names and identifiers: what can be read is written back the same, and an accepted DNS
   identifier is a host name whatever the input was. */
#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/utf8.h"
#include "dns/identifier.h"
#include "dns/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds) {
    if (!holds) abort();
}

static void must_be_same(const struct caa_name *a, const struct caa_name *b) {
    must(a->len == b->len && memcmp(a->wire, b->wire, a->len) == 0);
    must(caa_name_equal(a, b) && caa_name_hash(a, 1) == caa_name_hash(b, 1));
}

static void must_climb_to_the_root(const struct caa_name *name) {
    struct caa_name at = *name;
    size_t count = 0;
    for (; !caa_name_is_root(&at); count++) {
        must(caa_name_is_subdomain(name, &at));
        must(caa_name_parent(&at, &at));
    }
    must(count == caa_name_label_count(name) && count <= CAA_NAME_LABELS_MAX);
}

static void must_round_trip(const struct caa_name *name) {
    char text[CAA_NAME_TEXT_MAX];
    struct caa_name again;
    size_t len = caa_name_to_text(name, text);
    must(len == strlen(text));
    must(caa_name_from_text(&again, caa_slice_bytes(text, len), NULL) == CAA_OK);
    must_be_same(name, &again);
    must(caa_name_from_wire(&again, name->wire, name->len) == CAA_OK);
    must_be_same(name, &again);
    must(caa_name_from_wire(&again, name->wire, name->len - 1u) == CAA_ERR_SYNTAX);
    must_climb_to_the_root(name);
}

static void must_tell(enum caa_err err, const struct caa_diag *diag) {
    struct caa_slice rest = caa_slice_of(diag->text);
    must(err == CAA_ERR_SYNTAX && rest.len > 0);
    while (rest.len > 0) {
        size_t octets = caa_utf8_printable(rest);
        must(octets > 0);
        rest = caa_slice_bytes(rest.ptr + octets, rest.len - octets);
    }
}

static void must_be_host_name(const char *text) {
    for (const char *c = text; *c != '\0'; c++)
        must(caa_ascii_is_digit(*c) || (*c >= 'a' && *c <= 'z') || *c == '-' || *c == '.');
}

static void must_hold(const struct caa_identifier *identifier) {
    struct caa_identifier again;
    struct caa_slice text = caa_slice_of(identifier->text);
    must(text.len > 0 && text.len <= 253);
    must(caa_identifier_parse(&again, text, NULL) == CAA_OK);
    must(again.kind == identifier->kind && again.wildcard == identifier->wildcard);
    must(strcmp(again.text, identifier->text) == 0);
    if (identifier->kind == CAA_IDENTIFIER_IP) return;
    const char *host = identifier->text + (identifier->wildcard ? 2 : 0);
    struct caa_name name;
    must_be_host_name(host);
    must(caa_name_from_text(&name, caa_slice_of(host), NULL) == CAA_OK);
    must_be_same(&name, &identifier->name);
    must_be_same(&again.name, &identifier->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct caa_slice text = caa_slice_bytes(data, size);
    struct caa_name name;
    struct caa_identifier identifier;
    struct caa_diag diag = {""};
    if (caa_name_from_wire(&name, data, size) == CAA_OK) must_round_trip(&name);
    enum caa_err err = caa_name_from_text(&name, text, &diag);
    if (err == CAA_OK)
        must_round_trip(&name);
    else
        must_tell(err, &diag);
    err = caa_identifier_parse(&identifier, text, &diag);
    if (err == CAA_OK)
        must_hold(&identifier);
    else
        must_tell(err, &diag);
    return 0;
}
