/* What a process cannot do any more once it is in its jail: each try in a process of its own.
 */
#include "show.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sandbox/jail.h"

enum { NOBODY = 65534, NOT_CONFINED = 99, DESCRIPTORS = 32, OTHER_DESCRIPTOR = 9 };

#define ADDRESS_OCTETS (UINT64_C(512) << 20)

static struct caa_jail jail; /* of the process that tries */

/* Tries in a jail; returns what waitpid says of it. */
static int in_jail(int (*attempt)(void)) {
    int status = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct caa_jail_setting setting = {.uid = NOBODY,
                                                 .gid = NOBODY,
                                                 .address_octets = ADDRESS_OCTETS,
                                                 .descriptors = DESCRIPTORS};
        struct caa_diag diag;
        dup2(STDERR_FILENO, OTHER_DESCRIPTOR);
        if (caa_jail_enter(&jail, &setting, &diag) != CAA_OK) _exit(NOT_CONFINED);
        _exit(attempt());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void expect_success(int (*attempt)(void)) {
    int status = in_jail(attempt);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("wait status %#x", (unsigned)status);
}

static void expect_killed(int (*attempt)(void)) {
    int status = in_jail(attempt);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
        fail_msg("not killed: wait status %#x", (unsigned)status);
}

static int look_at_files(void) {
    static const char *const files[] = {"/etc/passwd", "/", "/proc/self/mem", "/dev/null"};
    char target[8];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (open(files[i], O_RDONLY) >= 0 || errno != EACCES) return 1;
        if (access(files[i], F_OK) == 0) return 2;
    }
    if (open("new", O_WRONLY | O_CREAT, 0600) >= 0) return 3;
    return readlink("/proc/self/exe", target, sizeof target) >= 0 ? 4 : 0;
}

static void files_cannot_be_had(void **state) {
    (void)state;
    expect_success(look_at_files);
}

static int use_network(void) {
    static const int families[] = {AF_INET, AF_INET6};
    static const int types[] = {SOCK_DGRAM | SOCK_CLOEXEC, SOCK_STREAM | SOCK_NONBLOCK};
    for (int i = 0; i < 4; i++) {
        int made = socket(families[i / 2], types[i % 2], 0);
        if (made < 0 && errno != EAFNOSUPPORT) return 1;
        if (made >= 0) close(made);
    }
    return 0;
}

static void the_network_can_be_had(void **state) {
    (void)state;
    expect_success(use_network);
}

static int connect_unix(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
    int made = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(made, (struct sockaddr *)&address, sizeof address);
}

static int open_raw(void) {
    return socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
}

static int open_packets(void) {
    return socket(AF_PACKET, SOCK_DGRAM, 0);
}

static int listen_there(void) {
    return listen(socket(AF_INET, SOCK_STREAM, 0), 1);
}

/* As who is in the jail knows it: the kernel takes the lower half of it for the number. */
static long pass_descriptor(uint64_t socket) {
    int passed = STDERR_FILENO;
    char octet = 0;
    struct iovec octets = {&octet, 1};
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof passed)];
    } control = {.header = {.cmsg_len = CMSG_LEN(sizeof passed),
                            .cmsg_level = SOL_SOCKET,
                            .cmsg_type = SCM_RIGHTS}};
    struct msghdr message = {.msg_iov = &octets,
                             .msg_iovlen = 1,
                             .msg_control = control.space,
                             .msg_controllen = sizeof control.space};
    memcpy(CMSG_DATA(&control.header), &passed, sizeof passed);
    return syscall(SYS_sendmsg, socket, &message, 0);
}

static int pass_to_parent(void) {
    return (int)pass_descriptor(3);
}

static int pass_to_parent_by_a_long_number(void) {
    return (int)pass_descriptor(UINT64_C(1) << 32 | 3);
}

static int pass_several_to_parent(void) {
    return (int)syscall(SYS_sendmmsg, 3, NULL, 0, 0);
}

static int open_other_protocol(void) {
    return socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
}

static int open_other_stream(void) {
    return socket(AF_INET6, SOCK_STREAM, IPPROTO_SCTP);
}

static int execute(void) {
    return execl("/bin/true", "true", (char *)NULL);
}

