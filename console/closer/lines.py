"""Bytes as they come, made lines: of one that never ends only the beginning is held."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from console.closer.kept import LONGEST
from console.model.closer import Line

HEAD = 120  # characters in which a level is looked for
BAD = re.compile(r"\b(?:FATAL|ERROR|SEVERE|CRITICAL|PANIC|panic)\b|(?:Error|Exception)\b")
POOR = re.compile(r"\bWARN(?:ING)?\b")


class Splitter:
    """Feed it pieces in their order; it holds at most one line's beginning."""

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest  # bytes
        self._head = bytearray()
        self._over = 0

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that this piece ends."""
        *ended, rest = piece.split(b"\n")
        for part in ended:
            self._take(part)
            yield self._line()
        self._take(rest)

    def end(self) -> Iterator[Line]:
        """The last line, where nothing ended it."""
        if self._head or self._over:
            yield self._line()

    def _take(self, part: bytes) -> None:
        room = self._longest - len(self._head)
        self._head += part[:room]
        self._over += max(len(part) - room, 0)

    def _line(self) -> Line:
        text = self._head.decode("utf-8", "replace").removesuffix("\r")
        line = Line(text, cut=self._over)
        self._head.clear()
        self._over = 0
        return line


def stamped(line: Line) -> Line:
    """The same without the RFC 3339 time before it, which becomes the line's own."""
    first, blank, rest = line.text.partition(" ")
    if not blank and not line.text:
        return line
    try:
        at = datetime.fromisoformat(first)
    except ValueError:
        return line
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return Line(rest, at, line.tone, line.cut, line.more)


def toned(line: Line) -> Line:
    """The same with a tone where its first words tell how bad it is, as programs write that."""
    head = line.text[:HEAD]
    if BAD.search(head):
        return replace(line, tone="critical")
    return replace(line, tone="warning") if POOR.search(head) else line


def said(text: str) -> Line:
    """The console's own words between the lines."""
    return Line(text, tone="said")
