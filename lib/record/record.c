#include "record/record.h"

#include <string.h>

#include "base/ascii.h"

enum { FIXED_OCTETS = 2 }; /* flags and tag length */

enum caa_property caa_property_of_tag(struct caa_slice tag) {
    static const char *const tags[] = {
#define CAA_PROPERTY(name, text, source) [CAA_PROPERTY_##name] = text,
#include "record/property.def"
#undef CAA_PROPERTY
    };
    for (size_t i = CAA_PROPERTY_UNKNOWN + 1; i < sizeof tags / sizeof *tags; i++)
        if (caa_slice_equal_nocase(tag, caa_slice_of(tags[i]))) return (enum caa_property)i;
    return CAA_PROPERTY_UNKNOWN;
}

bool caa_property_tag_is_reserved(struct caa_slice tag) {
    static const char *const reserved[] = {"auth", "path", "policy"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (caa_slice_equal_nocase(tag, caa_slice_of(reserved[i]))) return true;
    return false;
}

/* The first octet that RFC 8659 section 4.1 does not allow in a tag; tag.len where none. */
static size_t tag_octets_allowed(struct caa_slice tag) {
    size_t n = 0;
    while (n < tag.len && caa_ascii_is_alnum(tag.ptr[n])) n++;
    return n;
}

enum caa_err caa_record_from_wire(struct caa_record *record, struct caa_slice rdata,
                                  struct caa_malformed *malformed) {
    if (rdata.len > CAA_RECORD_RDATA_MAX)
        return caa_malformed_at(malformed, CAA_RECORD_RDATA_MAX, "RDATA cannot be this long");
    if (rdata.len < FIXED_OCTETS)
        return caa_malformed_at(malformed, rdata.len, "the RDATA ends before the tag length");
    size_t tag_len = (unsigned char)rdata.ptr[1];
    if (tag_len == 0) return caa_malformed_at(malformed, 1, "the tag is empty");
    if (tag_len > rdata.len - FIXED_OCTETS)
        return caa_malformed_at(malformed, 1, "the tag reaches past the end of the RDATA");
    struct caa_slice tag = {rdata.ptr + FIXED_OCTETS, tag_len};
    size_t allowed = tag_octets_allowed(tag);
    if (allowed < tag.len)
        return caa_malformed_at(malformed, FIXED_OCTETS + allowed,
                                "the tag has a character other than ASCII letters and digits");
    size_t fixed_and_tag = FIXED_OCTETS + tag_len;
    *record = (struct caa_record){
        .flags = (uint8_t)rdata.ptr[0],
        .property = caa_property_of_tag(tag),
        .tag = tag,
        .value = {rdata.ptr + fixed_and_tag, rdata.len - fixed_and_tag},
    };
    return CAA_OK;
}

enum caa_err caa_record_to_wire(const struct caa_record *record, uint8_t *rdata, size_t size,
                                size_t *len) {
    struct caa_slice tag = record->tag, value = record->value;
    if (tag.len == 0 || tag.len > CAA_RECORD_TAG_MAX || tag_octets_allowed(tag) < tag.len)
        return CAA_ERR_SYNTAX;
    if (size > CAA_RECORD_RDATA_MAX) size = CAA_RECORD_RDATA_MAX;
    size_t fixed_and_tag = FIXED_OCTETS + tag.len;
    if (size < fixed_and_tag || size - fixed_and_tag < value.len) return CAA_ERR_LIMIT;
    rdata[0] = record->flags;
    rdata[1] = (uint8_t)tag.len;
    memcpy(rdata + FIXED_OCTETS, tag.ptr, tag.len);
    if (value.len > 0) memcpy(rdata + fixed_and_tag, value.ptr, value.len);
    *len = fixed_and_tag + value.len;
    return CAA_OK;
}
