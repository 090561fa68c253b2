"""Child processes that die with their parent, however it dies (SIGKILL included)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

# The kernel kills the child with its parent (prctl PR_SET_PDEATHSIG = 1). It watches the *thread*
# that started it: start children only from a thread that lives as long as they shall.
# A launcher, because preexec_fn is unsafe where there are threads.
LAUNCHER = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(1, 9)
if os.getppid() != int(sys.argv[1]): os._exit(1)
os.execvp(sys.argv[2], sys.argv[2:])
"""
# Where there is no prctl: a shell that reads the living pids and kills them at end of file,
# which comes when the parent is gone. The last line read is the one that counts.
WATCHDOG = 'pids=; while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids'


class Lifeline:
    """Starts children that outlive neither this object's `close` nor this process."""

    def __init__(self, kernel: bool = sys.platform == "linux") -> None:
        self._kernel = kernel
        self._children: list[subprocess.Popen[bytes]] = []
        self._watchdog = subprocess.Popen(
            ["/bin/sh", "-c", WATCHDOG], stdin=subprocess.PIPE, start_new_session=True
        )

    def spawn(self, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a child in its own session (a ctrl+C is not for it); its output goes to `log`."""
        if self._kernel:
            command = [sys.executable, "-I", "-S", "-c", LAUNCHER, str(os.getpid()), *command]
        with log.open("ab") as output:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._children.append(child)
        self._tell()
        return child

    def _tell(self) -> None:
        self._children = [child for child in self._children if child.poll() is None]
        assert self._watchdog.stdin is not None
        self._watchdog.stdin.write(b" ".join(b"%d" % c.pid for c in self._children) + b"\n")
        self._watchdog.stdin.flush()

    def close(self) -> None:
        """Kill what still runs, stopped processes too, and wait until it is gone."""
        for child in self._children:
            child.send_signal(signal.SIGKILL)
        for child in self._children:
            child.wait()
        assert self._watchdog.stdin is not None
        self._children = []
        if self._watchdog.poll() is None:
            self._tell()
            self._watchdog.stdin.close()
        self._watchdog.wait()
