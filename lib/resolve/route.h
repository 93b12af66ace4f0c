/* Is it us? Whether this machine has a way to somebody at all, found out without sending
 * anything. */
#ifndef CAA_RESOLVE_ROUTE_H
#define CAA_RESOLVE_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct caa_route_target {
    struct sockaddr_storage address; /* IPv4 or IPv6, with port */
    socklen_t octets;
};

/* The kernel has a route to one of the targets at least. If not, `*reason_errno` says what it
   said of the last one. */
bool caa_route_exists(const struct caa_route_target *targets, size_t count, int *reason_errno);

#endif
