"""What can be said of a condition, from worst known to best: a whole order, so that max is any."""

from __future__ import annotations

from enum import IntEnum


class Truth(IntEnum):
    """Whether something holds. `any` of several is their `max`, `all` of them their `min`."""

    NO = 0
    UNKNOWN = 1
    """A fact is not known, or too old to be believed: neither raises nor clears."""
    PENDING = 2
    """It holds, but not yet as long as is asked: does not raise, and does not clear."""
    YES = 3

    def inverse(self) -> Truth:
        """Not: what is unknown stays unknown."""
        return {Truth.NO: Truth.YES, Truth.YES: Truth.NO}.get(self, self)


def of(value: bool) -> Truth:
    """A plain yes or no."""
    return Truth.YES if value else Truth.NO
