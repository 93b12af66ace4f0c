#include "spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sandbox/spawner_request.h"

enum {
    LINKS_MOST = 256,
    CHILDREN_MOST = 4096,
    WEIGHING_MS = 500,
    FIRST_TO_CLOSE = 4,
    MAPPED_BEYOND_OCTETS = 256 << 20, /* libraries and what is reserved, but not held */
};

struct child {
    pid_t pid; /* 0: a free place */
    int link;  /* its place in `links`; -1: it is closed */
    uint32_t number;
    uint32_t too_large;
    uint64_t memory_octets;
};

/* What the process has: main socket and signals, then the links. */
enum { POLL_MAIN, POLL_SIGNALS, POLL_LINKS, POLL_COUNT = POLL_LINKS + LINKS_MOST };

_Static_assert((int)POLL_COUNT <= (int)CAA_SPAWNER_DESCRIPTORS_LEAST, "poll would fail");

static struct pollfd polled[POLL_COUNT]; /* a free place has -1 */
static struct child children[CHILDREN_MOST];
static const struct spawner_identity *identity;

/* Sanitizers have something to say before they end a process. */
#if defined(__SANITIZE_ADDRESS__)
#define CHILDREN_ARE_HEARD true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CHILDREN_ARE_HEARD true
#endif
#endif
#ifndef CHILDREN_ARE_HEARD
#define CHILDREN_ARE_HEARD false
#endif

/* --- becoming a recursor */

static void take_null(int descriptor) {
    int null =
        open("/dev/null", O_RDWR); /* closed with all the rest below, unless it is in place */
    if (null < 0 || dup2(null, descriptor) < 0) _exit(127);
}

