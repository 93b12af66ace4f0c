/* What goes over the socket between a process and its recursor in a child process: orders down,
   notices up. One message is one packet of the socket (SOCK_SEQPACKET), so that a side that
   lies can send a wrong message, and never a wrong boundary.

   In the beginning the child says HELLO. SETTING says what every recursor is told at start;
   OPEN makes the context, with the zones of a pin or without, and is answered by OPENED. Then
   each ASK is answered by one ANSWER at most, none after CANCEL, and each PING by a PONG. */
#ifndef CAA_SANDBOX_WIRE_H
#define CAA_SANDBOX_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/slice.h"
#include "dns/name.h"
#include "dns/pin.h"
#include "resolve/recursor.h"
#include "sandbox/jail.h"

enum {
    CAA_WIRE_VERSION = 1,
    CAA_WIRE_MESSAGE_MAX = 128 << 10, /* octets; the kernel takes one of that size */
    CAA_WIRE_REASON_MAX = 512,
    CAA_WIRE_LIBRARY_MAX = 32,
    CAA_WIRE_FORWARDERS_MAX = 64,
    CAA_WIRE_OPTIONS_MAX = 128,
};

enum caa_order_kind {
    CAA_ORDER_SETTING = 1,
    CAA_ORDER_OPEN,
    CAA_ORDER_ASK,
    CAA_ORDER_CANCEL,
    CAA_ORDER_PING,
};

struct caa_order {
    enum caa_order_kind kind;
    uint32_t id;                                /* ASK, CANCEL, PING: whose number it is */
    struct caa_name name;                       /* ASK */
    uint16_t type;                              /* ASK */
    const struct caa_recursor_setting *setting; /* SETTING; without cache_octets */
    uint64_t cache_octets;                      /* OPEN */
    const struct caa_pin *pin;                  /* OPEN; NULL: none */
};

/* Writes it to `size` octets at `octets` and returns how many it took; 0 where it does not fit
   or cannot be said. */
size_t caa_order_write(const struct caa_order *order, uint8_t *octets, size_t size);

/* Reads a message; what the order points to lives in `arena`. CAA_ERR_SYNTAX for anything that
   caa_order_write would not have written, CAA_ERR_NOMEM. */
enum caa_err caa_order_read(struct caa_order *order, struct caa_arena *arena,
                            const uint8_t *octets, size_t len);

enum caa_notice_kind {
    CAA_NOTICE_HELLO = 1,
    CAA_NOTICE_OPENED,
    CAA_NOTICE_ANSWER,
    CAA_NOTICE_NO_ANSWER, /* it could not even be asked */
    CAA_NOTICE_PONG,
};

/* Slices point into the message that was read. Text in them is hostile. */
struct caa_notice {
    enum caa_notice_kind kind;
    uint32_t id;              /* ANSWER, NO_ANSWER, PONG */
    struct caa_jail jail;     /* HELLO: what the child gave up */
    struct caa_slice library; /* HELLO: libunbound's version */
    enum caa_err err;         /* OPENED, NO_ANSWER */
    struct caa_slice text;    /* OPENED: what is wrong; ANSWER: why it is bogus */
    uint8_t rcode;            /* ANSWER: the argument of libunbound's callback */
    uint8_t sec;              /* ANSWER: likewise */
    struct caa_slice packet;  /* ANSWER: empty where rcode is not 0 */
};

/* As caa_order_write. Text that is too long is cut. */
size_t caa_notice_write(const struct caa_notice *notice, uint8_t *octets, size_t size);

/* As caa_order_read, but for the memory: it needs none. */
enum caa_err caa_notice_read(struct caa_notice *notice, const uint8_t *octets, size_t len);

#endif
