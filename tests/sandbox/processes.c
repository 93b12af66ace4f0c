#include "processes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *read_file(pid_t pid, const char *name) {
    static char text[8192];
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    FILE *file = fopen(path, "re");
    size_t len = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    if (file != NULL) fclose(file);
    text[len] = '\0';
    return text;
}

const char *process_status(pid_t pid, const char *name) {
    static char value[256];
    char line[64];
    snprintf(line, sizeof line, "\n%s:\t", name);
    const char *at = strstr(read_file(pid, "status"), line);
    value[0] = '\0';
    if (at != NULL)
        snprintf(value, sizeof value, "%.*s", (int)strcspn(at + strlen(line), "\n"),
                 at + strlen(line));
    return value;
}

const char *process_link(pid_t pid, const char *name) {
    static char target[4096];
    char path[400];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    ssize_t len = readlink(path, target, sizeof target - 1);
    target[len < 0 ? 0 : len] = '\0';
    return target;
}

long process_environment_octets(pid_t pid) {
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) return -1;
    long len = (long)fread(text, 1, sizeof text, file);
    fclose(file);
    return len;
}

const char *process_file(pid_t pid) {
    const char *found = NULL;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *folder = opendir(path);
    if (folder == NULL) return "its descriptors cannot be seen";
    for (struct dirent *entry; found == NULL && (entry = readdir(folder)) != NULL;) {
        char name[300];
        if (entry->d_name[0] == '.') continue;
        /* Sanitized processes keep their standard error, to say why they end. */
        if (getenv("ASAN_OPTIONS") != NULL && strcmp(entry->d_name, "2") == 0) continue;
        snprintf(name, sizeof name, "fd/%s", entry->d_name);
        const char *target = process_link(pid, name);
        if (strncmp(target, "socket:", 7) != 0 && strncmp(target, "pipe:", 5) != 0 &&
            strncmp(target, "anon_inode:", 11) != 0 && strcmp(target, "/dev/null") != 0 &&
            target[0] != '\0')
            found = target;
    }
    closedir(folder);
    return found;
}

/* One that is not yet confined may still be a copy of the spawner. */
static bool is_child(pid_t pid, pid_t parent, bool confined) {
    if (strtol(process_status(pid, "PPid"), NULL, 10) != parent) return false;
    if (confined && strcmp(process_status(pid, "Seccomp"), "2") != 0) return false;
    const char *state = process_status(pid, "State");
    return state[0] == 'S' || state[0] == 'R';
}

/* Goes through all processes: the spawner among this one's children, or its children. */
static size_t find_children(pid_t parent, bool confined, pid_t *found, size_t most) {
    DIR *folder = opendir("/proc");
    size_t count = 0;
    for (struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid > 0 && count < most && is_child(pid, parent, confined)) found[count++] = pid;
    }
    if (folder != NULL) closedir(folder);
    return count;
}

size_t processes_find(pid_t *found, size_t most) {
    static pid_t spawner;
    if (spawner == 0 && find_children(getpid(), false, &spawner, 1) == 0) return 0;
    return find_children(spawner, true, found, most);
}

bool process_crash(pid_t pid) {
    return kill(pid, SIGSEGV) == 0;
}

bool process_stop(pid_t pid) {
    return kill(pid, SIGSTOP) == 0;
}

#ifdef __x86_64__
/* It sleeps in its event loop: the instruction of that is made to make `call` first, and then
   the old one again, unless it ends of it. */
static bool inject(pid_t pid, long call, unsigned long long second, unsigned long long third,
                   unsigned long long fourth) {
    struct user_regs_struct had, wanted;
    int status;
    if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0) return false;
    if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status)) return false;
    bool sleeps =
        ptrace(PTRACE_GETREGS, pid, NULL, &had) == 0 && had.orig_rax == SYS_epoll_wait;
    had.rip -= 2; /* `syscall` has two octets */
    wanted = had;
    had.rax = had.orig_rax;
    wanted.rax = (unsigned long long)call;
    wanted.orig_rax = had.orig_rax = ~0ULL; /* or else the kernel would start it again itself */
    wanted.rdi = 0;
    wanted.rsi = second;
    wanted.rdx = third;
    wanted.r10 = fourth;
    wanted.r8 = ~0ULL;
    wanted.r9 = 0;
    bool done = sleeps && ptrace(PTRACE_SETREGS, pid, NULL, &wanted) == 0 &&
                ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL) == 0 &&
                waitpid(pid, &status, __WALL) == pid;
    if (done && WIFSTOPPED(status)) ptrace(PTRACE_SETREGS, pid, NULL, &had);
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return done;
}
#endif

bool process_starve(pid_t pid) {
    unsigned long long held = strtoull(read_file(pid, "statm"), NULL, 10) * 4096;
    const char *limit = strstr(read_file(pid, "limits"), "Max address space");
    unsigned long long most = limit == NULL ? 0 : strtoull(limit + 17, NULL, 10);
    if (held == 0 || most < held + 65536) return false;
#ifdef __x86_64__
    return inject(pid, SYS_mmap, (most - held - 65536) & ~4095ULL, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
#else
    return process_crash(pid);
#endif
}

bool process_violate(pid_t pid) {
#ifdef __x86_64__
    return inject(pid, SYS_getppid, 0, 0, 0);
#else
    return process_crash(pid);
#endif
}
