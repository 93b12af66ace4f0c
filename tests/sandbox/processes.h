/* The recursors' processes, seen from outside, and ways to end them. */
#ifndef CAA_TESTS_SANDBOX_PROCESSES_H
#define CAA_TESTS_SANDBOX_PROCESSES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Those that are confined and not stopped, children of this process's spawner; at most `most`.
 */
size_t processes_find(pid_t *found, size_t most);

/* The value of a line of /proc/PID/status, or "" where there is none. Static. */
const char *process_status(pid_t pid, const char *name);

/* The target of /proc/PID/NAME, or "". Static. */
const char *process_link(pid_t pid, const char *name);

/* Octets of /proc/PID/environ; -1 where it cannot be read. */
long process_environment_octets(pid_t pid);

/* A descriptor that is neither a socket nor something without a name nor /dev/null, or NULL. */
const char *process_file(pid_t pid);

/* Each ends it, sooner or later; false where it was gone already. */
bool process_crash(pid_t pid);
bool process_stop(pid_t pid);
bool process_starve(pid_t pid);  /* maps all memory that it may have */
bool process_violate(pid_t pid); /* makes a system call that it must not */

#endif
