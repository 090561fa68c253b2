"""The lookout: one hurt part never ages another, and what slept is stale until asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from console import derive, lookout
from console.clients import Clients
from console.clock import Clock, real_now
from console.config import Estate
from console.config.planned import Window
from console.config.schema import Identity
from console.lookout import Lookout, look_once
from console.model import Board, Freshness, Ref, Row, Severity
from console.poll import AuthExpired, Context, Derived, Fetch, Given, Part

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light(Row):
    """A row with one fact."""

    lit: bool = True


def row(name: str, severity: Severity = Severity.OK) -> Light:
    return Light(ref=Ref("light", "sakai/prod", name), at=NOW, severity=severity)


async def lit() -> tuple[Row, ...]:
    return (row("a"),)


async def expired() -> tuple[Row, ...]:
    raise AuthExpired("login expired", "aws sso login --profile x")


@dataclass
class Lights:
    """A source with the given parts."""

    fetches: dict[str, Fetch]
    interval: float = 30.0
    name: str = "lights"
    row: type[Row] = Light

    def parts(self, context: Context) -> Sequence[Part]:
        return [Part(self.name, part, self.interval, f) for part, f in self.fetches.items()]


@dataclass
class Rooms(Derived):
    """A derived source: one row a light."""

    name: str = "rooms"
    row: type[Row] = Light
    inputs: tuple[str, ...] = ("lights",)

    def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
        return tuple(row(f"room of {light.ref.name}") for light in board.rows("lights"))

    def part(self, row: Row, estate: Estate) -> str:
        return "good"


Context_ = Callable[..., Context]


@pytest.fixture
def context(monkeypatch: pytest.MonkeyPatch) -> Context_:
    def make(**fetches: Fetch) -> Context:
        lights = Lights(fetches)
        monkeypatch.setattr(lookout, "SOURCES", {lights.name: lights})
        monkeypatch.setattr(derive, "DERIVED", {"rooms": Rooms()})
        estate = Estate(estate=Identity(name="test", title="Test"))
        return Context(estate, Clients(estate))

    return make


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0.005)


async def test_one_expired_login_neither_ages_nor_freshens_another_part(context: Context_) -> None:
    board = await look_once(context(good=lit, bad=expired))
    now = datetime.now(UTC)
    good, bad = board.parts("lights")
    assert good.freshness(now) is Freshness.FRESH and good.rows == (row("a"),)
    assert bad.freshness(now) is Freshness.AUTH_EXPIRED
    assert bad.trouble and bad.trouble.cure == "aws sso login --profile x"
    assert board.freshness("lights", now) is Freshness.AUTH_EXPIRED


async def test_a_derived_part_is_as_old_as_its_oldest_input_and_shares_its_trouble_alone(
    context: Context_,
) -> None:
    board = await look_once(context(good=lit, bad=expired))
    good, bad = board.parts("rooms")
    assert [r.ref.name for r in good.rows] == ["room of a"] and good.trouble is None
    assert good.taken_at == board.parts("lights")[0].taken_at
    assert bad.rows == () and bad.trouble and bad.trouble.message == "lights: login expired"
    assert board.freshness("rooms", datetime.now(UTC)) is Freshness.AUTH_EXPIRED


async def test_a_part_that_never_answered_leaves_no_derived_rows(context: Context_) -> None:
    board = await look_once(context(bad=expired))
    (rooms,) = board.parts("rooms")
    assert rooms.rows == () and rooms.taken_at is None
    assert board.freshness("rooms", datetime.now(UTC)) is Freshness.AUTH_EXPIRED


async def test_a_derived_source_that_fails_is_marked_and_the_rest_goes_on(
    context: Context_, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(Rooms):
        def derive(self, board: Board, given: Given) -> tuple[Row, ...]:
            raise ZeroDivisionError("no rooms")

    looked = context(good=lit)
    monkeypatch.setattr(derive, "DERIVED", {"rooms": Broken()})
    board = await look_once(looked)
    (rooms,) = board.parts("rooms")
    assert rooms.trouble and rooms.trouble.message == "ZeroDivisionError: no rooms"
    assert rooms.taken_at is None
    assert board.freshness("lights", datetime.now(UTC)) is Freshness.FRESH


async def test_after_a_suspend_everything_is_stale_until_it_was_asked_again(
    context: Context_,
) -> None:
    gate = asyncio.Event()
    gate.set()

    async def gated() -> tuple[Row, ...]:
        await gate.wait()
        return (row("a"),)

    seen: list[Board] = []
    watch = Lookout(context(only=gated), seen.append)
    task = asyncio.create_task(watch.run())
    now = datetime.now(UTC)
    await until(lambda: bool(seen) and seen[-1].freshness("lights", now) is Freshness.FRESH)
    gate.clear()
    watch.resumed()
    for source in ("lights", "rooms"):
        assert seen[-1].freshness(source, now) is Freshness.STALE
    gate.set()
    await until(lambda: seen[-1].freshness("rooms", now) is Freshness.FRESH)
    task.cancel()
    await asyncio.wait([task])


async def test_a_late_answer_of_an_earlier_poll_is_dropped(context: Context_) -> None:
    answers: list[asyncio.Future[tuple[Row, ...]]] = []

    async def slow() -> tuple[Row, ...]:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    seen: list[Board] = []
    watch = Lookout(context(only=slow), seen.append)
    task = asyncio.create_task(watch.run())
    await until(lambda: len(answers) == 1)
    watch.resumed()
    await until(lambda: len(answers) == 2)
    assert answers[0].cancelled()
    answers[1].set_result((row("new"),))
    await until(lambda: bool(seen[-1].rows("lights")))
    assert [r.ref.name for r in seen[-1].rows("lights")] == ["new"]
    task.cancel()
    await asyncio.wait([task])


async def test_refresh_asks_a_part_that_backs_off_at_once(context: Context_) -> None:
    asked: list[datetime] = []

    async def dead() -> tuple[Row, ...]:
        asked.append(datetime.now(UTC))
        raise ConnectionError("gone")

    watch = Lookout(context(only=dead), lambda board: None)
    task = asyncio.create_task(watch.run())
    await until(lambda: len(asked) == 1)
    watch.refresh()
    await until(lambda: len(asked) == 2)
    assert asked[1] - asked[0] < timedelta(seconds=3)
    task.cancel()
    await asyncio.wait([task])


async def test_a_source_is_asked_more_often_while_a_planned_window_wants_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clock runs so that the window opens after a moment, and closes again."""
    opens = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
    told = {"title": "watch", "zone": "UTC", "on": "2026-03-10", "from": "03:00", "to": "03:04"}
    window = Window.model_validate(told | {"every": {"lights": "15s"}})
    estate = Estate(estate=Identity(name="test", title="Test"))
    clock = Clock(opens - timedelta(seconds=60), real_now(), 200.0)
    context = Context(estate, Clients(estate), clock, windows={"watch": window})

    @dataclass
    class Paced(Lights):
        def parts(self, context: Context) -> Sequence[Part]:
            every = context.every("lights", 60.0)
            return [Part(self.name, "a", every, lit)]

    monkeypatch.setattr(lookout, "SOURCES", {"lights": Paced({})})
    monkeypatch.setattr(lookout, "PACE_S", 0.05)
    monkeypatch.setattr(derive, "DERIVED", {})
    seen: list[float] = []

    def publish(board: Board) -> None:
        every = [part.interval for part in board.parts("lights") if part.taken_at]
        seen.extend(one for one in every if seen[-1:] != [one])

    looking = asyncio.create_task(Lookout(context, publish).run())
    async with asyncio.timeout(10):
        while seen != [60.0, 15.0, 60.0]:
            await asyncio.sleep(0.02)
    looking.cancel()
    await asyncio.wait([looking])
