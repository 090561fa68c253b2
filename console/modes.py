"""Who else may read and write the state: nobody, or the group of a directory that is shared."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE, READABLE, SHARED = 0o600, 0o640, 0o660
SEARCHABLE = 0o2770  # what is made in it belongs to the same group


def mode_in(directory: Path) -> int:
    """The mode of a file there: its group may do with it what it may do with the directory."""
    mode = directory.stat().st_mode
    if shared(mode):
        return SHARED
    return READABLE if mode & stat.S_IRGRP else PRIVATE


def shared(mode: int) -> bool:
    """Whether a directory is one group's; what everybody may write to is not."""
    return bool(mode & stat.S_IWGRP) and not mode & stat.S_IWOTH


def open_in(path: Path, flags: int, *, private: bool = False) -> int:
    """A descriptor of a file that is as open as its directory, whatever the umask. Raises OSError.

    The directory is made where there is none, as open as the one above. `private`: it is our own.
    """
    directory = path.parent
    if not directory.is_dir():
        make(directory)
    fd = os.open(path, flags | os.O_CLOEXEC, PRIVATE)
    try:
        _open_up(fd, PRIVATE if private else mode_in(directory), directory.stat().st_gid)
    except OSError:
        os.close(fd)
        raise
    return fd


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """What becomes this file once it is whole and on the disk. Blocking; raises OSError.

    Readers see the old file or the new one, never half of it; nothing is left of a failure.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(open_in(part, flags, private=private), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def whole(path: Path, text: str, encoding: str) -> None:
    """Write it as `replacing` does. Blocking; raises OSError."""
    with replacing(path) as file:
        file.write(text.encode(encoding, "replace"))


def _open_up(fd: int, mode: int, group: int) -> None:
    """Its owner sets what the directory says by now; others take it as it is."""
    its = os.fstat(fd)
    if its.st_uid != os.geteuid() or not stat.S_ISREG(its.st_mode):
        return
    if mode != PRIVATE and its.st_gid != group:
        with suppress(PermissionError):  # not one of the group: it stays our own
            os.fchown(fd, -1, group)
    if stat.S_IMODE(its.st_mode) != mode:
        os.fchmod(fd, mode)


def make(directory: Path) -> None:
    """A directory that is private, or the group's where the one above is. Raises OSError.

    One that is there follows the one above, which may be shared only now, with our files in it.
    """
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    above = directory.parent.stat()
    directory.mkdir(mode=0o700, exist_ok=True)
    its = directory.stat()
    if not shared(above.st_mode) or its.st_uid != os.geteuid():
        return
    if (stat.S_IMODE(its.st_mode), its.st_gid) == (SEARCHABLE, above.st_gid):
        return
    with suppress(PermissionError):
        os.chown(directory, -1, above.st_gid)
    directory.chmod(SEARCHABLE)
    for path in directory.iterdir():
        with suppress(PermissionError):  # another's, private: its owner opens it
            os.close(open_in(path, os.O_RDONLY | os.O_NOFOLLOW))
