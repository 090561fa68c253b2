"""Which things have come to a place: a list of keys, page by page, all of it or none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from console.poll import in_thread
from console.web.pointer import Absent, at, decoded
from console.web.values import Answer, Nonsense, shown
from console.windows import moment

if TYPE_CHECKING:
    from console.config.http import Check, Keys

MOST, PAGES = 20_000, 200
PAGE = 1 << 18  # bytes: decoding more at once would hold everything else up
MILLISECONDS = 1e11  # a greater number of seconds would be after the year 5000
SINCE = "{since}"


def begins(keys: Keys, now: datetime) -> datetime:
    """From when on things are listed, UTC."""
    if keys.since is None:
        return (now - timedelta(seconds=keys.over)).astimezone(UTC)
    today: date = moment_in(keys.zone, now).date()
    begun = moment(today, keys.since, keys.zone)
    return begun if begun <= now else moment(today - timedelta(days=1), keys.since, keys.zone)


def moment_in(zone: str, now: datetime) -> datetime:
    """An instant by a zone's own clock."""
    from zoneinfo import ZoneInfo

    return now.astimezone(ZoneInfo(zone))


def address(check: Check, since: datetime) -> str:
    """The address of the first page."""
    return check.url.replace(SINCE, since.strftime("%Y-%m-%dT%H:%M:%SZ"))


async def listed(
    get: Callable[[str], Awaitable[Answer]], keys: Keys, first: Answer, since: datetime
) -> Mapping[str, datetime]:
    """Key → when it came, of all pages. Raises Nonsense where one is not as it should be.

    `get` asks for a further page and raises what an answer means that is no page.
    """
    found: dict[str, datetime] = {}
    answer, seen = first, {first.url}
    for _ in range(PAGES):
        if len(answer.body) > PAGE:
            raise Nonsense(
                f"a page of the list has {len(answer.body) >> 10:,} KB, of {PAGE >> 10} that are "
                "taken: ask for smaller pages (its address in estate.yaml)"
            )
        data = await decoded(answer)
        await in_thread(_gather, data, keys, found, since)
        onward = _onward(answer, data, keys)
        if not onward:
            return found
        if onward in seen:
            raise Nonsense(f"{shown(onward)}: the pages lead in a circle")
        seen.add(onward)
        answer = await get(onward)
    raise Nonsense(f"the list has more than {PAGES} pages")


def _gather(data: Any, keys: Keys, found: dict[str, datetime], since: datetime) -> None:
    try:
        items = at(data, keys.items)
    except Absent as absent:
        raise Nonsense(str(absent)) from None
    if not isinstance(items, list):
        raise Nonsense(f"the answer has no list at {keys.items or 'its root'}")
    for number, item in enumerate(items, 1):
        try:
            key, came = _key(at(item, keys.key)), _came(at(item, keys.at))
        except (Absent, ValueError, TypeError, OverflowError, OSError) as error:
            raise Nonsense(f"entry {number} of the list: {error}") from None
        if came >= since:
            found.setdefault(key, came)
    if len(found) > MOST:
        raise Nonsense(f"the list has more than {MOST:,} entries")


def _key(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise ValueError("its key is neither a word nor a whole number")
    return str(value)


def _came(value: Any) -> datetime:
    """A time as APIs write it: ISO 8601 (without a zone: UTC), or seconds or ms since 1970."""
    if isinstance(value, str):
        told = datetime.fromisoformat(value)
        return told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("its time is none")
    return datetime.fromtimestamp(value / 1000 if value > MILLISECONDS else value, UTC)


def _onward(answer: Answer, data: Any, keys: Keys) -> str:
    """The next page's address, or nothing. On another host it is not followed."""
    told: Any = answer.next
    if keys.next:
        try:
            told = at(data, keys.next)
        except Absent:
            told = ""
    if not told:
        return ""
    if not isinstance(told, str):
        raise Nonsense(f"the answer's next page ({keys.next}) is no address")
    onward = urljoin(answer.url, told)
    here, there = urlsplit(answer.url), urlsplit(onward)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise Nonsense(f"the next page is on another host ({there.netloc}): not followed")
    return onward
