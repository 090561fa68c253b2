"""What a machine may do where nobody looks: asked when it plans, and again when it fires."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.acting.guards import EMPTIES, refusals, weigh
from console.config.cases import Case
from console.model import Order, Verdict
from console.remedy import Refused
from tests.acting.test_guards import ARMED, MACHINE, circumstances
from tests.acting.world import TARGET, Restart, Server, Stage, configuration, stage

NIGHT = {
    "id": "night",
    "title": "the night",
    "severity": "warning",
    "when": [{"source": "workloads", "where": {"mem_pct": "> 80"}}],
    "steps": [
        {"id": "restart", "run": "restart-web", "auto": True},
        {"id": "by-hand", "run": "restart-web"},
    ],
}
ORDER = Order("restart-web", (TARGET,), "night", "7f3a", "restart", unattended=True)
MINE = Order("reboot", (MACHINE,), "night", "7f3a", "restart", unattended=True)
LETS = replace(ARMED, cases=frozenset({"night"}))
TYPED: dict[str, Any] = {"typed": "beats"}

# caption, what is different, why not (nothing: it may)
TABLE: list[tuple[str, dict[str, Any], str]] = [
    ("armed for it, marked", {}, ""),
    ("not armed", {"arming": None}, "night does not go on by itself: not armed"),
    (
        "armed for a person only",
        {"arming": ARMED},
        "night does not go on by itself: the arming does not name it",
    ),
    (
        "of no checklist",
        {"order": replace(MINE, run="")},
        "only a step of an open checklist goes on by itself",
    ),
    ("not marked", {"auto": False}, "restart is not marked `auto` in night"),
    ("begun before", {"step_acted": "it was begun"}, "it was begun; only a person does it again"),
    ("a name to type", {"plan": TYPED}, "beats must be typed, which only a person does"),
    (
        "a topic to empty",
        {"plan": TYPED, "kind": EMPTIES},
        "the arming does not allow that topics are emptied",
    ),
    (
        "a topic that may be emptied",
        {"plan": TYPED, "kind": EMPTIES, "arming": replace(LETS, may_empty_topics=True)},
        "",
    ),
    (
        "another name, though topics may be emptied",
        {"plan": TYPED, "arming": replace(LETS, may_empty_topics=True)},
        "beats must be typed, which only a person does",
    ),
]


@pytest.mark.parametrize(("caption", "changes", "why"), TABLE)
def test_where_nobody_looks(caption: str, changes: dict[str, Any], why: str) -> None:
    given: dict[str, Any] = {"order": MINE, "arming": LETS, "auto": True} | changes
    (said,) = [g for g in weigh(circumstances(**given)) if g.guard == "unattended"]
    assert (said.ok, "" if said.ok else said.said) == (not why, why)
    assert not said.override, "nothing that is typed lifts it"


def test_the_guard_is_silent_where_a_person_looks() -> None:
    given = circumstances(order=replace(MINE, unattended=False))
    assert not [g for g in weigh(given) if g.guard == "unattended"]


def configured(server: Server) -> Any:
    cases = {"night": Case.model_validate(NIGHT)}
    return replace(configuration(server.url), cases=cases)


@asynccontextmanager
async def armed(on: Stage, **arming: Any) -> AsyncIterator[Acts]:
    acts = on.acts()
    try:
        await acts.arm(["cluster"], 30, "a night", **{"cases": ["night"]} | arming)
        yield acts
    finally:
        await acts.close()


def staged(tmp_path: Path, server: Server, **remedy: Any) -> Stage:
    on = stage(tmp_path, server, remedy=Restart(server.url, **remedy))
    on.configured = configured(server)
    return on


async def test_it_acts_once_and_the_journal_says_that_nobody_looked(
    tmp_path: Path, server: Server
) -> None:
    async with armed(staged(tmp_path, server)) as acts:
        ended = await acts.fire(await acts.propose(ORDER))
        assert isinstance(ended, Verdict) and ended.outcome == "verified"
        again = await acts.propose(ORDER)
        assert any("was begun at" in one for one in again.refusals)
        with pytest.raises(Refused, match="only a person does it again"):
            await acts.fire(again)
        lines = acts.pen.journal.entries()
    assert server.writes == 1
    marked = {e.kind for e in lines if e.data.get("unattended")}
    assert marked == {"remedy.planned", "remedy.started", "remedy.refused"}
    (started,) = [e for e in lines if e.kind == "remedy.started"]
    assert started.by == "tester"


async def test_a_step_that_is_not_marked_is_refused(tmp_path: Path, server: Server) -> None:
    async with armed(staged(tmp_path, server)) as acts:
        proposal = await acts.propose(replace(ORDER, step="by-hand"))
        with pytest.raises(Refused, match="by-hand is not marked `auto`"):
            await acts.fire(proposal)
    assert not server.writes


@pytest.mark.parametrize("cases", [[], ["night"]])
async def test_an_arming_that_ended_or_is_another_by_now_refuses(
    tmp_path: Path, server: Server, cases: list[str]
) -> None:
    async with armed(staged(tmp_path, server)) as acts:
        proposal = await acts.propose(ORDER)
        assert not proposal.refusals
        await acts.disarm("on request")
        if not cases:
            await acts.arm(["cluster"], 30, "a person's")
        with pytest.raises(Refused, match="does not go on by itself"):
            await acts.fire(proposal)
    assert not server.writes


async def test_while_the_start_is_written_a_new_arming_without_the_case_stops_it(
    tmp_path: Path, server: Server
) -> None:
    """The last look before the request: whoever armed meanwhile, armed for a person."""
    async with armed(staged(tmp_path, server)) as acts:
        proposal = await acts.propose(ORDER)
        write = acts.pen.write

        async def meanwhile(kind: Any, /, **told: Any) -> Any:
            entry = await write(kind, **told)
            if kind == "remedy.started":
                await acts.arm(["cluster"], 30, "a person's")
            return entry

        acts.pen.write = meanwhile  # type: ignore[method-assign]
        with pytest.raises(Refused, match="night does not go on by itself any more"):
            await acts.fire(proposal)
        acts.pen.write = write  # type: ignore[method-assign]
    assert not server.writes


async def test_a_machine_types_no_name_and_lifts_no_guard(tmp_path: Path, server: Server) -> None:
    async with armed(staged(tmp_path, server, typed="web")) as acts:
        proposal = await acts.propose(ORDER)
        assert proposal.refusals
        with pytest.raises(Refused, match="web must be typed, which only a person does"):
            await acts.fire(proposal, "web", ["web"])
    assert not server.writes
    given = circumstances(order=MINE, arming=LETS, auto=True, board=circumstances().board)
    assert not refusals(weigh(given))


@pytest.mark.parametrize(
    ("arming", "why"),
    [
        ({"cases": ["no-such"]}, "no-such: there is no such case"),
        ({"cases": ["plain"]}, "plain: none of its acts is marked `auto`"),
        ({"cases": [], "may_empty_topics": True}, "topics are emptied unattended for a case only"),
    ],
)
async def test_an_arming_names_cases_that_have_something_to_do(
    tmp_path: Path, server: Server, arming: dict[str, Any], why: str
) -> None:
    on = staged(tmp_path, server)
    steps = [{"id": "look", "do": "look"}]
    plain = Case.model_validate({**NIGHT, "id": "plain", "steps": steps})
    on.configured = replace(on.configured, cases={**on.configured.cases, "plain": plain})
    acts = on.acts()
    with pytest.raises(Refused, match=why):
        await acts.arm(["cluster"], 30, "a night", **arming)
    assert acts.armed is None
    await acts.close()


async def test_a_watch_acts_beside_the_operator_and_never_in_flight_with_it(
    tmp_path: Path, server: Server
) -> None:
    on = staged(tmp_path, server)
    async with armed(on) as console:
        watch = on.acts(aside=True)
        await watch.arm(["cluster"], 30, "a night", ["night"])
        assert console.armed is not None and watch.armed is not None
        shown = await watch.propose(ORDER), await console.propose(ORDER)
        assert not shown[0].refusals and not shown[1].refusals
        ended = await watch.fire(shown[0])
        assert isinstance(ended, Verdict) and ended.outcome == "verified"
        with pytest.raises(Refused, match="only a person does it again"):
            await console.fire(shown[1])
        await watch.close()
        assert console.armed is not None, "the operator's place was never touched"
    assert server.writes == 1
