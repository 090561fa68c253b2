"""An entry of the journal as its line, and a line as its entry: what stands on the disk."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime

from console.model import Entry, plain

VERSION = 1
SUM = b',"sum":"'
GENESIS = "0" * 64
"""What the first line has for the sum of the one before it."""
NO_LINE = "this is no line of a journal"
BROKEN = "the chain is broken before this line"


class NoEntry(ValueError):
    """A line that is no entry; `str()` says why."""


class LaterFormat(NoEntry):
    """A line that a later program wrote."""


def encode(entry: Entry) -> bytes:
    """An entry as its line: the last key is the sum over all before it, then a newline."""
    stamp = entry.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    told = {"v": VERSION, "at": stamp, "kind": entry.kind, "run": entry.run, "by": entry.by}
    told |= {"data": plain(entry.data), "prev": entry.prev}
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # half a surrogate, which UTF-8 has no bytes for, becomes its JSON escape
    body = text.encode("utf-8", "backslashreplace")[:-1]
    return body + SUM + digest(body).encode() + b'"}\n'


def decode(line: bytes) -> Entry:
    """The entry of one line. Raises NoEntry, and LaterFormat."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):  # also bytes that are no UTF-8
        raise NoEntry(NO_LINE) from None
    if not isinstance(told, dict) or not isinstance(told.get("v"), int):
        raise NoEntry(NO_LINE)
    if told["v"] > VERSION:
        raise LaterFormat(f"written by a later program (format {told['v']}): update this one")
    body, _, rest = line.rpartition(SUM)
    if rest.rstrip(b"\n") != digest(body).encode() + b'"}':
        raise NoEntry("the line was changed: its sum is another")
    try:
        names = ("kind", "run", "by", "data", "prev")
        return Entry(datetime.fromisoformat(told["at"]), *(told[name] for name in names))
    except KeyError as error:
        raise NoEntry(f"the line has no {error}") from None
    except (ValueError, TypeError):
        raise NoEntry(NO_LINE) from None


def digest(line: bytes) -> str:
    """SHA-256, in hexadecimal."""
    return hashlib.sha256(line).hexdigest()
