"""The groups that read a topic: how far each is, and what emptying it would do to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.kafka.codes import Fault
from console.kafka.groups import Groups
from console.kafka.values import Described, Offsets, Tp

if TYPE_CHECKING:
    from console.config.clusters import Group
    from console.kafka.pool import BrokerPool

EMPTY = "Empty"
RESETS = {
    "earliest": "goes on with the first record that is kept",
    "latest": "will skip what comes between the deletion and its next look (latest)",
    "none": "will end with an error: it must be restarted (none)",
    "": "goes on with the first record kept if its reset policy is earliest, skips to the end "
    "if it is latest: that is not configured here",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """One group, as its coordinator tells."""

    group: str
    state: str
    """Kafka's word, or why it is not known."""
    members: int | None
    committed: Mapping[Tp, int]
    reset: str = ""
    """What it does where its offset is gone, as configured."""

    @property
    def empty(self) -> bool:
        """Nobody reads: its offsets may be set."""
        return self.state == EMPTY

    def behind(self, ends: Mapping[Tp, int]) -> int:
        """Records up to these ends that it has not read, at most."""
        known = ((self.committed[tp], end) for tp, end in ends.items() if tp in self.committed)
        return sum(max(end - at, 0) for at, end in known)

    def left_behind(self, ends: Mapping[Tp, int]) -> dict[Tp, int]:
        """The ends of those partitions in which its offset would be gone."""
        known = {tp: end for tp, end in ends.items() if tp in self.committed}
        return {tp: end for tp, end in known.items() if self.committed[tp] < end}


async def readers(pool: BrokerPool, topics: Iterable[str]) -> tuple[list[Reader], list[str]]:
    """Who has committed on these topics or is told to read them, and what could not be asked."""
    wanted, groups = set(topics), Groups(pool)
    listed, why = await groups.listed()
    faults = [why.message] if why else []
    settings = pool.settings.groups
    names = list(dict.fromkeys([*settings, *listed]))
    committed = await groups.committed(names)
    found: dict[str, Mapping[Tp, int]] = {}
    for name, answer in committed.items():
        own = wanted.intersection(settings[name].topics) if name in settings else set()
        if isinstance(answer, Fault):
            faults += [answer.message] if own or name not in settings else []
            continue
        offsets = _of(answer, wanted)
        if offsets or own:
            found[name] = offsets
    described = await groups.described(found)
    made = [
        _reader(name, offsets, described.get(name), settings.get(name))
        for name, offsets in found.items()
    ]
    return made, faults


def _of(answer: Offsets, topics: set[str]) -> dict[Tp, int]:
    return {tp: at for tp, at in answer.offsets.items() if tp[0] in topics and at >= 0}


def _reader(
    name: str, offsets: Mapping[Tp, int], told: Described | Fault | None, settings: Group | None
) -> Reader:
    reset = settings.auto_offset_reset if settings else ""
    if not isinstance(told, Described):
        state = told.message if told else "its state is not known"
        return Reader(name, state, None, offsets, reset)
    return Reader(name, told.state, len(told.members), offsets, reset)


def sentence(reader: Reader, ends: Mapping[Tp, int]) -> str:
    """What becomes of a group when its topics begin at these ends."""
    members = "" if reader.members is None else f", {reader.members} members"
    who = f"{reader.group} ({reader.state}{members})"
    behind = reader.behind(ends)
    if not reader.left_behind(ends):
        return f"{who}: has read all of it; skips nothing"
    becomes = "its offsets are set to the ends: skips nothing more" if reader.empty else ""
    return f"{who}: {behind:,} behind, which it never reads; {becomes or RESETS[reader.reset]}"
