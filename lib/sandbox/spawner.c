#include "sandbox/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/ascii.h"
#include "sandbox/spawner_request.h"

#ifndef CAA_LIBEXEC
#define CAA_LIBEXEC "/usr/local/libexec"
#endif

enum {
    PATH_MOST = 4096,
    /* What systemd sets apart for services without an account: nobody else's, and below 65536,
       which is what a container has. */
    UNUSED_FIRST = 61184,
    UNUSED_LAST = 65519,
    STOP_STEP_MS = 5,
    STOP_STEPS_MOST = 400,
};

struct caa_spawner {
    int socket;
    pid_t pid;
};

struct caa_spawner_link {
    int socket;
    struct event *readable;
    struct caa_spawner_listener listener;
};

/* --- whom it will make */

static bool is_number(const char *text) {
    size_t len = strlen(text);
    for (size_t i = 0; i < len; i++)
        if (!caa_ascii_is_digit(text[i])) return false;
    return len > 0 && len < 10;
}

/* What the spawner is to know. */
struct identity {
    char program[PATH_MOST];
    uid_t uid; /* 0: its children stay who they are */
    gid_t gid;
};

/* A number that nobody has: not even "nobody", whom others may run as. 0: there is none. */
static uid_t find_unused(void) {
    for (uid_t uid = UNUSED_LAST; uid >= UNUSED_FIRST; uid--)
        if (getpwuid(uid) == NULL && getgrgid(uid) == NULL) return uid;
    return 0;
}

static enum caa_err find_user(struct identity *identity, const char *user,
                              struct caa_diag *diag) {
    bool is_default = user == NULL;
    if (is_default) user = "caad-recursor";
    const struct passwd *entry = getpwnam(user);
    if (entry != NULL) {
        identity->uid = entry->pw_uid;
        identity->gid = entry->pw_gid;
    } else if (is_default) {
        identity->uid = identity->gid = find_unused();
    } else if (is_number(user)) {
        identity->uid = identity->gid = (uid_t)strtoul(user, NULL, 10);
    }
    if (identity->uid != 0) return CAA_OK;
    bool is_root = entry != NULL || is_number(user);
    caa_diag_set(diag, "recursors cannot run as '%s': %s", user,
                 is_root ? "it is root" : "there is no such user");
    return is_root || geteuid() == 0 ? CAA_ERR_OPTION : CAA_OK;
}

enum caa_err caa_spawner_look_at_user(const char *user, struct caa_diag *diag) {
    struct identity identity = {.uid = 0};
    return find_user(&identity, user, diag);
}

/* The folder of the running program, and one below it, as a build has it. */
static bool find_beside(char path[PATH_MOST]) {
    static const char *const places[] = {"caad-recursor", "recursor/caad-recursor",
                                         "../daemon/recursor/caad-recursor"};
    char self[PATH_MOST];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    if (len <= 0) return false;
    self[len] = '\0';
    char *slash = strrchr(self, '/');
    if (slash == NULL) return false;
    *slash = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (snprintf(path, PATH_MOST, "%s/%s", self, places[i]) < PATH_MOST &&
            access(path, X_OK) == 0)
            return true;
    return false;
}

static enum caa_err find_program(char path[PATH_MOST], const char *given,
                                 struct caa_diag *diag) {
    if (given == NULL && find_beside(path)) return CAA_OK;
    if (given == NULL) given = CAA_LIBEXEC "/caad-recursor";
    if (snprintf(path, PATH_MOST, "%s", given) < PATH_MOST && access(path, X_OK) == 0)
        return CAA_OK;
    caa_diag_set(diag, "the recursors' program %s: %s", given, strerror(errno));
    return CAA_ERR_OPTION;
}

/* --- its life, seen from its maker */

/* A session of its own: what is typed at the terminal of a daemon ends the daemon, which then
   still needs its recursors to finish. */
static int prepare(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions,
                   int socket) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                             POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
    return posix_spawn_file_actions_adddup2(actions, socket, CAA_SPAWNER_SOCKET);
}

