#include "resolve/bootstrap.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>
#include <libzscanner/scanner.h>

/* One file being read: each record goes to `take`, which returns false with a reason to stop.
 */
struct reading {
    const char *file;
    bool (*take)(struct reading *reading, const zs_scanner_t *record, const char **reason);
    void *into;
    struct caa_diag *diag;
    enum caa_err refused; /* what to return where the file is no good */
    bool unusable;        /* a record was well-formed, but of no use */
};

static enum caa_err refuse(const struct reading *reading, uint64_t line, const char *reason) {
    caa_diag_set(reading->diag, "%s:%llu: %s", reading->file, (unsigned long long)line, reason);
    return reading->refused;
}

static enum caa_err read_records(struct reading *reading, zs_scanner_t *scanner) {
    while (zs_parse_record(scanner) == 0) {
        const char *reason = NULL;
        switch (scanner->state) {
        case ZS_STATE_DATA:
            if (!reading->take(reading, scanner, &reason))
                return refuse(reading, scanner->line_counter, reason);
            break;
        case ZS_STATE_EOF: return CAA_OK;
        case ZS_STATE_ERROR:
            return refuse(reading, scanner->line_counter, zs_strerror(scanner->error.code));
        case ZS_STATE_INCLUDE:
            return refuse(reading, scanner->line_counter, "$INCLUDE is not followed here");
        case ZS_STATE_NONE:
        case ZS_STATE_STOP: break;
        }
    }
    return refuse(reading, scanner->line_counter, zs_strerror(scanner->error.code));
}

static enum caa_err read_master_file(struct reading *reading, struct caa_slice text) {
    zs_scanner_t *scanner = malloc(sizeof *scanner);
    if (scanner == NULL) return CAA_ERR_NOMEM;
    enum caa_err err = CAA_ERR_NOMEM;
    if (zs_init(scanner, ".", KNOT_CLASS_IN, 3600) == 0) {
        if (zs_set_input_string(scanner, text.len == 0 ? "" : text.ptr, text.len) == 0)
            err = read_records(reading, scanner);
        zs_deinit(scanner);
    }
    free(scanner);
    return err;
}

static bool take_hint(struct reading *reading, const zs_scanner_t *record,
                      const char **reason) {
    struct caa_root_hints *hints = reading->into;
    int family = record->r_type == KNOT_RRTYPE_A      ? AF_INET
                 : record->r_type == KNOT_RRTYPE_AAAA ? AF_INET6
                                                      : AF_UNSPEC;
    if (family == AF_UNSPEC) {
        *reason = "root hints hold NS, A and AAAA records only";
        return record->r_type == KNOT_RRTYPE_NS;
    }
    if (hints->count == CAA_ROOT_ADDRESSES_MAX) {
        *reason = "more root server addresses than anybody needs";
        return false;
    }
    inet_ntop(family, record->r_data, hints->addresses[hints->count], CAA_ADDRESS_TEXT_MAX);
    hints->count++;
    return true;
}

enum caa_err caa_root_hints_read(struct caa_root_hints *hints, struct caa_slice text,
                                 const char *file, struct caa_diag *diag) {
    struct reading reading = {file, take_hint, hints, diag, CAA_ERR_ROOT_HINTS, false};
    hints->count = 0;
    enum caa_err err = read_master_file(&reading, text);
    if (err != CAA_OK || hints->count > 0) return err;
    caa_diag_set(diag, "%s: no address of a root server in it", file);
    return CAA_ERR_ROOT_HINTS;
}

/* RFC 8624 section 3.1: what a validator must or is recommended to implement. */
static bool algorithm_is_usable(uint8_t algorithm) {
    switch (algorithm) {
    case 8:  /* RSASHA256 */
    case 10: /* RSASHA512 */
    case 13: /* ECDSAP256SHA256 */
    case 14: /* ECDSAP384SHA384 */
    case 15: /* ED25519 */
    case 16: /* ED448 */ return true;
    default: return false;
    }
}

/* DS RDATA (RFC 4034 section 5.1): key tag, algorithm, digest type, digest. */
static bool ds_is_usable(const uint8_t *rdata, size_t len) {
    return len > 4 && algorithm_is_usable(rdata[2]) &&
           ((rdata[3] == 2 && len == 4 + 32) || (rdata[3] == 4 && len == 4 + 48));
}

/* DNSKEY RDATA (RFC 4034 section 2.1): flags, protocol, algorithm, key; REVOKE by RFC 5011. */
static bool dnskey_is_usable(const uint8_t *rdata, size_t len) {
    const unsigned zone_key = 0x0100, revoke = 0x0080;
    unsigned flags = len > 4 ? (unsigned)rdata[0] << 8 | rdata[1] : 0;
    return (flags & zone_key) != 0 && (flags & revoke) == 0 && rdata[2] == 3 &&
           algorithm_is_usable(rdata[3]);
}

/* `. IN DS 20326 8 2 …`: libunbound wants text, and the file's own may span lines. */
static bool write_record(char *text, const zs_scanner_t *record) {
    int start = snprintf(text, CAA_TRUST_ANCHOR_TEXT_MAX, ". IN %s ",
                         record->r_type == KNOT_RRTYPE_DS ? "DS" : "DNSKEY");
    knot_rrset_t rrset;
    knot_rrset_init(&rrset, (knot_dname_t *)record->r_owner, record->r_type, KNOT_CLASS_IN, 0);
    if (knot_rrset_add_rdata(&rrset, record->r_data, (uint16_t)record->r_data_length, NULL) !=
        0)
        return false;
    int len = knot_rrset_txt_dump_data(&rrset, 0, text + start,
                                       (size_t)(CAA_TRUST_ANCHOR_TEXT_MAX - start),
                                       &KNOT_DUMP_STYLE_DEFAULT);
    knot_rdataset_clear(&rrset.rrs, NULL);
    return len > 0;
}

static bool take_anchor(struct reading *reading, const zs_scanner_t *record,
                        const char **reason) {
    struct caa_trust_anchor *anchor = reading->into;
    bool is_ds = record->r_type == KNOT_RRTYPE_DS;
    if (!is_ds && record->r_type != KNOT_RRTYPE_DNSKEY) {
        *reason = "a trust anchor is a DS or a DNSKEY record";
        return false;
    }
    if (record->r_owner_length != 1) {
        *reason = "the trust anchor is not the root's: validation has to start at the root";
        return false;
    }
    bool usable = is_ds ? ds_is_usable(record->r_data, record->r_data_length)
                        : dnskey_is_usable(record->r_data, record->r_data_length);
    reading->unusable |= !usable;
    if (!usable) return true;
    *reason = "more trust anchors than anybody needs";
    if (anchor->count == CAA_TRUST_ANCHORS_MAX) return false;
    *reason = "the record is too long";
    if (!write_record(anchor->records[anchor->count], record)) return false;
    anchor->count++;
    return true;
}

enum caa_err caa_trust_anchor_read(struct caa_trust_anchor *anchor, struct caa_slice text,
                                   const char *file, struct caa_diag *diag) {
    struct reading reading = {file, take_anchor, anchor, diag, CAA_ERR_TRUST_ANCHOR, false};
    anchor->count = 0;
    enum caa_err err = read_master_file(&reading, text);
    if (err != CAA_OK || anchor->count > 0) return err;
    caa_diag_set(diag, "%s: %s", file,
                 reading.unusable
                     ? "no trust anchor in it has a key that can be used for validation"
                     : "no trust anchor in it, and without one nothing can be validated");
    return CAA_ERR_TRUST_ANCHOR;
}
