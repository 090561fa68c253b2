"""Follow a group from look to look: since when it is so, and whether its members come and go."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from console.lag.figures import between
from console.lag.values import REBALANCING, GroupState

SETTLED_S = 30.0
"""Stable with the same members for this long, a group is settled again."""


def follow_group(
    before: GroupState | None,
    now: datetime,
    *,
    state: str | None = None,
    member_ids: frozenset[str] | None = None,
    error: str = "",
) -> GroupState:
    """The group as this look shows it, with the times that only a series of looks can tell.

    With `error` (the coordinator's, for people) the rest stays as it was last seen. A look
    that did not learn the members (None) is no sign that they changed.
    """
    last = before or GroupState()
    if error:
        return replace(last, error=error, since=last.since if last.error else now)
    seen_before = last.state is not None
    same_state = last.state == state and not last.error
    known = None not in (member_ids, last.member_ids)
    came_or_went = seen_before and known and member_ids != last.member_ids
    changed_at = now if came_or_went or state in REBALANCING else last.changed_at
    unsettled = changed_at is not None and between(changed_at, now) < SETTLED_S
    began = (last.unsettled_since or now) if unsettled else None
    return GroupState(
        state=state,
        members=None if member_ids is None else len(member_ids),
        since=last.since if same_state else now if seen_before or last.error else None,
        unsettled_since=began,
        young_since=began or last.young_since,
        changed_at=changed_at,
        member_ids=last.member_ids if member_ids is None else member_ids,
    )
