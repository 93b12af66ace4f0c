"""Namespaces by system call: the net, pid and mount (and user) namespace of a lab."""

import ctypes
import os
import signal

from . import LabError

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function, *args):
    if function(*args) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def enter():
    """Move to new namespaces; the next child is process 1 of them."""
    spaces = CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWNS
    try:
        _call(_libc.unshare, spaces)
    except PermissionError:
        _enter_as_user(spaces)


def _enter_as_user(spaces):
    user, group = os.geteuid(), os.getegid()
    try:
        _call(_libc.unshare, spaces | CLONE_NEWUSER)
    except OSError as error:
        raise LabError(f"no namespace of its own: {error.strerror}; run as root, or allow user "
                       "namespaces (sysctl kernel.unprivileged_userns_clone, user.max_user_namespaces)") from None
    for path, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{path}", "w") as file:
            file.write(text)


def mount_proc():
    """/proc of the new pid namespace, where the host allows it; nothing here depends on it."""
    try:
        _call(_libc.mount, None, b"/", None, MS_REC | MS_PRIVATE, None)
        _call(_libc.mount, b"proc", b"/proc", b"proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, None)
    except OSError:
        pass


def die_with_parent():
    _call(_libc.prctl, PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
