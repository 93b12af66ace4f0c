#include "policy/request.h"

#include "base/ascii.h"
#include "dns/identifier.h"

/* As it would stand in a record: what people may type besides (U-labels, a final dot) matches
   none, and every customer would be told that a record of theirs forbids. */
bool caa_request_may_have_issuer(struct caa_slice text) {
    struct caa_identifier name;
    return caa_identifier_parse(&name, text, NULL) == CAA_OK &&
           name.kind == CAA_IDENTIFIER_DNS && !name.wildcard &&
           caa_slice_equal_nocase(text, caa_slice_of(name.text));
}

bool caa_request_may_have_account(struct caa_slice text) {
    size_t i = 0;
    if (text.len == 0 || !caa_ascii_is_alpha(text.ptr[0])) return false;
    while (i < text.len && (caa_ascii_is_alnum(text.ptr[i]) || text.ptr[i] == '+' ||
                            text.ptr[i] == '-' || text.ptr[i] == '.'))
        i++;
    if (i == text.len || text.ptr[i] != ':') return false;
    while (i < text.len && caa_ascii_is_vchar(text.ptr[i])) i++;
    return i == text.len;
}

bool caa_request_may_have_method(struct caa_slice text) {
    size_t i = 0;
    while (i < text.len && (caa_ascii_is_alnum(text.ptr[i]) || text.ptr[i] == '-')) i++;
    return text.len > 0 && i == text.len;
}
