/* caad-recursor: libunbound in a process of its own that can do little else. By hand it is of
   no use: caad executes `caad-recursor spawner PATH UID GID`, and that in its turn
   `caad-recursor recursor UID GID MAPPED_OCTETS DESCRIPTORS`, each with a socket as
   descriptor 3. A recursor enters its jail before it reads anything from there. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/spawner_request.h"
#include "serve.h"
#include "spawner.h"

static unsigned long long number(const char *text) {
    return strtoull(text, NULL, 10);
}

static noreturn void run_spawner(char **words) {
    const struct spawner_identity identity = {
        .program = words[0], .uid = (uid_t)number(words[1]), .gid = (gid_t)number(words[2])};
    spawner_run(&identity);
}

static int run_recursor(char **words) {
    struct caa_jail jail;
    struct caa_diag diag = {""};
    const struct caa_jail_setting setting = {.uid = (uid_t)number(words[0]),
                                             .gid = (gid_t)number(words[1]),
                                             .address_octets = number(words[2]),
                                             .descriptors = (uint32_t)number(words[3])};
    tzset(); /* reads a file, and after this there is none */
    if (caa_jail_enter(&jail, &setting, &diag) == CAA_OK)
        recursor_serve(CAA_SPAWNER_SOCKET, &jail);
    recursor_refuse(CAA_SPAWNER_SOCKET, &jail);
    return EX_SOFTWARE;
}

static bool has_socket(void) {
    int type = 0;
    socklen_t octets = sizeof type;
    return getsockopt(CAA_SPAWNER_SOCKET, SOL_SOCKET, SO_TYPE, &type, &octets) == 0 &&
           type == SOCK_SEQPACKET;
}

int main(int count, char **words) {
    const char *mode = count > 1 && has_socket() ? words[1] : "";
    if (strcmp(mode, "spawner") == 0 && count == 5) run_spawner(words + 2);
    if (strcmp(mode, "recursor") == 0 && count == 6) return run_recursor(words + 2);
    fprintf(stderr, "caad-recursor: caad starts it; by hand it is of no use\n");
    return EX_USAGE;
}
