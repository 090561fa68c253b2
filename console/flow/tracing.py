"""Where on its way through a flow a marked thing can be seen, in the flow's order. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.config.flows import Flow


@dataclass(frozen=True, slots=True)
class Mark:
    """One stage, and by what a mark shows there."""

    stage: str
    title: str
    topic: str = ""
    """In whose records."""
    check: str = ""
    """The HTTP check at whose `trace` address."""
    last: bool = False
    """Nothing after it can be looked at."""

    @property
    def visible(self) -> bool:
        """Whether a mark shows here at all."""
        return bool(self.topic or self.check)

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        words = {"stage": self.stage, "title": self.title, "topic": self.topic}
        return {**words, "check": self.check, "last": self.last}


def way(flow: Flow, cluster: str, topic: str) -> tuple[Mark, ...]:
    """The stages from the one whose topic it is put into; none where the flow has no such stage."""
    start = next((one.id for one in flow.stages if _topic(flow, one, cluster) == topic), "")
    if not start:
        return ()
    after = set(_after(flow.before, start))
    marks = [
        Mark(one.id, one.title, _topic(flow, one, cluster), one.trace)
        for one in flow.stages
        if one.id in after
    ]
    visible = {one.stage for one in marks if one.visible}
    lasts = {
        stage for stage in visible if not visible.intersection(_after(flow.before, stage)) - {stage}
    }
    return tuple(
        Mark(one.stage, one.title, one.topic, one.check, one.stage in lasts) for one in marks
    )


def _topic(flow: Flow, stage: Any, cluster: str) -> str:
    """The topic of a stage that is one on this cluster; a group's stage reads it elsewhere."""
    own = (stage.kafka or flow.kafka) == cluster and not stage.group
    return str(stage.topic) if own else ""


def _after(before: Mapping[str, Sequence[str]], start: str) -> Iterator[str]:
    """A stage and all that come after it."""
    found = {start}
    for stage, earlier in before.items():
        if found.intersection(earlier):
            found.add(stage)
    yield from found
