#include "sandbox/jail.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

enum { PARENT = 3 }; /* the socket to it, of the descriptors that caa_jail_enter leaves */

/* What libunbound, libevent and the C library do once all is loaded. Memory, sockets and fcntl
   have rules of their own below. A call that this architecture does not have is passed over. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(readv),
    SCMP_SYS(writev),
    SCMP_SYS(close),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg),
    SCMP_SYS(bind),
    SCMP_SYS(connect),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(epoll_create),
    SCMP_SYS(epoll_create1),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(eventfd2),
    SCMP_SYS(pipe),
    SCMP_SYS(pipe2),
    SCMP_SYS(timerfd_create),
    SCMP_SYS(timerfd_settime),
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(sysinfo),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(fstat),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* The C library looks for files on its way to do without them: it is told that it may not, and
   need not die of it. */
static const int answered_no[] = {
    SCMP_SYS(open),      SCMP_SYS(openat),     SCMP_SYS(openat2),    SCMP_SYS(access),
    SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat),       SCMP_SYS(lstat),
    SCMP_SYS(statx),     SCMP_SYS(newfstatat), SCMP_SYS(readlink),   SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),    SCMP_SYS(uname),      SCMP_SYS(prlimit64),  SCMP_SYS(getrlimit),
    SCMP_SYS(lseek),     SCMP_SYS(getdents64), SCMP_SYS(socketpair), SCMP_SYS(prctl),
};

static int allow_simple(scmp_filter_ctx filter) {
    int status = 0;
    for (size_t i = 0; status == 0 && i < COUNT(allowed); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; status == 0 && i < COUNT(answered_no); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), answered_no[i], 0);
    return status;
}

/* UDP and TCP over IPv4 and IPv6: no raw sockets, none of AF_UNIX, and no other protocol, for
   which the kernel would load a module. */
static int allow_sockets(scmp_filter_ctx filter) {
    static const unsigned families[] = {AF_INET, AF_INET6};
    static const struct {
        unsigned type, protocol;
    } kinds[] = {{SOCK_DGRAM, 0},
                 {SOCK_DGRAM, IPPROTO_UDP},
                 {SOCK_STREAM, 0},
                 {SOCK_STREAM, IPPROTO_TCP}};
    const unsigned type_mask = ~(unsigned)(SOCK_CLOEXEC | SOCK_NONBLOCK);
    int status = 0;
    for (size_t f = 0; status == 0 && f < COUNT(families); f++)
        for (size_t k = 0; status == 0 && k < COUNT(kinds); k++)
            status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 3,
                                      SCMP_A0(SCMP_CMP_EQ, families[f], 0),
                                      SCMP_A1(SCMP_CMP_MASKED_EQ, type_mask, kinds[k].type),
                                      SCMP_A2(SCMP_CMP_EQ, kinds[k].protocol, 0));
    /* With which the C library asks what addresses there are. */
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
                                  SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0));
    return status;
}

/* No memory that can be executed: what is loaded is loaded. */
static int allow_memory(scmp_filter_ctx filter) {
    static const int calls[] = {SCMP_SYS(mmap), SCMP_SYS(mprotect)};
    int status = 0;
    for (size_t i = 0; status == 0 && i < COUNT(calls); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 1,
                                  SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return status;
}

static int allow_control(scmp_filter_ctx filter) {
    static const unsigned commands[] = {F_GETFL, F_SETFL, F_GETFD, F_SETFD};
    int status = 0;
    for (size_t i = 0; status == 0 && i < COUNT(commands); i++)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                                  SCMP_A1(SCMP_CMP_EQ, commands[i], 0));
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                                  SCMP_A1(SCMP_CMP_EQ, FIONBIO, 0));
    /* abort() raises its signal so: to itself, and to nobody else. */
    if (status == 0)
        status = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                                  SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0));
    return status;
}

/* An argument that is an int: the kernel takes no notice of what stands above it. */
#define IS_INT(argument, value)                                                                \
    SCMP_CMP((argument), SCMP_CMP_MASKED_EQ, UINT32_MAX, (scmp_datum_t)(value))

/* A descriptor passed to the parent would be closed there, and of a TCP socket that lingers
   that takes as long as the child likes. libunbound needs the call for TCP Fast Open only. */
static int forbid_passing(scmp_filter_ctx filter) {
    int status = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(sendmsg), 1,
                                  IS_INT(0, PARENT));
    return status == 0 ? seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(sendmmsg), 1,
                                          IS_INT(0, PARENT))
                       : status;
}

/* With these a process without a user of its own could take a share of the queries that come to
   our listeners, and anybody could send in another host's name. */
static int forbid_false_addresses(scmp_filter_ctx filter) {
    static const struct {
        int level, option;
    } forbidden[] = {
        {SOL_SOCKET, SO_REUSEPORT}, {IPPROTO_IP, IP_FREEBIND}, {IPPROTO_IPV6, IPV6_FREEBIND}};
    int status = 0;
    for (size_t i = 0; status == 0 && i < COUNT(forbidden); i++)
        status =
            seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(setsockopt), 2,
                             IS_INT(1, forbidden[i].level), IS_INT(2, forbidden[i].option));
    return status;
}

/* What is forbidden of the calls that are allowed: "all but" can be said in a filter of its own
   only. The kernel asks both. */
static int load_exceptions(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    int status = filter == NULL ? -ENOMEM : 0;
    if (status == 0) status = forbid_passing(filter);
    if (status == 0) status = forbid_false_addresses(filter);
    if (status == 0) status = seccomp_load(filter);
    seccomp_release(filter);
    return status;
}

static int load_allowed(void) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
    int status = filter == NULL ? -ENOMEM : 0;
    if (status == 0) status = allow_simple(filter);
    if (status == 0) status = allow_sockets(filter);
    if (status == 0) status = allow_memory(filter);
    if (status == 0) status = allow_control(filter);
    if (status == 0) status = seccomp_load(filter);
    seccomp_release(filter);
    return status;
}

enum caa_err caa_jail_forbid_calls(struct caa_diag *diag) {
    int status = load_exceptions(); /* first: the other one allows no more */
    if (status == 0) status = load_allowed();
    if (status == 0) return CAA_OK;
    caa_diag_set(diag, "the recursor's process cannot be confined: system calls: %s",
                 strerror(-status));
    return CAA_ERR_RESOLVER;
}
