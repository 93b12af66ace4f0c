/* Inside sandbox: what the spawner is asked. It is `caad-recursor spawner PATH UID GID`, with a
   socket to its maker as descriptor 3. */
#ifndef CAA_SANDBOX_SPAWNER_REQUEST_H
#define CAA_SANDBOX_SPAWNER_REQUEST_H

#include "sandbox/spawner.h"

enum {
    CAA_SPAWNER_SOCKET = 3, /* and that of its children */
    CAA_SPAWNER_DESCRIPTORS_MOST = 1 << 20,
};

enum caa_spawner_request_kind {
    CAA_SPAWNER_ATTACH = 1, /* with one end of a link's socket */
    CAA_SPAWNER_SPAWN,      /* with the child's end of its socket */
    CAA_SPAWNER_KILL,
};

/* One packet of the socket. It goes as it lies in memory: both sides are of one build. */
struct caa_spawner_request {
    uint32_t kind;
    struct caa_spawner_order order; /* KILL: only its number */
};

#endif
