"""Who is armed, as the journal tells it: of each console the last word counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from console.model import EMPTY, Arming, Entry, time_of
from console.model.acts import texts_of


@dataclass(frozen=True, slots=True)
class Armed:
    """An arming of which no line tells the end; its time may be over."""

    arming: Arming
    entry: Entry
    """Where it is written down."""


def armed(entries: Iterable[Entry]) -> tuple[Armed, ...]:
    """Of every console that is armed by these lines, the last to be armed at the end.

    A bundle brings lines of other computers' consoles: none of them ends what ours armed.
    """
    found: dict[str, Armed] = {}
    for entry in entries:
        if entry.kind == "armed":
            found.pop(_console(entry), None)
            if (arming := _arming(entry)) is not None:
                found[_console(entry)] = Armed(arming, entry)
        elif entry.kind == "disarmed":
            found.pop(_ended(found, entry), None)
    return tuple(found.values())


def _console(entry: Entry) -> str:
    """Which console wrote it; an earlier program says no more than who sat there."""
    return str(entry.data.get("console") or f"of {entry.by}")


def _ended(found: Mapping[str, Armed], entry: Entry) -> str:
    """Which console is armed no more; of an earlier program's, maybe only its scopes tell."""
    console, scopes = _console(entry), set(texts_of(entry.data.get("scopes")))
    if console in found or "console" in entry.data:
        return console
    same = (key for key, one in found.items() if one.arming.scopes == scopes)
    return next((key for key in same if "console" not in found[key].entry.data), console)


def _arming(entry: Entry) -> Arming | None:
    told = entry.data.get("arming")
    told = told if isinstance(told, Mapping) else EMPTY
    until, scopes = time_of(told.get("until")), texts_of(told.get("scopes"))
    if until is None or not scopes:
        return None  # another program wrote it in another shape
    return Arming(
        frozenset(scopes),
        until,
        str(told.get("reason", "")),
        frozenset(texts_of(told.get("cases"))),
        told.get("may_empty_topics") is True,
        str(told.get("by") or entry.by),
    )
