"""Acts that a later program wrote down in its own way: they are told, and nothing falls over."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.acting.held import past, still_open
from console.begun import begun
from console.model import Entry, plain
from console.remedy import Refused
from tests.acting.test_left_open import FAR, ONE, plan_of
from tests.acting.world import ORDER, TARGET, Server, acting, configuration, refused, stage

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
ESTATE = configuration().estate
START = {"remedy": "restart-web", "kind": "rollout-restart", "started_at": AT.isoformat()}
CALL = {"service": "s", "operation": "o", "params": {}}


def told(*lines: tuple[str, dict[str, Any]]) -> tuple[Entry, ...]:
    return tuple(
        Entry(AT, f"remedy.{kind}", by="akira", data={"act": "a", **d}) for kind, d in lines
    )


def written(**changed: Any) -> dict[str, Any]:
    plan: dict[str, Any] = plain(plan_of(ONE)) | changed
    return {**START, "plan": {name: v for name, v in plan.items() if v != "gone"}}


# caption → (what is written in the plan in another way, whether it is readable all the same)
PLANS: dict[str, tuple[dict[str, Any], bool]] = {
    "one more word in a request": ({"requests": [CALL | {"later": 1}]}, True),
    "one more word in the plan": ({"later": {"a": 1}}, True),
    "no place, no requests": ({"where": "gone", "requests": "gone"}, True),
    "a request without its operation": ({"requests": [{"service": "s"}]}, False),
    "a request that is a sentence": ({"requests": ["reboot"]}, False),
    "requests that are none": ({"requests": 3}, False),
    "places by name": ({"where": {"account": "1"}}, False),
    "no title": ({"title": "gone"}, False),
    "lists that are texts": ({"loses": "everything"}, False),
    "a target that is a text": ({"targets": ["web-1"]}, False),
    "targets that are none": ({"targets": 3}, False),
    "no plan of today's words": (dict.fromkeys(("title", "scopes", "targets"), "gone"), False),
}


@pytest.mark.parametrize("caption", PLANS)
def test_a_plan_of_a_later_program_raises_nothing_and_keeps_its_scopes_closed(caption: str) -> None:
    changed, readable = PLANS[caption]
    (one,) = begun(told(("started", written(**changed))), "")
    assert one.unread is not readable
    assert ("and cannot be read: another program wrote it; its end is open" in str(one)) is (
        not readable
    )
    assert still_open([one], plan_of(ONE), ESTATE) == (one,)
    past([one], plan_of(ONE), ESTATE)
    named = "scopes" not in changed
    assert bool(still_open([one], plan_of(FAR), ESTATE)) is not named, "it may have been anything"


def _ends() -> Iterator[tuple[str, tuple[tuple[str, dict[str, Any]], ...]]]:
    yield "nothing but its act", (("started", {}),)
    yield "a time in words", (("started", written() | {"started_at": "this morning"}),)
    yield "a plan that is a text", (("started", written() | {"plan": "restart it"}),)
    yield "a part without its rest", (("started", written()), ("sent", {"left": "x", "reply": {}}))
    yield "a part without an answer", (("started", written()), ("sent", {"left": "x"}))
    yield "an answer that is a text", (("started", written()), ("sent", {"reply": "yes"}))
    yield "an answer that is not there", (("started", written()), ("sent", {}))


@pytest.mark.parametrize("lines", [pytest.param(lines, id=id) for id, lines in _ends()])
@pytest.mark.parametrize("ended", [False, True])
def test_lines_of_a_later_program_are_acts_all_the_same(lines: Any, ended: bool) -> None:
    lines = (*lines, *((("verified", {}),) if ended else ()))
    (one,) = begun(told(*lines), "")
    assert one.ended is ended and str(one)
    assert bool(still_open([one], plan_of(ONE), ESTATE)) is not ended
    past([one], plan_of(ONE), ESTATE)


async def test_what_cannot_be_read_refuses_its_scope_and_is_not_looked_at(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        plan = plain((await acts.propose(ORDER)).plan) | {"requests": ["restart it"]}
        start = START | {"act": "later", "plan": plan, "world": acts.hands.world}
        await acts.pen.write("remedy.started", **start)
        (left,) = await acts.unfinished()
        assert "and cannot be read: another program wrote it" in await refused(acts)
        with pytest.raises(Refused, match=f"on {TARGET.name} was begun at .*update this one"):
            await acts.look_again(left)
        assert await acts.unfinished() == (left,) and not server.writes
