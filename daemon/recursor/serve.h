/* The inside of a recursor's process: it does as its parent orders, and knows nothing else. */
#ifndef CAA_DAEMON_RECURSOR_SERVE_H
#define CAA_DAEMON_RECURSOR_SERVE_H

#include <stdnoreturn.h>

#include "sandbox/jail.h"

/* Serves the parent at the other end of `socket`, and ends the process when that is gone. The
   jail has been entered. */
noreturn void recursor_serve(int socket, const struct caa_jail *jail);

/* Tells the parent what is missing of the jail, which could not be entered. */
void recursor_refuse(int socket, const struct caa_jail *jail);

#endif
