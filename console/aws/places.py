"""Where the estate's sites live: account × Region, the unit that AWS is asked in."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from console.poll import Context, Part

if TYPE_CHECKING:
    from console.config import Estate
    from console.config.schema import Environment, Selector
    from console.model import Plan, Row

T = TypeVar("T")
SLOW = 600.0  # seconds: what changes by hand (tags, types, schedules) is asked this often


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """One account × Region."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"{self.account}/{self.region}"


@dataclass(frozen=True, slots=True)
class Unit:
    """One site in one environment, and who answers for it."""

    site: str
    env: str
    owner: str
    environment: Environment

    @property
    def scope(self) -> str:
        """`site/env`."""
        return f"{self.site}/{self.env}"

    @property
    def place(self) -> Place:
        """Where it runs."""
        return Place(self.environment.account, self.environment.region)


def place_of(plan: Plan) -> Place:
    """Where a plan acts, as its planning saw it."""
    return Place(plan.seen["account"], plan.seen["region"])


def units(estate: Estate) -> Iterator[Unit]:
    """Every site in every environment, as configured."""
    for site_id, site in estate.sites.items():
        for env, environment in site.environments.items():
            yield Unit(site_id, env, site.owner, environment)


def grouped(things: Iterable[T], place: Callable[[T], Place]) -> dict[Place, tuple[T, ...]]:
    """Things by the place they are asked in, places in order of appearance."""
    found: dict[Place, list[T]] = {}
    for thing in things:
        found.setdefault(place(thing), []).append(thing)
    return {key: tuple(each) for key, each in found.items()}


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of at most `size`: every AWS call has its limit."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def tags_of(thing: dict[str, Any]) -> dict[str, str]:
    """AWS's list of tags as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags") or ()}


class TagIndex:
    """Finds the resources that carry all of some tags, however large the fleet."""

    def __init__(self, tags: Mapping[str, Mapping[str, str]]) -> None:
        self._having: dict[tuple[str, str], dict[str, None]] = {}
        for name, each in tags.items():
            for tag in each.items():
                self._having.setdefault(tag, {})[name] = None

    def having(self, tags: Mapping[str, str]) -> list[str]:
        """The names, in the order they were given."""
        first, *rest = (self._having.get(tag, {}) for tag in tags.items())
        return [name for name in first if all(name in some for some in rest)]


def named(selector: Selector) -> str:
    """What to call a resource that AWS does not have."""
    wanted = ",".join(f"{key}={value}" for key, value in selector.tags.items())
    return selector.title or selector.id or wanted


Read = Callable[[], Coroutine[Any, Any, "tuple[Row, ...]"]]


def part(context: Context, source: str, place: Place, read: Read) -> Part:
    """A part for one place, asked every minute unless configured otherwise."""
    interval, timeout = context.every(source, 60.0), context.timeout(source, 20.0)
    return Part(source, str(place), interval, read, timeout)
