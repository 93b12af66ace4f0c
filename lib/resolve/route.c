#include "resolve/route.h"

#include <errno.h>
#include <unistd.h>

/* To connect a datagram socket only chooses a route and a source address. */
static int errno_of_connect(const struct caa_route_target *target) {
    int probe = socket(target->address.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return errno;
    int status = connect(probe, (const struct sockaddr *)&target->address, target->octets);
    int reason = status == 0 ? 0 : errno;
    close(probe);
    return reason;
}

bool caa_route_exists(const struct caa_route_target *targets, size_t count, int *reason_errno) {
    for (size_t i = 0; i < count; i++) {
        *reason_errno = errno_of_connect(&targets[i]);
        if (*reason_errno == 0) return true;
    }
    return false;
}
