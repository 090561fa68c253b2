"""One day of an estate on the disk: SQLite, frames compressed against the last whole one.

A *stream* is a part of a source, or the findings. Its *frame* is what it was from one instant on:
whole (its own key), or compressed with the whole one as dictionary, so that any frame is read with
two looks. *Instants* number what was seen in the order it was seen, whatever the clock did; times
are µs since 1970. A *sitting* is one run of a recorder: what the one before saw is not carried on.
A *gap* stands before the instant of its number: by times alone a clock set back would misplace it.
An *entry* is a line of the journal; of a note that ends what a bundle brought, `brought` says how
many of the lines before it are that, for not all of them are recorded.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdDecompressor, ZstdError

from console.modes import open_in

FORMAT = 4
FINDINGS = ("findings", "")
WHOLE = "select body from frame where stream = ? and instant = ?"
DAMAGED = "this part of the recording is damaged"
PATIENCE_S = 5.0  # a reader may hold the file a moment
SCHEMA = """
create table stream (
  id integer primary key, source text not null, part text not null, unique (source, part));
create table instant (
  id integer primary key, at integer not null, estate integer not null, speed real not null);
create table sitting (instant integer primary key, program text not null, title text not null,
  zone text not null);
create table frame (
  stream integer not null, instant integer not null, severity integer not null,
  whole integer not null, body blob not null);
create unique index frame_at on frame (stream, instant, severity);
create table entry (
  id integer primary key, instant integer not null, sum integer not null unique,
  brought integer not null, line blob not null);
create table gap (id integer primary key, instant integer not null, since integer not null,
  until integer not null, why text not null);
"""


class Unreadable(Exception):
    """The file is no recording that this program can read: `str()` says which and why."""


class Foreign(Unreadable):
    """It is another program's, another version's, or damaged: it stays as it is."""


FAULTS = (Unreadable, sqlite3.Error, OSError)
"""What a file, or its disk, may do."""
UNSOUND = (*FAULTS, TypeError, ValueError, OverflowError)
"""And what values may do that no recorder writes: it may come from anywhere."""


def cause(error: Exception) -> str:
    """A fault in words, with the file that it befell where that is told."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return f"{error.strerror}: {error.filename}" if error.filename else error.strerror


def connect(path: Path, *, new: bool = False) -> sqlite3.Connection:
    """Open a recording, private like the directory; `new` makes it where there is none.

    Raises Unreadable, and sqlite3.Error and OSError for the disk.
    """
    if new:
        os.close(open_in(path, os.O_RDWR | os.O_CREAT))
    # ro: a reader must not make a file, nor upgrade one
    address = f"{path.absolute().as_uri()}?mode={'rw' if new else 'ro'}"
    try:
        file = sqlite3.connect(
            address, PATIENCE_S, isolation_level=None, check_same_thread=False, uri=True
        )
    except sqlite3.OperationalError as error:
        raise Unreadable(f"{path}: {error}") from error
    with ExitStack() as refused:
        refused.enter_context(closing(file))
        _prepare(file, path, new)
        refused.pop_all()
    return file


def _prepare(file: sqlite3.Connection, path: Path, new: bool) -> None:
    try:
        found = file.execute("select count(*) from sqlite_master").fetchone()[0]
        if not found and new:
            file.execute("pragma journal_mode = wal")
            file.executescript(f"begin; {SCHEMA} pragma user_version = {FORMAT}; commit")
        version = file.execute("pragma user_version").fetchone()[0]
    except sqlite3.OperationalError as error:
        raise Unreadable(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise Foreign(f"{path}: {error}") from error
    if version > FORMAT:
        raise Foreign(f"{path}: recorded by a later program (format {version}): update this one")
    if version < FORMAT:
        raise Foreign(f"{path}: no recording of this program (format {version}, not {FORMAT})")
    if new:
        # a commit is on the disk: else a computer that dies takes along what was not merged yet
        file.execute("pragma synchronous = full")


def sum_of(line: bytes) -> int:
    """What a line of the journal is known by."""
    return int.from_bytes(sha256(line).digest()[:8], "big", signed=True)


def last_seen(path: Path) -> int:
    """The real time of a recording's last instant, 0 where there is none.

    Raises Unreadable and sqlite3.Error.
    """
    with closing(connect(path)) as file:
        last = "select at from instant order by id desc limit 1"
        return next((at for (at,) in file.execute(last)), 0)


@contextmanager
def at_once(file: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing is on the disk. Raises sqlite3.Error."""
    with file:  # commits, or rolls back; also when it is the commit that the disk refuses
        file.execute("begin immediate")
        yield


def frame(file: sqlite3.Connection, stream: int, instant: int, whole: int, body: bytes) -> bytes:
    """The bytes of a frame, as they were. Raises Unreadable, and sqlite3.Error."""
    if whole == instant:
        return unpack(body)
    key = file.execute(WHOLE, (stream, whole)).fetchone()
    if key is None:
        raise Unreadable(f"{DAMAGED}: what it is compressed against is missing")
    return unpack(body, unpack(key[0]))


def unpack(body: bytes, whole: bytes | None = None) -> bytes:
    """The bytes of a frame; `whole`: of the frame it was compressed against, as they were.

    Raises Unreadable.
    """
    try:
        if whole is None:
            return ZstdDecompressor().decompress(body)
        raw = ZstdCompressionDict(whole, dict_type=DICT_TYPE_RAWCONTENT)
        return ZstdDecompressor(dict_data=raw).decompress(body)
    except (ZstdError, TypeError) as error:  # or it is no bytes at all
        raise Unreadable(f"{DAMAGED}: {error}") from error
