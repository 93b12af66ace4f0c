"""CPU time of processes, by /proc."""

import os
import pathlib

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_s(pid, with_children=False):
    """User and system time, with that of the children it has waited for; nothing where it has ended."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(map(int, fields[11:15 if with_children else 13])) / TICKS
