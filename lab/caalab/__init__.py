"""A DNS world on loopback, in a network namespace of its own."""


class LabError(Exception):
    """What went wrong and where, for the person who typed the command."""

    status = 70


class UsageError(LabError):
    status = 64
