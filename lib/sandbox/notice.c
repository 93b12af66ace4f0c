#include "sandbox/wire.h"

#include "sandbox/octets.h"

enum { PACKET_MAX = UINT16_MAX };

/* The errors that can cross, by their place. */
static const enum caa_err errors[] = {
    CAA_OK,         CAA_ERR_NOMEM, CAA_ERR_TRUST_ANCHOR, CAA_ERR_ROOT_HINTS,
    CAA_ERR_OPTION, CAA_ERR_EVENT, CAA_ERR_RESOLVER, /* and all others */
};

enum { ERRORS = sizeof errors / sizeof errors[0] };

static void put_error(struct caa_octets_writer *out, enum caa_err err) {
    size_t at = 0;
    while (at + 1 < ERRORS && errors[at] != err) at++;
    caa_octets_write(out, at, 1);
}

static void put_text(struct caa_octets_writer *out, struct caa_slice text, size_t most) {
    size_t len = text.len < most ? text.len : most;
    caa_octets_write(out, len, 2);
    caa_octets_put(out, text.ptr, len);
}

static void put_packet(struct caa_octets_writer *out, struct caa_slice packet) {
    if (packet.len > PACKET_MAX) out->overflow = true;
    caa_octets_write(out, packet.len, 2);
    caa_octets_put(out, packet.ptr, packet.len);
}

size_t caa_notice_write(const struct caa_notice *notice, uint8_t *octets, size_t size) {
    struct caa_octets_writer out = {.octets = octets, .size = size};
    caa_octets_write(&out, CAA_WIRE_VERSION, 1);
    caa_octets_write(&out, notice->kind, 1);
    switch (notice->kind) {
    case CAA_NOTICE_HELLO:
        caa_octets_write(&out, caa_jail_to_bits(&notice->jail), 1);
        put_text(&out, notice->library, CAA_WIRE_LIBRARY_MAX);
        break;
    case CAA_NOTICE_OPENED:
        put_error(&out, notice->err);
        put_text(&out, notice->text, CAA_WIRE_REASON_MAX);
        break;
    case CAA_NOTICE_ANSWER:
        caa_octets_write(&out, notice->id, 4);
        caa_octets_write(&out, notice->rcode, 1);
        caa_octets_write(&out, notice->sec, 1);
        put_text(&out, notice->text, CAA_WIRE_REASON_MAX);
        put_packet(&out, notice->packet);
        break;
    case CAA_NOTICE_NO_ANSWER:
        caa_octets_write(&out, notice->id, 4);
        put_error(&out, notice->err);
        break;
    case CAA_NOTICE_PONG: caa_octets_write(&out, notice->id, 4); break;
    }
    return out.overflow ? 0 : out.len;
}

static enum caa_err get_error(struct caa_octets_reader *in) {
    size_t at = caa_octets_read(in, 1);
    if (at >= ERRORS) in->failed = true;
    return in->failed ? CAA_ERR_RESOLVER : errors[at];
}

static struct caa_slice get_octets(struct caa_octets_reader *in, size_t most) {
    size_t len = caa_octets_read(in, 2);
    if (len > most) in->failed = true;
    const uint8_t *from = caa_octets_take(in, len);
    return from == NULL ? (struct caa_slice){0} : caa_slice_bytes(from, len);
}

static void get_answer(struct caa_octets_reader *in, struct caa_notice *notice) {
    notice->id = (uint32_t)caa_octets_read(in, 4);
    notice->rcode = (uint8_t)caa_octets_read(in, 1);
    notice->sec = (uint8_t)caa_octets_read(in, 1);
    notice->text = get_octets(in, CAA_WIRE_REASON_MAX);
    notice->packet = get_octets(in, PACKET_MAX);
    if (notice->sec > 2 || (notice->rcode != 0 && notice->packet.len > 0)) in->failed = true;
}

static void get_body(struct caa_octets_reader *in, struct caa_notice *notice) {
    switch (notice->kind) {
    case CAA_NOTICE_HELLO:
        if (!caa_jail_from_bits(&notice->jail, (unsigned)caa_octets_read(in, 1)))
            in->failed = true;
        notice->library = get_octets(in, CAA_WIRE_LIBRARY_MAX);
        return;
    case CAA_NOTICE_OPENED:
        notice->err = get_error(in);
        notice->text = get_octets(in, CAA_WIRE_REASON_MAX);
        return;
    case CAA_NOTICE_ANSWER: get_answer(in, notice); return;
    case CAA_NOTICE_NO_ANSWER:
        notice->id = (uint32_t)caa_octets_read(in, 4);
        notice->err = get_error(in);
        if (notice->err == CAA_OK) in->failed = true;
        return;
    case CAA_NOTICE_PONG: notice->id = (uint32_t)caa_octets_read(in, 4); return;
    }
    in->failed = true;
}

enum caa_err caa_notice_read(struct caa_notice *notice, const uint8_t *octets, size_t len) {
    struct caa_octets_reader in = {.at = octets, .left = len};
    *notice = (struct caa_notice){0};
    if (caa_octets_read(&in, 1) != CAA_WIRE_VERSION) return CAA_ERR_SYNTAX;
    notice->kind = (enum caa_notice_kind)caa_octets_read(&in, 1);
    get_body(&in, notice);
    return caa_octets_ended_well(&in) ? CAA_OK : CAA_ERR_SYNTAX;
}
