"""Asking AWS on a person's behalf: where a row lives, and no more pages than were announced."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from console.aws.places import Place
from console.closer.lines import said
from console.model import Row
from console.poll import Context, Failed

if TYPE_CHECKING:
    from console.config import Estate
    from console.model.closer import Line

Answer = dict[str, Any]
UNKNOWN = (
    "these calls brought nothing, and AWS has not looked through the rest yet: "
    "whether there is anything is not known"
)


def place_of(row: Row, estate: Estate, part: str) -> Place:
    """The account × Region of a row; `part`: where it was seen, which tells it from its namesakes.

    Raises Failed where nothing tells.
    """
    site = estate.sites.get(getattr(row, "site", None) or "")
    own = site.environments.get(getattr(row, "env", None) or "") if site else None
    if own is not None:
        return Place(own.account, own.region)
    kafka = estate.kafka.get(getattr(row, "cluster", None) or "")
    if kafka is not None and kafka.account:
        return Place(kafka.account, kafka.region)
    places = list(dict.fromkeys(_named(row, estate)))
    place = next((one for one in places if str(one) == part), None)
    if place is None and len(places) == 1:
        place = places[0]
    if place is not None:
        return place
    why = "the estate does not say in which account and Region it lives"
    if places:
        why = f"it may live in {' or '.join(map(str, places))}, and nobody says in which"
    raise Failed(f"{row.ref.name}: {why}")


def _named(row: Row, estate: Estate) -> Iterator[Place]:
    """Wherever the estate has things of this kind, scope and prefix."""
    for scope in estate.alarms if row.ref.kind == "alarm" else ():
        if scope.scope == row.ref.scope and row.ref.name.startswith(scope.prefix):
            yield Place(scope.account, scope.region)
    for one in estate.canaries if row.ref.kind == "canary" else ():
        if one.account == row.ref.scope and row.ref.name.startswith(one.prefix):
            yield Place(one.account, one.region)


async def paged(
    context: Context,
    place: Place,
    service: str,
    operation: str,
    key: str,
    token: str,
    most: int,
    **params: Any,
) -> tuple[list[Answer], str]:
    """The items of at most so many pages, and by what token more is had; empty: that was all."""
    found: list[Answer] = []
    call = context.clients.aws.call
    for _ in range(most):
        answer = await call(place.account, place.region, service, operation, **params)
        found += answer.get(key) or ()
        if not answer.get(token):
            return found, ""
        params = {**params, token: answer[token]}
    return found, str(params[token])


def bounded(lines: list[Line], more: str, none: str) -> list[Line]:
    """The lines with what was left out before them, or the sentence that there are none.

    No lines and yet more (CloudWatch gives empty pages while it looks): nobody knows.
    """
    if not lines:
        return [said(UNKNOWN if more else none)]
    return [said(more), *lines] if more else lines