static int make_process(void) {
    return (int)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static int trace(void) {
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static int signal_parent(void) {
    return kill(getppid(), 0);
}

static int signal_other_by_tgkill(void) {
    return (int)syscall(SYS_tgkill, 1, 1, 0);
}

static int map_code(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED;
}

static int make_code(void) {
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mprotect(page, 4096, PROT_READ | PROT_EXEC);
}

static int become_root(void) {
    return setresuid(0, 0, 0);
}

static int leave_namespace(void) {
    return unshare(CLONE_NEWUSER);
}

static int leave_root(void) {
    return chroot("..");
}

static int mount_something(void) {
    return mount("none", "/", "tmpfs", 0, NULL);
}

static int read_other_memory(void) {
    return (int)syscall(SYS_process_vm_readv, getpid(), NULL, 0, NULL, 0, 0);
}

static int use_io_uring(void) {
    return (int)syscall(SYS_io_uring_setup, 1, NULL);
}

static int load_program(void) {
    return (int)syscall(SYS_bpf, 0, NULL, 0);
}

/* Each would be the next step of who has taken the process over. */
static void what_only_an_intruder_needs_ends_it(void **state) {
    (void)state;
    int (*const attempts[])(void) = {connect_unix,
                                     open_raw,
                                     open_packets,
                                     listen_there,
                                     execute,
                                     make_process,
                                     trace,
                                     map_code,
                                     make_code,
                                     become_root,
                                     leave_namespace,
                                     leave_root,
                                     signal_parent,
                                     mount_something,
                                     signal_other_by_tgkill,
                                     read_other_memory,
                                     use_io_uring,
                                     load_program,
                                     pass_to_parent,
                                     pass_to_parent_by_a_long_number,
                                     pass_several_to_parent,
                                     open_other_protocol,
                                     open_other_stream};
    for (size_t i = 0; i < sizeof attempts / sizeof attempts[0]; i++)
        expect_killed(attempts[i]);
}

static int take_false_addresses(void) {
    const int yes = 1;
    int udp = socket(AF_INET, SOCK_DGRAM, 0), udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
    if (setsockopt(udp, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes) == 0) return 1;
    if (setsockopt(udp, IPPROTO_IP, IP_FREEBIND, &yes, sizeof yes) == 0) return 2;
    if (syscall(SYS_setsockopt, udp, UINT64_C(1) << 32 | SOL_SOCKET, SO_REUSEPORT, &yes,
                sizeof yes) == 0)
        return 3;
    if (udp6 >= 0 && setsockopt(udp6, IPPROTO_IPV6, IPV6_FREEBIND, &yes, sizeof yes) == 0)
        return 4;
    return setsockopt(udp, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 ? 0 : 5;
}

/* A socket that shares the port of one of ours would get some of what is sent there. */
static void nobody_elses_address_can_be_had(void **state) {
    (void)state;
    expect_success(take_false_addresses);
}

static int look_for_descriptors(void) {
    if (fcntl(OTHER_DESCRIPTOR, F_GETFD) != -1 || errno != EBADF) return 1;
    for (int i = 0; i < DESCRIPTORS; i++)
        if (socket(AF_INET, SOCK_DGRAM, 0) < 0) return errno == EMFILE ? 0 : 2;
    return 3;
}

static void descriptors_are_closed_and_few(void **state) {
    (void)state;
    expect_success(look_for_descriptors);
}

static int abort_now(void) {
    abort();
}

static void it_can_still_end_itself(void **state) {
    (void)state;
    int status = in_jail(abort_now);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

static int check_what_it_says(void) {
    bool is_nobody = getuid() == NOBODY && geteuid() == NOBODY && getgid() == NOBODY;
    if (jail.own_user && !is_nobody) return 1;
    return jail.no_privilege && jail.limits && jail.system_calls ? 0 : 2;
}

static void it_says_what_it_gave_up(void **state) {
    (void)state;
    expect_success(check_what_it_says);
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MEMORY_HAS_NO_LIMIT
#endif
#endif

#ifndef MEMORY_HAS_NO_LIMIT
static int take_memory(void) {
    for (uint64_t taken = 0; taken <= ADDRESS_OCTETS; taken += 16 << 20)
        if (mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
            MAP_FAILED)
            return errno == ENOMEM ? 0 : 1;
    return 2;
}

static void memory_ends(void **state) {
    (void)state;
    expect_success(take_memory);
}
#endif

static void what_is_missing_has_words(void **state) {
    (void)state;
    char text[160];
    struct caa_jail all = {true, true, true, true, true}, read;
    assert_true(caa_jail_is_complete(&all));
    caa_jail_tell_missing(&all, text, sizeof text);
    assert_string_equal(text, "");
    all.own_user = all.empty_root = false;
    assert_false(caa_jail_is_complete(&all));
    caa_jail_tell_missing(&all, text, sizeof text);
    assert_string_equal(text, "a user of its own, an empty root folder");
    for (unsigned bits = 0; bits < 32; bits++) {
        assert_true(caa_jail_from_bits(&read, bits));
        assert_int_equal(caa_jail_to_bits(&read), bits);
        assert_int_equal(caa_jail_is_complete(&read), bits == 31);
    }
    assert_false(caa_jail_from_bits(&read, 32));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_cannot_be_had),
        cmocka_unit_test(the_network_can_be_had),
        cmocka_unit_test(what_only_an_intruder_needs_ends_it),
        cmocka_unit_test(nobody_elses_address_can_be_had),
        cmocka_unit_test(descriptors_are_closed_and_few),
        cmocka_unit_test(it_can_still_end_itself),
        cmocka_unit_test(it_says_what_it_gave_up),
#ifndef MEMORY_HAS_NO_LIMIT
        cmocka_unit_test(memory_ends),
#endif
        cmocka_unit_test(what_is_missing_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
