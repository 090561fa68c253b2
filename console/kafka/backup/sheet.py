"""The file a backup is written to: it has its name only when all of it is on the disk."""

from __future__ import annotations

import errno
import hashlib
import os
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from console.modes import open_in

PART = ".part"
LEVEL = 1  # of gzip: more costs three times the time for a sixth of the size
GZIP = 31  # window bits of a gzip stream
BLOCK = 1 << 20
NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Sheet:
    """A gzip file under way, named NAME.part. Raises OSError; it never writes over a file."""

    def __init__(self, path: Path) -> None:
        self.path, self.part = path, path.with_name(path.name + PART)
        if path.exists():
            raise FileExistsError(errno.EEXIST, "there is a file already", str(path))
        self._fd = open_in(self.part, os.O_RDWR | os.O_CREAT | os.O_EXCL)
        self._gzip = zlib.compressobj(LEVEL, wbits=GZIP)
        self._content, self._packed = hashlib.sha256(), hashlib.sha256()
        self._thread = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None
        self.lines = 0

    @property
    def sha256(self) -> str:
        """Of all lines written so far."""
        self._wait()
        return self._content.hexdigest()

    def write(self, lines: bytes) -> None:
        """Whole lines. Compressed beside the decoding of the next, one block ahead at most."""
        self._wait()
        self.lines += lines.count(b"\n")
        self._under_way = self._thread.submit(self._write, lines)

    def _wait(self) -> None:
        if self._under_way is not None:
            self._under_way.result()

    def _write(self, lines: bytes) -> None:
        self._content.update(lines)
        self._pack(self._gzip.compress(lines))

    def _pack(self, packed: bytes) -> None:
        self._packed.update(packed)
        view = memoryview(packed)
        while view:
            view = view[os.write(self._fd, view) :]

    def finish(self) -> tuple[str, int]:
        """Put it on the disk, read it again, and give it its name: its sha256 and bytes."""
        self._wait()
        self._pack(self._gzip.flush())
        os.fsync(self._fd)
        size = self._check()
        name(self.part, self.path)
        return self._packed.hexdigest(), size

    def _check(self) -> int:
        """Raises OSError when what lies on the disk is not what was written."""
        packed, unpack, lines, size = hashlib.sha256(), zlib.decompressobj(GZIP), 0, 0
        os.lseek(self._fd, 0, os.SEEK_SET)
        while block := os.read(self._fd, BLOCK):
            size += len(block)
            packed.update(block)
            lines += unpack.decompress(block).count(b"\n")
        if not unpack.eof or lines != self.lines or packed.digest() != self._packed.digest():
            raise OSError(errno.EIO, "what was written is not what is read back", str(self.part))
        return size

    def close(self) -> None:
        """Whatever happened: an unfinished file goes away. Harmless after `finish`."""
        self._thread.shutdown()
        os.close(self._fd)
        self.part.unlink(missing_ok=True)


def name(part: Path, path: Path) -> None:
    """The finished file's name, and only if nobody has it. Raises OSError.

    A link refuses a name that is taken, a rename would not; some file systems have no links.
    """
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(errno.EEXIST, "there is a file already", str(path)) from None
        part.rename(path)
    part.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
