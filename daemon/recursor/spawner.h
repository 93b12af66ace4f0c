/* The process that makes recursors' processes: as root it may give them a user of their own,
   and it never reads what strangers sent. */
#ifndef CAA_DAEMON_RECURSOR_SPAWNER_H
#define CAA_DAEMON_RECURSOR_SPAWNER_H

#include <stdnoreturn.h>
#include <sys/types.h>

struct spawner_identity {
    const char *program; /* path of caad-recursor */
    uid_t uid;           /* 0: children stay who they are */
    gid_t gid;
};

/* Serves requests that come on descriptor CAA_SPAWNER_SOCKET and on links, until the former is
   closed. */
noreturn void spawner_run(const struct spawner_identity *identity);

#endif
