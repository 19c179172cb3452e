"""Runs a command that cannot outlive whoever started it: `leash.py PARENT_PID COMMAND...`.

The kernel kills it when the parent dies, however that happens (Linux; elsewhere it only runs the command). A script of
its own, so that nothing has to run between fork and exec in a process with threads. Imports the least that it can.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        # It may have died before the call above.
        if os.getppid() != parent:
            os._exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
