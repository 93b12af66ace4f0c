/* The number of a port, as people write it. */
#ifndef CAA_BASE_PORT_H
#define CAA_BASE_PORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"

/* Reads one to five digits and nothing else, up to 65535; 0 too, which is the caller's to
   refuse where no port may be the kernel's choice. False, and `*port` as it was: it is no port.
 */
bool caa_port_read(uint16_t *port, struct caa_slice text);

#endif
