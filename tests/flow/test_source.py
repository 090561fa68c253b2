"""The source `flows`: its rows, what it remembers, what old inputs leave of it, who may name it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.commands.status import as_json
from console.config.cases import Case
from console.config.flows import Flow
from console.config.schema import Estate
from console.derive import derive
from console.match import Memory, Policy, find
from console.model import Board, Now, Row, Severity, Snapshot, Trouble
from console.poll import Given
from console.sources.flows import Flows, FlowStage
from tests.flow.desk import AT, NOW, SOURCES, alarm, board, flow, lag, workload

ESTATE = Estate.model_validate({"estate": {"name": "small", "title": "Small"}})
ALARM = flow(
    title="Life of an alarm",
    stages=[
        {"id": "reporter", "title": "reporter crow", "deployment": "reporter-crow"},
        {"id": "crow", "title": "[crow alarm]", "topic": "crow.alarm"},
        {"id": "enricher", "title": "dataenricher", "group": "dataenricher"},
        {"id": "rule", "title": "rule chain"},
        {"id": "event", "title": "event"},
        {
            "id": "camunda",
            "title": "Camunda",
            "owner": "offre",
            "after": "rule",
            "probes": [{"source": "alarms", "where": {"name": "offre-*"}, "ok": {"state": "ok"}}],
        },
    ],
)
WELL = (workload("reporter-crow"), lag("dataenricher", "crow.alarm"), alarm("offre-health"))
STUCK = (
    workload("reporter-crow"),
    lag("dataenricher", "crow.alarm", verdict="stuck", out_per_s=0.0, why="no commit for 107 s"),
    alarm("offre-health"),
)


def seen(on: Board, now: Now = NOW, **flows: Flow) -> Board:
    """The board with its flows."""
    given = Given(ESTATE, now, flows=flows or {"alarm": ALARM})
    return on.with_(*derive(Flows(), on, given))


def stages(on: Board) -> dict[str, FlowStage]:
    """Stage → its row."""
    return {row.stage: row for row in on.rows("flows") if isinstance(row, FlowStage)}


def states(on: Board) -> str:
    """How the stages stand, in their order."""
    return " ".join(row.state for row in stages(on).values())


def after(on: Board, seconds: float, *rows: Row) -> tuple[Board, Now]:
    """The board on which later looks saw these rows."""
    at = AT + timedelta(seconds=seconds)
    for row in rows:
        source = SOURCES[type(row)]
        on = on.with_(Snapshot(source, "one", 5.0, at, (replace(row, at=at),)))
    return on, Now(at, at)


def test_a_break_is_named_first_and_what_comes_after_it_knows_why_it_starves() -> None:
    found = stages(seen(board(*STUCK)))
    enricher, rule = found["enricher"], found["rule"]
    assert (enricher.state, enricher.severity, enricher.first_broken) == (
        "broken",
        Severity.CRITICAL,
        True,
    )
    assert enricher.why == "dataenricher/crow.alarm: verdict stuck; no commit for 107 s"
    assert (rule.state, rule.severity, rule.why) == (
        "starved",
        Severity.WARNING,
        "nothing comes from dataenricher",
    )
    assert found["crow"].state == "ok" and found["crow"].rate_per_s == 2.0
    assert found["camunda"].owner == "offre"
    assert str(enricher.ref) == "stage/msk/alarm/enricher"


def test_each_flow_is_a_part_of_its_own_and_as_old_as_what_it_looks_at() -> None:
    other = flow(stages=[{"id": "one", "title": "One", "deployment": "reporter-crow"}])
    on = seen(board(*WELL, old=4.0), alarm=ALARM, other=other)
    assert {one.part for one in on.parts("flows")} == {"alarm", "other"}
    assert all(one.taken_at == AT - timedelta(seconds=4) for one in on.parts("flows"))


def test_a_stage_is_as_old_as_the_oldest_row_that_decided_it() -> None:
    minute = timedelta(minutes=1)
    old = replace(lag("dataenricher", "crow.alarm"), at=AT - 4 * minute)
    older = replace(alarm("offre-health", "alarm"), at=AT - 5 * minute)
    found = stages(seen(board(WELL[0], old, older)))
    ages = {name: (AT - row.at) / minute for name, row in found.items()}
    assert ages == {
        "reporter": 0, "crow": 4, "enricher": 4, "camunda": 5,
        "rule": 5, "event": 5,  # nothing looks at these: they follow from the others
    }  # fmt: skip


@pytest.mark.parametrize("trouble", [True, False])
def test_a_login_that_ran_out_makes_its_own_stage_unknown_and_no_other(trouble: bool) -> None:
    at = AT - timedelta(seconds=2 if trouble else 600)
    expired = Trouble("the login ran out", at, auth_expired=True) if trouble else None
    old = Snapshot("alarms", "one", 5.0, at, (alarm("offre-health"),), expired)
    on = seen(board(*WELL[:2], more={"alarms": old}))
    assert states(on) == "ok ok ok unknown unknown unknown"
    assert stages(on)["camunda"].severity is Severity.UNKNOWN
    (part,) = on.parts("flows")
    assert part.trouble is None, "the flow goes on by what can be trusted"


def test_a_flow_is_looked_at_anew_only_where_something_that_it_looks_at_changed() -> None:
    source, more = Flows(), {"other": flow(stages=[{"id": "e", "title": "E", "canary": "e"}])}
    on = board(*WELL)

    def look(now: Now, on: Board) -> Board:
        return on.with_(*derive(source, on, Given(ESTATE, now, flows=flows)))

    flows = {"alarm": ALARM, **more}
    on = look(NOW, on)
    rows = on.rows("flows")
    on, now = after(on, 3, alarm("offre-health"))
    again = look(now, on)
    assert [row is old for row, old in zip(again.rows("flows"), rows, strict=True)] == [
        *[False] * 6,  # its own input was read
        True,
    ]
    unchanged = look(now, again.with_(Snapshot("canaries", "x", 5.0, now.real, ())))
    assert unchanged.rows("flows")[:6] == again.rows("flows")[:6]
    assert unchanged.rows("flows")[0] is again.rows("flows")[0]
    late = Now(AT + timedelta(minutes=10), AT + timedelta(minutes=10))
    assert "unknown" in states(look(late, unchanged)), "what it looked at is old by now"
    assert look(now, on).rows("flows")[0] is not again.rows("flows")[0], "another board's rows"


def test_a_flow_none_of_whose_inputs_can_be_trusted_is_unknown_throughout() -> None:
    on = seen(board(*STUCK, old=600.0))
    assert set(states(on).split()) == {"unknown"}
    (part,) = on.parts("flows")
    assert not part.freshness(AT).trusted


def test_it_remembers_since_when_a_stage_is_as_it_is() -> None:
    on = seen(board(*WELL))
    assert stages(on)["enricher"].since is None, "it began before anybody looked"
    on, now = after(on, 60, *STUCK)
    on = seen(on, now)
    on, later = after(on, 120, *STUCK)
    on = seen(on, later)
    assert stages(on)["enricher"].since == now.estate


def test_since_is_what_the_row_says_that_shows_it() -> None:
    since = AT - timedelta(hours=1)
    on = seen(board(*WELL[:2], alarm("offre-health", "alarm", since=since)))
    assert stages(on)["camunda"].since == since


@pytest.mark.parametrize(
    ("facts", "severity"),
    [({}, Severity.CRITICAL), ({"severity": "warning"}, Severity.WARNING)],
)
def test_a_stage_is_as_bad_as_it_says(facts: Mapping[str, Any], severity: Severity) -> None:
    one = flow(stages=[{"id": "one", "title": "One", "deployment": "reporter-crow", **facts}])
    on = seen(board(workload("reporter-crow", 0)), one=one)
    assert stages(on)["one"].severity is severity


def test_a_stage_that_is_not_known_any_more_neither_raises_nor_clears() -> None:
    told = {"id": "stop", "title": "alarms stop", "severity": "critical"}
    when = {"source": "flows", "where": {"first_broken": True}}
    case = Case.model_validate({**told, "when": [when]})
    _, memory = find([case], seen(board(*STUCK)), Memory(), NOW, Policy())
    blind = seen(board(STUCK[0], lag("dataenricher", "crow.alarm", verdict="unknown"), STUCK[2]))
    (finding,), _ = find([case], blind, memory, NOW, Policy())
    assert finding.stale, "it stays, and says that its evidence is old"
    assert not find([case], blind, Memory(), NOW, Policy())[0]
    assert not find([case], seen(board(*WELL)), memory, NOW, Policy())[0]


def test_a_case_may_name_a_stage_and_status_tells_it() -> None:
    case = Case.model_validate(
        {
            "id": "stop",
            "title": "alarms stop",
            "severity": "critical",
            "when": [{"source": "flows", "where": {"flow": "alarm", "first_broken": True}}],
        }
    )
    on = seen(board(*STUCK))
    (finding,), _ = find([case], on, Memory(), NOW, Policy())
    assert finding.scope == "msk" and finding.evidence[0].name == "alarm/enricher"
    assert not find([case], seen(board(*WELL)), Memory(), NOW, Policy())[0]
    told = as_json(replace(on, findings=(finding,)), "small", AT)["sources"]["flows"]
    (broken,) = [row for row in told["rows"] if row["first_broken"]]
    assert (broken["flow"], broken["stage"], broken["state"]) == ("alarm", "enricher", "broken")
    assert broken["rate_per_s"] == 0.0 and "worst" not in broken
