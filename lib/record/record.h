/* The CAA resource record (RFC 8659 section 4). */
#ifndef CAA_RECORD_RECORD_H
#define CAA_RECORD_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"
#include "record/malformed.h"

enum {
    CAA_FLAG_CRITICAL = 0x80,       /* Issuer Critical, bit 0 (RFC 8659 section 4.1) */
    CAA_FLAG_CRITICAL_ALIAS = 0x01, /* not critical to RFC 8659, though some CAs take it so */
    CAA_RECORD_RDATA_MAX = 65535,   /* octets, RFC 1035 section 3.2.1 */
    CAA_RECORD_TAG_MAX = 255,
};

/* Properties by tag: CAA_PROPERTY_UNKNOWN for any that this checker does not process. */
enum caa_property {
    CAA_PROPERTY_UNKNOWN,
#define CAA_PROPERTY(name, tag, source) CAA_PROPERTY_##name,
#include "record/property.def"
#undef CAA_PROPERTY
};

/* A record read from RDATA: `tag` and `value` are views of the octets it was read from. */
struct caa_record {
    uint8_t flags;
    enum caa_property property;
    struct caa_slice tag;   /* as written; compare without case */
    struct caa_slice value; /* any octets */
};

/* Reads RDATA in wire format (RFC 8659 section 4.1). CAA_ERR_SYNTAX, with place and reason in
   `malformed` (may be NULL), for less than two octets, an empty tag, a tag past the end, a tag
   with anything but ASCII letters and digits, or more than CAA_RECORD_RDATA_MAX octets. */
enum caa_err caa_record_from_wire(struct caa_record *record, struct caa_slice rdata,
                                  struct caa_malformed *malformed);

/* Writes wire format to `rdata`, of `size` octets at most; `*len` is what was written.
   CAA_ERR_LIMIT where it does not fit, CAA_ERR_SYNTAX for a tag that is not one. */
enum caa_err caa_record_to_wire(const struct caa_record *record, uint8_t *rdata, size_t size,
                                size_t *len);

/* Reads presentation format (RFC 8659 section 4.1.1): `flags tag value`, the value quoted or a
   word, with RFC 1035 escapes, into wire format at `rdata`, of `size` octets at most. Outside
   quotes ';' and parentheses are refused: a master file gives them another meaning. The
   generic form `\# length hex` (RFC 3597 section 5) is taken as it is, so that it can also
   write RDATA that caa_record_from_wire refuses. CAA_ERR_SYNTAX with place and reason (in
   `malformed`, may be NULL), CAA_ERR_LIMIT; `*len` is set on success only. */
enum caa_err caa_record_from_text(struct caa_slice text, uint8_t *rdata, size_t size,
                                  size_t *len, struct caa_malformed *malformed);

/* Writes presentation format: `0 issue "ca.example"`, the value always quoted. Safe to print.
 */
void caa_record_to_text(const struct caa_record *record, struct caa_writer *out);

/* The property that a tag names, without regard to case. */
enum caa_property caa_property_of_tag(struct caa_slice tag);

/* A tag that RFC 8659 section 7.2 reserves: auth, path, policy. */
bool caa_property_tag_is_reserved(struct caa_slice tag);

#endif
