"""Where something was wrong in a recording: enough of it to say how bad every scope ever was."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path

from console.model import Now, Severity, Snapshot
from console.recording.file import FINDINGS, connect, frame
from console.recording.recording import read_part
from console.recording.values import micros, moment
from console.recording.writer import APART

FRAMES = """select frame.instant, at, estate, speed, severity from frame
join instant on instant.id = frame.instant
where stream = ? and at > ? and at <= ? order by frame.instant"""
BODY = "select whole, body from frame where stream = ? and instant = ?"


def ill(path: Path, since: datetime, until: datetime) -> Iterator[tuple[Now, Snapshot]]:
    """Every part, part by part, wherever it was not OK or came to be it (real time), and at last.

    Of what stays bad one a minute: what is worse by then in another scope is seen, too. Blocking;
    raises Unreadable, and sqlite3.Error and OSError for the disk.
    """
    file = connect(path)
    try:
        streams = file.execute("select id, source, part from stream order by id").fetchall()
        for stream, source, part in streams:
            if (source, part) != FINDINGS:
                for at, instant in _chosen(file, stream, micros(since), micros(until)):
                    told = partial(_body, file, stream, instant)
                    yield at, read_part(source, part, at.real, told)
    finally:
        file.close()


def _chosen(
    file: sqlite3.Connection, stream: int, since: int, until: int
) -> Iterator[tuple[Now, int]]:
    frames = file.execute(FRAMES, (stream, since, until)).fetchall()
    before, last = -1, since - APART
    for number, (instant, at, estate, speed, severity) in enumerate(frames, 1):
        stays = severity == before and at - last < APART
        wanted = severity > Severity.OK and not stays
        if wanted or severity != before or number == len(frames):
            last = at
            yield Now(moment(estate), moment(at), speed), instant
        before = severity


def _body(file: sqlite3.Connection, stream: int, instant: int) -> bytes:
    return frame(file, stream, instant, *file.execute(BODY, (stream, instant)).fetchone())
