/* What a process gives up before it reads what strangers sent: files, other users' processes,
   most system calls. Nothing of it can be had back. */
#ifndef CAA_SANDBOX_JAIL_H
#define CAA_SANDBOX_JAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/diag.h"
#include "base/err.h"

struct caa_jail_setting {
    uid_t uid; /* who it becomes where it is root; 0: it stays who it is */
    gid_t gid;
    uint64_t address_octets; /* that it may map; 0: no limit */
    uint32_t descriptors;    /* that it may open */
};

/* What it gave up. The last three can be had by anybody, the first two by root, and the second
   where the kernel lets everybody make user namespaces. */
struct caa_jail {
    bool own_user;     /* it runs as a user that nothing else runs as, and not as root */
    bool empty_root;   /* its root folder is empty, and nothing can be made in it */
    bool no_privilege; /* no capability, and no program that it executed would get one */
    bool limits;       /* of memory, descriptors, processes and core files */
    bool system_calls; /* any but those that libunbound needs ends it */
};

/* Enters. What an ordinary user cannot have is left out, which `jail` shows; CAA_ERR_RESOLVER
   with the reason where even that fails which everybody can have. Descriptor 3 and the standard
   ones stay, all others are closed. The process has to have one thread. */
enum caa_err caa_jail_enter(struct caa_jail *jail, const struct caa_jail_setting *setting,
                            struct caa_diag *diag);

/* Nothing is missing. */
bool caa_jail_is_complete(const struct caa_jail *jail);

/* "a user of its own, an empty root folder": what is missing, "" where nothing is. */
void caa_jail_tell_missing(const struct caa_jail *jail, char *text, size_t size);

/* As one number, and back; false for a number that no jail has. */
unsigned caa_jail_to_bits(const struct caa_jail *jail);
bool caa_jail_from_bits(struct caa_jail *jail, unsigned bits);

/* Inside jail.c: forbids system calls. */
enum caa_err caa_jail_forbid_calls(struct caa_diag *diag);

#endif
