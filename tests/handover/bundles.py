"""Bundles of a shift that was recorded a little: made on one computer, taken on another."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from console.handover.bundle import Manifest, pack
from console.handover.taking import Adopted, adopt
from console.handover.unpacking import unpacked
from console.journal import JOURNAL, Journal
from tests.recording.shift import Ticking, recorder, shift

ESTATE, DAY = "refinery", date(2026, 3, 28)
DOCUMENTS = {"handover.md": "# 引き継ぎ\n".encode()}
MADE = Manifest(estate=ESTATE, made_at="2026-03-29T06:00:00+00:00", by="t", gives="T.", takes="M.")
Change = Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]


def journal(state: Path, *texts: str) -> Journal:
    made = Journal(state / JOURNAL)
    for text in texts:
        made.append("note", by=state.name, text=text)
    return made


def recorded(state: Path, seed: int = 1, moments: int = 30) -> None:
    now = Ticking()

    async def work() -> None:
        recording = recorder(state, now)
        for board in shift(seed, moments, now):
            recording.see(board)
        await recording.flush()
        await recording.close()

    asyncio.run(work())


def bundle(state: Path, path: Path, manifest: Manifest = MADE) -> Manifest:
    return pack(path, state, DOCUMENTS, {DAY}, manifest)


def take(path: Path, state: Path) -> Adopted:
    with unpacked(path, state, ESTATE) as opened:
        return adopt(opened, state, Journal(state / JOURNAL), state.name)


def texts(state: Path) -> list[str]:
    return [str(one.data.get("text")) for one in Journal(state / JOURNAL).entries()]


def changed(path: Path, change: Change) -> Path:
    """The same bundle with other members."""
    with tarfile.open(path) as tar:
        members = [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    with tarfile.open(path, "w:gz") as tar:
        for name, content in change(members):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path
