"""What was seen in open windows, kept on this disk: a restart loses nothing of a peak."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from console.model import plain, time_of
from console.modes import replacing
from console.planned.seen import Memory, Seen

NAME = "windows.json"


def write(directory: Path, memory: Memory, world: str) -> None:
    """All of it, in place of what was there. Blocking; raises OSError."""
    told = {id: [_told(one) for one in kept.values()] for id, kept in memory.items()}
    text = json.dumps({"world": world, "seen": told}, ensure_ascii=False)
    with replacing(directory / NAME) as file:
        file.write(text.encode())


def _told(one: Seen) -> dict[str, Any]:
    """Whole seconds would let the newest point count twice."""
    values = {each.name: getattr(one, each.name) for each in fields(one)}
    exact = {name: v.isoformat() for name, v in values.items() if isinstance(v, datetime)}
    return {name: plain(value) for name, value in values.items()} | exact


def read(directory: Path, world: str) -> Memory:
    """What was kept of this world; nothing where it cannot be read. Blocking."""
    try:
        told = json.loads((directory / NAME).read_text(encoding="utf-8"))
        if told["world"] != world:
            return {}
        return {
            str(id): {one.key: one for one in map(_seen, each)} for id, each in told["seen"].items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # what the series still hold is seen again


def _seen(told: Mapping[str, Any]) -> Seen:
    """Raises TypeError, KeyError or ValueError for what is none."""
    times = ("high_at", "since", "last_at")
    known = {name: time_of(told[name]) for name in times}
    if None in known.values():
        raise ValueError("a time is missing")
    numbers = {name: float(told[name]) for name in ("high", "last", "seen_s", "over_s")}
    words = {name: str(told[name]) for name in ("scope", "name", "fact", "trend")}
    words["thing"] = str(told.get("thing", ""))
    limit = None if told["limit"] is None else float(told["limit"])
    every: dict[str, Any] = {**known, **numbers, **words}
    return Seen(limit=limit, rose_at=time_of(told["rose_at"]), **every)
