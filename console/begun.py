"""Acts as the journal tells them: which were begun, which have no end, when they were done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from console.model import EMPTY, ENDINGS, Entry, Plan, Request, refs_of, time_of
from console.model.acts import ENDS, OF_ACTS, texts_of
from console.model.words import utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An act whose start is on the disk."""

    act: str
    remedy: str
    kind: str
    """Of the remedy."""
    plan: Plan
    at: datetime
    """Real time."""
    started_at: str
    """By the estate's clock, ISO."""
    by: str
    run: str = ""
    step: str = ""
    case: str = ""
    world: str = ""
    sent: Mapping[str, Any] | None = None
    """What the vendor answered; None: no answer is on the disk."""
    ended: bool = False
    settled: bool = False
    """It ended, and all that it took meanwhile was seen to be back."""
    unsent: bool = False
    """It ended before anything was sent, or the vendor said no to it."""
    partly: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    """What the latest of several requests was answered, with `left`, while there is no more."""
    unread: bool = False
    """Another program wrote its plan in a way that is not known here."""

    @property
    def left(self) -> str:
        """How it stands by what is written down, where it was done in part only."""
        return str(self.partly.get("left", ""))

    @property
    def rest(self) -> str:
        """What a plan made now would do: the rest of it. Empty where there is none."""
        return str(self.partly.get("rest", ""))

    def __str__(self) -> str:
        names = ", ".join(ref.name for ref in self.plan.targets) or "what is not known"
        was = f"{self.remedy or 'an act'} on {names} was begun at {utc(self.at)} by {self.by}"
        if self.unread:
            return f"{was}, and cannot be read: another program wrote it; its end is open"
        how = "no reply was written down" if self.sent is None else "the vendor accepted it"
        return f"{was}; {self.left or how}; its end is open"


def begun(entries: Iterable[Entry], world: str) -> tuple[Begun, ...]:
    """Every act of this world that was begun, oldest first."""
    acts: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.kind.startswith(OF_ACTS) and "act" in entry.data:
            acts.setdefault(str(entry.data["act"]), []).append(entry)
    return tuple(one for lines in acts.values() for one in _begun(lines) if one.world == world)


def _begun(lines: list[Entry]) -> Iterator[Begun]:
    start = next((entry for entry in lines if entry.kind == "remedy.started"), None)
    if start is None:
        return
    replies = [entry.data for entry in lines if entry.kind == "remedy.sent"]
    sent = next((data for data in replies if "left" not in data), None)
    part = replies[-1] if replies and sent is None else None
    end = next((entry for entry in lines if entry.kind in ENDS), None)
    told, plan = start.data, start.data.get("plan")
    readable = _read(plan)
    words = ("act", "remedy", "kind", "step", "case", "world")
    yield Begun(
        **{word: str(told.get(word, "")) for word in words},
        plan=readable or _outline(plan),
        at=start.at,
        started_at=(time_of(told.get("started_at")) or start.at).isoformat(),
        by=start.by,
        run=start.run,
        sent=_mapping(sent.get("reply")) if sent else None,
        ended=end is not None,
        settled=end is not None and _settled(end),
        unsent=end is not None and end.data.get("sent") is False,
        partly=_mapping(part.get("reply")) | _rest_of(part) if part else EMPTY,
        unread=readable is None,
    )


def _settled(end: Entry) -> bool:
    return end.kind == ENDINGS["verified"] or end.data.get("settled") is True


def _rest_of(part: Mapping[str, Any]) -> dict[str, str]:
    return {word: str(part.get(word, "")) for word in ("left", "rest")}


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def _read(told: Any) -> Plan | None:
    """A plan as it was written down, by an earlier program or a later one; None: not like this."""
    try:
        return plan_of(told)
    except (TypeError, ValueError, AttributeError):  # whatever a later program made of its values
        return None


def plan_of(told: Mapping[str, Any]) -> Plan:
    """A plan as it was written down. Raises TypeError, ValueError or AttributeError: it is none."""
    values = _known(Plan, told)
    for name in ("scopes", "will", "loses", "keeps", "warnings", "preview", "alone", "last_target"):
        values[name] = _texts(told.get(name))
    for name in ("targets", "touches"):
        values[name] = refs_of(told.get(name))
        if len(values[name]) != len(told.get(name) or ()):
            raise ValueError(f"{name}: what is acted on is told in another way")
    values["last_acted_at"] = time_of(told.get("last_acted_at"))
    values["where"] = tuple((word, value) for word, value in told.get("where", ()))
    requests = told.get("requests", ())
    values["requests"] = tuple(Request(**_known(Request, request)) for request in requests)
    return Plan(**values)


def _known(kind: type[Plan | Request], told: Mapping[str, Any]) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {name: value for name, value in told.items() if name in names}


def _texts(told: Any) -> tuple[str, ...]:
    if not isinstance(told or (), list | tuple):
        raise ValueError("no list of texts")
    return tuple(map(str, told or ()))


def _outline(told: Any) -> Plan:
    """What of a plan that cannot be read still tells where nothing else may be done."""
    told = _mapping(told)
    listed = {name: v if isinstance(v, list | tuple) else () for name, v in told.items()}
    words = ("remedy", "title", "takes", "proof")
    values: dict[str, Any] = {name: _word(told.get(name)) for name in words}
    values |= dict.fromkeys(("where", "will", "loses", "keeps", "requests"), ())
    values |= {name: refs_of(listed.get(name)) for name in ("targets", "touches")}
    return Plan(**values, scopes=texts_of(told.get("scopes")))


def _word(told: Any) -> str:
    return told if isinstance(told, str) else ""