static int execute(pid_t *pid, struct identity *identity, int socket) {
    char name[] = "caad-recursor", mode[] = "spawner", uid[16], gid[16];
    char *const arguments[] = {name, mode, identity->program, uid, gid, NULL};
    char *const no_environment[] = {NULL};
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    snprintf(uid, sizeof uid, "%u", (unsigned)identity->uid);
    snprintf(gid, sizeof gid, "%u", (unsigned)identity->gid);
    int status = posix_spawnattr_init(&attributes);
    if (status != 0) return status;
    status = posix_spawn_file_actions_init(&actions);
    if (status == 0) {
        status = prepare(&attributes, &actions, socket);
        if (status == 0)
            status = posix_spawn(pid, identity->program, &actions, &attributes, arguments,
                                 no_environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return status;
}

enum caa_err caa_spawner_start(struct caa_spawner **started,
                               const struct caa_spawner_setting *setting,
                               struct caa_diag *diag) {
    struct identity identity = {.uid = 0};
    int ends[2];
    enum caa_err err = geteuid() == 0 ? find_user(&identity, setting->user, diag) : CAA_OK;
    if (err == CAA_OK) err = find_program(identity.program, setting->program, diag);
    if (err != CAA_OK) return err;
    struct caa_spawner *spawner = calloc(1, sizeof *spawner);
    if (spawner == NULL) return CAA_ERR_NOMEM;
    int status = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
    if (status == 0) {
        status = execute(&spawner->pid, &identity, ends[1]);
        spawner->socket = ends[0];
        close(ends[1]);
        if (status != 0) close(ends[0]);
    }
    if (status == 0) {
        *started = spawner;
        return CAA_OK;
    }
    free(spawner);
    caa_diag_set(diag, "the recursors' spawner %s: %s", identity.program, strerror(status));
    return CAA_ERR_RESOLVER;
}

static bool has_ended(pid_t pid) {
    int status;
    pid_t ended;
    do ended = waitpid(pid, &status, WNOHANG);
    while (ended < 0 && errno == EINTR);
    return ended != 0;
}

/* One that stands still (somebody stopped it) is killed; where it is root's and we no longer
   are, it is left alone: it ends by itself as soon as it goes on. */
void caa_spawner_stop(struct caa_spawner *spawner) {
    static const struct timespec step = {.tv_nsec = STOP_STEP_MS * 1000000L};
    if (spawner == NULL) return;
    close(spawner->socket);
    int steps = 0;
    while (!has_ended(spawner->pid) && steps++ < STOP_STEPS_MOST) nanosleep(&step, NULL);
    if (steps > STOP_STEPS_MOST && kill(spawner->pid, SIGKILL) == 0)
        while (waitpid(spawner->pid, NULL, 0) < 0 && errno == EINTR) continue;
    free(spawner);
}

/* --- a link */

/* Sends a request, with `passed` where that is a descriptor. */
static enum caa_err request(int socket, const struct caa_spawner_request *request, int passed) {
    struct iovec octets = {(void *)request, sizeof *request};
    union {
        struct cmsghdr header; /* for its alignment */
        char space[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct msghdr message = {.msg_iov = &octets, .msg_iovlen = 1};
    if (passed >= 0) {
        message.msg_control = control.space;
        message.msg_controllen = sizeof control.space;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof passed);
        memcpy(CMSG_DATA(header), &passed, sizeof passed);
    }
    if (sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0) return CAA_OK;
    return errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS ? CAA_ERR_LIMIT
                                                                        : CAA_ERR_RESOLVER;
}

/* Makes a pair of sockets and sends one of it with the request; `*mine` is the other. */
static enum caa_err request_with_socket(int socket, struct caa_spawner_request *asked,
                                        int *mine) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return CAA_ERR_LIMIT;
    enum caa_err err = request(socket, asked, ends[1]);
    close(ends[1]);
    if (err == CAA_OK)
        *mine = ends[0];
    else
        close(ends[0]);
    return err;
}

static void on_report(evutil_socket_t fd, short events, void *context) {
    struct caa_spawner_link *link = context;
    struct caa_spawner_report report;
    (void)events;
    ssize_t len = recv(fd, &report, sizeof report, MSG_DONTWAIT);
    if (len == sizeof report) {
        link->listener.ended(link->listener.context, &report);
    } else if (len >= 0 || (errno != EAGAIN && errno != EINTR)) {
        event_del(link->readable);
        link->listener.gone(link->listener.context);
    }
}

enum caa_err caa_spawner_link_open(struct caa_spawner_link **opened,
                                   struct caa_spawner *spawner, struct event_base *base,
                                   const struct caa_spawner_listener *listener) {
    struct caa_spawner_link *link = calloc(1, sizeof *link);
    if (link == NULL) return CAA_ERR_NOMEM;
    link->listener = *listener;
    struct caa_spawner_request attach = {.kind = CAA_SPAWNER_ATTACH};
    enum caa_err err = request_with_socket(spawner->socket, &attach, &link->socket);
    if (err != CAA_OK) {
        free(link);
        return CAA_ERR_RESOLVER;
    }
    link->readable = event_new(base, link->socket, EV_READ | EV_PERSIST, on_report, link);
    if (link->readable == NULL || event_add(link->readable, NULL) != 0) {
        caa_spawner_link_close(link);
        return CAA_ERR_EVENT;
    }
    *opened = link;
    return CAA_OK;
}

enum caa_err caa_spawner_spawn(struct caa_spawner_link *link,
                               const struct caa_spawner_order *order, int *fd) {
    struct caa_spawner_request spawn = {.kind = CAA_SPAWNER_SPAWN, .order = *order};
    return request_with_socket(link->socket, &spawn, fd);
}

void caa_spawner_kill(struct caa_spawner_link *link, uint32_t number) {
    struct caa_spawner_request kill = {.kind = CAA_SPAWNER_KILL, .order.number = number};
    request(link->socket, &kill, -1);
}

void caa_spawner_link_close(struct caa_spawner_link *link) {
    if (link == NULL) return;
    if (link->readable != NULL) event_free(link->readable);
    close(link->socket);
    free(link);
}
