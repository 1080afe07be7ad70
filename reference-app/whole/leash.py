"""Run a command that dies with its parent.

``python leash.py PARENT PROGRAM ARGUMENT…`` becomes the program, with
the kernel told to kill it when PARENT ends, even by ``kill -9``.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1  # Source: Linux, prctl(2).


def leashed(command: Sequence[str]) -> list[str]:
    """Return the command that runs `command` on a leash held by this process."""
    return [sys.executable, "-P", __file__, str(os.getpid()), *command]


def main(arguments: Sequence[str]) -> None:
    """Become the program; end with 1 where the parent has ended already.

    Where the kernel has no such call (it is Linux's own) the program runs without a
    leash: an orderly end still stops it, ``kill -9`` of its parent does not.
    """
    hold(int(arguments[0]))
    command = list(arguments[1:])
    os.execv(command[0], command)  # noqa: S606 - a program of ours, no shell


def hold(parent: int) -> None:
    """Let the kernel end this process with another one; end where it has ended."""
    if sys.platform == "linux":
        # Set here and not between fork and exec of the parent: there, in a process
        # that may have threads, no Python code is safe to run.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
