"""Who may arm, and what is being acted on, across every console of this estate on this disk."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from secrets import token_hex
from socket import gethostname

from console.modes import make, open_in
from console.remedy import Refused

SAID = 300  # bytes of a holder's own words


class Lock:
    """One lock, held by an open file: whoever crashes gives it back at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.trouble = ""
        """Why it could not be taken the last time, where no other console is the reason."""
        self._fd: int | None = None

    @property
    def console(self) -> str:
        """What its holder is called in the journal: one at a time, and no two places share one."""
        place = f"{gethostname()} {self.path.resolve()}"
        return hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:12]

    def take(self, by: str) -> str:
        """Empty when it is ours now; else who holds it (`pid N (NAME)`), or the trouble."""
        if self.held:
            return ""
        self.release()
        self.trouble = ""
        try:
            return self._take(by)
        except OSError as error:
            self.trouble = f"{self.path} cannot be locked: {error.strerror or error}"
            return self.trouble

    def _take(self, by: str) -> str:
        fd = open_in(self.path, os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"pid {os.getpid()} ({by})".encode("utf-8", "replace")[:SAID], 0)
        except BlockingIOError:
            holder = os.pread(fd, SAID, 0).decode(errors="replace").strip()
            os.close(fd)
            return holder or "another console"
        except OSError:
            os.close(fd)  # and with it the lock, else this console would refuse itself
            raise
        self._fd = fd
        return ""

    @property
    def held(self) -> bool:
        """Whether this console holds it. A file that was removed locks nobody out any more."""
        if self._fd is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._fd), self.path.stat())
        except OSError:
            return False

    def release(self) -> None:
        """Give it back. The file stays: were it removed, two could hold one name."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class Aside:
    """In the operator's lock's place, for who acts beside the operator and takes nobody's place."""

    held, trouble = True, ""

    def __init__(self) -> None:
        self.console = token_hex(6)
        """What it is called in the journal: nobody else's word counts for it."""

    def take(self, by: str) -> str:
        """Nobody is in the way: the locks on targets keep their acts apart."""
        return ""

    def release(self) -> None:
        """There is nothing to give back."""


class TargetLocks:
    """Locks on the targets and scopes of one act: all of them or none."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._held: list[Lock] = []

    def take(self, names: Iterable[str], by: str) -> str:
        """Empty when all are ours now; else `NAME: HOLDER` of one that is not, and none is held.

        Raises Refused where one cannot be locked at all.
        """
        try:
            make(self.directory)
        except OSError as error:
            said = f"{self.directory} cannot be locked: {error.strerror or error}"
            raise Refused(f"{said}; nothing can be done") from error
        for name in sorted(set(names)):  # one order for all: two acts never hold half each
            lock = Lock(self.directory / file_name(name))
            holder = lock.take(by)
            if holder:
                self.release()
                if lock.trouble:
                    raise Refused(f"{lock.trouble}; nothing can be done")
                return f"{name}: {holder}"
            self._held.append(lock)
        return ""

    def release(self) -> None:
        """Give all back."""
        for lock in self._held:
            lock.release()
        self._held = []


def file_name(name: str) -> str:
    """A file name for anything that can be named; readable, and no two names share one."""
    readable = re.sub(r"[^A-Za-z0-9.-]+", "_", name)[:60]
    return f"{readable}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:12]}.lock"
