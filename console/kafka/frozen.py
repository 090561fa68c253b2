"""What of a topic was there at one moment: from where to where each partition went."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from console.kafka.values import Tp


class Span(NamedTuple):
    """Offsets from `start` up to and without `end`."""

    start: int
    end: int

    @property
    def most(self) -> int:
        """How many records there are at most: compaction and transactions leave gaps."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Frozen:
    """The ends to which a topic is copied and emptied; what comes later is kept."""

    topic: str
    spans: Mapping[int, Span]

    @property
    def most(self) -> int:
        """Records at most."""
        return sum(span.most for span in self.spans.values())

    def ends(self) -> dict[Tp, int]:
        """Where the emptied partitions begin."""
        return {(self.topic, index): span.end for index, span in self.spans.items()}

    def told(self) -> dict[str, list[int]]:
        """The spans as JSON keeps them, e.g. `{"0": [0, 50]}`."""
        return {str(index): list(span) for index, span in sorted(self.spans.items())}


def frozen_of(topic: str, told: Mapping[str, list[int]]) -> Frozen:
    """The way back from `Frozen.told`. Raises ValueError where it is no such thing."""
    spans = {}
    for index, (start, end) in told.items():
        if not 0 <= start <= end:
            raise ValueError(f"{topic}-{index} would go from {start} to {end}")
        spans[int(index)] = Span(start, end)
    return Frozen(topic, spans)
