#include "sandbox/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/writer.h"

enum { FIRST_TO_CLOSE = 4 };

/* AddressSanitizer maps terabytes. */
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESSES_HAVE_A_LIMIT false
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESSES_HAVE_A_LIMIT false
#endif
#endif
#ifndef ADDRESSES_HAVE_A_LIMIT
#define ADDRESSES_HAVE_A_LIMIT true
#endif

static enum caa_err refuse(struct caa_diag *diag, const char *what) {
    caa_diag_set(diag, "the recursor's process cannot be confined: %s: %s", what,
                 strerror(errno));
    return CAA_ERR_RESOLVER;
}

/* The root folder becomes one that has been removed: it is empty, and stays so. */
static bool enter_empty_root(void) {
    static const char *const places[] = {"/run", "/tmp", "/dev/shm", "/var/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char folder[64];
        snprintf(folder, sizeof folder, "%s/caad-recursor.XXXXXX", places[i]);
        if (mkdtemp(folder) == NULL) continue;
        bool inside = chdir(folder) == 0;
        bool removed = rmdir(folder) == 0;
        if (inside && removed && chroot(".") == 0 && chdir("/") == 0) return true;
    }
    return false;
}

/* In a user namespace of its own even an ordinary user may change the root folder. */
static bool lock_away(void) {
    if (enter_empty_root()) return true;
    return geteuid() != 0 && unshare(CLONE_NEWUSER) == 0 && enter_empty_root();
}

static bool become(uid_t uid, gid_t gid) {
    if (geteuid() != 0 || uid == 0) return false;
    return setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
           setresuid(uid, uid, uid) == 0 && setresuid(0, 0, 0) != 0;
}

static bool drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
    memset(none, 0, sizeof none);
    return syscall(SYS_capset, &header, none) == 0 &&
           prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0;
}

static bool limit(int resource, rlim_t most) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) return false;
    if (most > now.rlim_max) most = now.rlim_max;
    const struct rlimit wanted = {most, most};
    return setrlimit(resource, &wanted) == 0;
}

static bool set_limits(const struct caa_jail_setting *setting) {
    bool addresses = ADDRESSES_HAVE_A_LIMIT && setting->address_octets > 0;
    return limit(RLIMIT_CORE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_FSIZE, 0) &&
           limit(RLIMIT_MEMLOCK, 0) && limit(RLIMIT_NOFILE, setting->descriptors) &&
           (!addresses || limit(RLIMIT_AS, setting->address_octets));
}

enum caa_err caa_jail_enter(struct caa_jail *jail, const struct caa_jail_setting *setting,
                            struct caa_diag *diag) {
    *jail = (struct caa_jail){0};
    if (close_range(FIRST_TO_CLOSE, ~0U, 0) != 0) return refuse(diag, "descriptors");
    jail->empty_root = lock_away();
    jail->own_user = become(setting->uid, setting->gid);
    /* Whoever made it ends, and so does it; to change the user would have undone it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return refuse(diag, "its parent");
    jail->no_privilege = drop_capabilities();
    if (!jail->no_privilege) return refuse(diag, "capabilities");
    jail->limits = set_limits(setting);
    if (!jail->limits) return refuse(diag, "resource limits");
    enum caa_err err = caa_jail_forbid_calls(diag);
    jail->system_calls = err == CAA_OK;
    return err;
}

bool caa_jail_is_complete(const struct caa_jail *jail) {
    return jail->own_user && jail->empty_root && jail->no_privilege && jail->limits &&
           jail->system_calls;
}

void caa_jail_tell_missing(const struct caa_jail *jail, char *text, size_t size) {
    const struct {
        bool is_there;
        const char *name;
    } parts[] = {
        {jail->own_user, "a user of its own"},
        {jail->empty_root, "an empty root folder"},
        {jail->no_privilege, "no privileges"},
        {jail->limits, "resource limits"},
        {jail->system_calls, "a filter of system calls"},
    };
    struct caa_writer out = caa_writer_into(text, size);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].is_there) continue;
        if (out.len > 0) caa_writer_text(&out, ", ");
        caa_writer_text(&out, parts[i].name);
    }
}

unsigned caa_jail_to_bits(const struct caa_jail *jail) {
    return (unsigned)jail->own_user | (unsigned)jail->empty_root << 1 |
           (unsigned)jail->no_privilege << 2 | (unsigned)jail->limits << 3 |
           (unsigned)jail->system_calls << 4;
}

bool caa_jail_from_bits(struct caa_jail *jail, unsigned bits) {
    *jail = (struct caa_jail){.own_user = (bits & 1) != 0,
                              .empty_root = (bits & 2) != 0,
                              .no_privilege = (bits & 4) != 0,
                              .limits = (bits & 8) != 0,
                              .system_calls = (bits & 16) != 0};
    return bits < 32;
}
