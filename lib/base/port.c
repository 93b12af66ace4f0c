#include "base/port.h"

#include "base/ascii.h"

enum { PORT_DIGITS_MOST = 5 };

/* getaddrinfo takes a port modulo 65536, and strtoul a sign or spaces in front of it. */
bool caa_port_read(uint16_t *port, struct caa_slice text) {
    unsigned long number = 0;
    if (text.len == 0 || text.len > PORT_DIGITS_MOST) return false;
    for (size_t i = 0; i < text.len; i++) {
        if (!caa_ascii_is_digit(text.ptr[i])) return false;
        number = number * 10 + (unsigned long)(text.ptr[i] - '0');
    }
    if (number > UINT16_MAX) return false;
    *port = (uint16_t)number;
    return true;
}