static noreturn void become_recursor(int socket, const struct caa_spawner_order *order) {
    char numbers[4][24];
    static char *const no_environment[] = {NULL};
    sigset_t none;
    uint64_t mapped = order->memory_octets + MAPPED_BEYOND_OCTETS;
    snprintf(numbers[0], sizeof numbers[0], "%u", (unsigned)identity->uid);
    snprintf(numbers[1], sizeof numbers[1], "%u", (unsigned)identity->gid);
    snprintf(numbers[2], sizeof numbers[2], "%llu", (unsigned long long)mapped);
    snprintf(numbers[3], sizeof numbers[3], "%u", (unsigned)order->descriptors);
    char name[] = "caad-recursor";
    char mode[] = "recursor";
    char *const arguments[] = {name,       mode,       numbers[0], numbers[1],
                               numbers[2], numbers[3], NULL};
    /* The socket goes where the child expects it, over what the spawner has there. */
    int high = fcntl(socket, F_DUPFD_CLOEXEC, FIRST_TO_CLOSE);
    if (high < 0 || dup2(high, CAA_SPAWNER_SOCKET) < 0) _exit(127);
    for (int i = 0; i <= (CHILDREN_ARE_HEARD ? 1 : 2); i++) take_null(i);
    close_range(FIRST_TO_CLOSE, ~0U, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(identity->program, arguments, no_environment);
    _exit(127);
}

/* --- children */

static void report(const struct child *child, int wait_status) {
    if (child->link < 0) return;
    struct caa_spawner_report ended = {child->number, wait_status, child->too_large};
    send(polled[POLL_LINKS + child->link].fd, &ended, sizeof ended,
         MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* One that was never there, or is no more, and how it ended is forgotten. */
static void report_absent(int link, uint32_t number) {
    const struct child absent = {.link = link, .number = number};
    report(&absent, 127 << 8);
}

static struct child *find(int link, uint32_t number) {
    for (size_t i = 0; i < CHILDREN_MOST; i++)
        if (children[i].pid != 0 && children[i].link == link && children[i].number == number)
            return &children[i];
    return NULL;
}

static void spawn(int link, const struct caa_spawner_order *order, int socket) {
    struct child *child = NULL;
    for (size_t i = 0; child == NULL && i < CHILDREN_MOST; i++)
        if (children[i].pid == 0) child = &children[i];
    bool may = child != NULL && order->descriptors <= CAA_SPAWNER_DESCRIPTORS_MOST &&
               find(link, order->number) == NULL;
    pid_t pid = may ? fork() : -1;
    if (pid == 0) become_recursor(socket, order);
    if (pid < 0) {
        report_absent(link, order->number);
        return;
    }
    *child = (struct child){.pid = pid,
                            .link = link,
                            .number = order->number,
                            .memory_octets = order->memory_octets};
}

static void reap(void) {
    struct signalfd_siginfo signals[8];
    int status;
    pid_t pid;
    while (read(polled[POLL_SIGNALS].fd, signals, sizeof signals) > 0) continue;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        for (size_t i = 0; i < CHILDREN_MOST; i++) {
            if (children[i].pid != pid) continue;
            report(&children[i], status);
            children[i] = (struct child){0};
        }
}

/* What it holds in memory; 0 where it cannot be told. */
static uint64_t weight_octets(pid_t pid) {
    char path[48];
    unsigned long long mapped, held;
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    int read = fscanf(file, "%llu %llu", &mapped, &held); /* NOLINT(cert-err34-c): the kernel's
                                                             own numbers */
    fclose(file);
    return read == 2 ? held * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

static void weigh(void) {
    for (size_t i = 0; i < CHILDREN_MOST; i++) {
        struct child *child = &children[i];
        if (child->pid == 0 || child->memory_octets == 0 || CHILDREN_ARE_HEARD) continue;
        if (weight_octets(child->pid) <= child->memory_octets) continue;
        child->too_large = 1;
        kill(child->pid, SIGKILL);
    }
}

/* --- requests */

/* Receives one, and the descriptor that came with it or -1. False: the other side is gone. */
static bool receive(int from, struct caa_spawner_request *request, int *passed, bool *whole) {
    struct iovec octets = {request, sizeof *request};
    union {
        struct cmsghdr header; /* for its alignment */
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = &octets,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    *passed = -1;
    ssize_t len = recvmsg(from, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    *whole = len == sizeof *request && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0;
    if (len < 0) return errno == EAGAIN || errno == EINTR;
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS &&
        header->cmsg_len == CMSG_LEN(sizeof *passed))
        memcpy(passed, CMSG_DATA(header), sizeof *passed);
    return len > 0;
}

static void close_link(int link) {
    for (size_t i = 0; i < CHILDREN_MOST; i++) {
        if (children[i].pid == 0 || children[i].link != link) continue;
        children[i].link = -1;
        kill(children[i].pid, SIGKILL);
    }
    close(polled[POLL_LINKS + link].fd);
    polled[POLL_LINKS + link].fd = -1;
}

static void attach(int socket) {
    for (int i = 0; i < LINKS_MOST; i++) {
        if (polled[POLL_LINKS + i].fd >= 0) continue;
        polled[POLL_LINKS + i] = (struct pollfd){.fd = socket, .events = POLLIN};
        return;
    }
    close(socket);
}

/* One that is not there is asked for where its report was lost: the link's socket was full. */
static void end_child(int link, uint32_t number) {
    const struct child *child = find(link, number);
    if (child == NULL)
        report_absent(link, number);
    else
        kill(child->pid, SIGKILL);
}

static void serve_link(int link) {
    struct caa_spawner_request request;
    int passed;
    bool whole;
    if (!receive(polled[POLL_LINKS + link].fd, &request, &passed, &whole)) {
        close_link(link);
        return;
    }
    if (whole && request.kind == CAA_SPAWNER_SPAWN && passed >= 0)
        spawn(link, &request.order, passed);
    if (whole && request.kind == CAA_SPAWNER_KILL) end_child(link, request.order.number);
    if (passed >= 0) close(passed);
}

static noreturn void end(void) {
    for (size_t i = 0; i < CHILDREN_MOST; i++)
        if (children[i].pid != 0) kill(children[i].pid, SIGKILL);
    _exit(0);
}

static void serve_main(void) {
    struct caa_spawner_request request;
    int passed;
    bool whole;
    if (!receive(polled[POLL_MAIN].fd, &request, &passed, &whole)) end();
    if (whole && request.kind == CAA_SPAWNER_ATTACH && passed >= 0)
        attach(passed);
    else if (passed >= 0)
        close(passed);
}

/* --- its life */

/* It keeps what a child needs to change its user and its root, and to kill one of another
   user. */
static void keep_few_capabilities(void) {
    const uint32_t kept =
        1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL | 1U << CAP_SYS_CHROOT;
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct had[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, had) != 0) return;
    for (unsigned long i = 0; i < 64; i++)
        if (i >= 32 || (kept & 1U << i) == 0) prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
    struct __user_cap_data_struct few[_LINUX_CAPABILITY_U32S_3] = {
        {.effective = had[0].effective & kept, .permitted = had[0].permitted & kept}};
    syscall(SYS_capset, &header, few);
}

/* Who stops a service may tell all of its processes (systemd does), and the daemon still needs
   its recursors to finish, which are told by their sockets. What is ignored stays so in them.
 */
static void ignore_requests_to_end(void) {
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) signal(numbers[i], SIG_IGN);
}

static void settle(void) {
    sigset_t chosen;
    ignore_requests_to_end();
    prctl(PR_SET_NAME, "caad-spawner", 0, 0, 0);
    sigemptyset(&chosen);
    sigaddset(&chosen, SIGCHLD);
    sigprocmask(SIG_SETMASK, &chosen, NULL);
    close_range(FIRST_TO_CLOSE, ~0U, 0);
    fcntl(CAA_SPAWNER_SOCKET, F_SETFD, FD_CLOEXEC);
    if (geteuid() == 0) keep_few_capabilities();
    for (int i = 0; i < POLL_COUNT; i++) polled[i] = (struct pollfd){.fd = -1};
    polled[POLL_MAIN] = (struct pollfd){.fd = CAA_SPAWNER_SOCKET, .events = POLLIN};
    int signals = signalfd(-1, &chosen, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) _exit(1);
    polled[POLL_SIGNALS] = (struct pollfd){.fd = signals, .events = POLLIN};
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

noreturn void spawner_run(const struct spawner_identity *who) {
    identity = who;
    settle();
    int64_t weighed_ms = now_ms();
    for (;;) {
        int ready = poll(polled, POLL_COUNT, WEIGHING_MS);
        if (ready < 0 && errno != EINTR) end();
        if (ready > 0 && polled[POLL_SIGNALS].revents != 0) reap();
        for (int i = 0; ready > 0 && i < LINKS_MOST; i++)
            if (polled[POLL_LINKS + i].fd >= 0 && polled[POLL_LINKS + i].revents != 0)
                serve_link(i);
        if (ready > 0 && polled[POLL_MAIN].revents != 0) serve_main();
        if (now_ms() - weighed_ms < WEIGHING_MS) continue;
        weigh();
        weighed_ms = now_ms();
    }
}
