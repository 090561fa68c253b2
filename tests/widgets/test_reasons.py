"""Why a row is red, how old each of its values is, and which sums are lower bounds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from console.model import Now, Snapshot, Trouble
from console.sources.kafka_lag import PartitionLag
from tests.widgets import boards
from tests.widgets.stage import LARGE, SMALL, picture, stage
from widgets.kinds import KINDS
from widgets.look import Look, zone_of
from widgets.parts import part_rows
from widgets.report import report
from widgets.telling import detail, explanation, sub_columns
from widgets.tuned import kafka_about

LOOK = Look(now=boards.NOW, zone=zone_of("Europe/Paris"))


def part_of(source: str) -> Snapshot:
    return boards.night().parts(source)[0]


def test_an_explanation_says_which_value_broke_which_limit() -> None:
    told = explanation(part_of("sites"), boards.SITES[2], LOOK).plain
    assert "load1 13.2 ≥ 10 critical" in told


def test_a_reason_that_another_sentence_contains_is_said_once() -> None:
    told = explanation(part_of("alarms"), boards.ALARMS[0], LOOK).plain
    assert told.count("load1 13.2 > 10 for 3 datapoints") == 1


def test_a_sum_with_holes_is_shown_as_a_lower_bound_everywhere() -> None:
    row = boards.lag(
        "g", "crow.alarm", boards.WARN, lag=28, missing={"lag": "at least: 4 of 6 answered"}
    )
    assert "≥ 28   at least: 4 of 6 answered" in detail(part_of("kafka_lag"), row, LOOK).plain
    kafka = next(kind for kind in KINDS if kind.id == "kafka")
    assert "≥ 28" in [column.show(row, LOOK).text for column in kafka.columns]


def test_a_value_older_than_its_row_tells_its_own_age_and_why_it_was_not_renewed() -> None:
    row = replace(
        boards.INSTANCES[0],
        ages={"load1": boards.ago(300), "mem_pct": boards.AT},
        missing={"load1": "no answer in 8 s"},
    )
    told = detail(part_of("instances"), row, LOOK).plain
    assert "13.2   21:27, 5 m 00 s ago; no answer in 8 s" in told
    assert told.count("ago") == 2, "the row's own age, and that of one value"


def test_times_of_failures_are_told_by_the_clock_in_the_header() -> None:
    estate = boards.AT - timedelta(days=30)
    look = replace(LOOK, now=Now(estate, boards.AT, speed=10.0))
    assert look.clock_of(boards.ago(60)) == "21:22", "a minute ago is ten of theirs"


async def test_a_pane_tells_them_so_too() -> None:
    board = boards.night().with_(
        boards.snapshot(
            "workloads", (), part="eks-v2-prod", trouble=Trouble("refused", boards.ago(60))
        )
    )
    async with stage(board, LARGE) as (app, _):
        app.at = Now(boards.AT - timedelta(hours=3), boards.AT)
        app.tick()
        assert "FAILED since 18:31" in picture(app)


def test_the_title_names_each_broker_that_is_away_and_counts_a_partition_once() -> None:
    up, down, last = boards.BROKERS
    gone = replace(last, up=None, since=boards.ago(40), missing={"up": "no answer"})
    untried = replace(up, up=None)
    board = boards.night().with_(
        boards.snapshot("kafka_brokers", (untried, down, gone), part="msk-prod")
    )
    told = kafka_about(board, LOOK)
    assert "broker 2 down" in told and "broker 3 unreachable 40 s" in told
    assert "broker 1" not in told and "under-replicated 41" in told


async def test_a_bad_metric_of_no_site_stands_with_the_alarms_and_its_pane_is_counted() -> None:
    async with stage() as (app, pilot):
        assert "pod_disk_pct metric" in picture(app)
        assert "sakai-5xx" not in picture(app), "its site speaks of it"
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        assert "Metrics ▲2" in picture(app)
        await app.screen.action_show("metrics")  # type: ignore[attr-defined]
        await pilot.pause()
        assert "eks-v2-prod" in picture(app)


def test_the_report_gives_the_reason_of_each_row_that_is_not_ok() -> None:
    told = report(boards.night(), boards.NOW, "Europe/Paris")
    for said in ("load1 13.2 ≥ 10 critical", "memory at 92 % of the limit", "1 sample so far"):
        assert said in told, told


async def test_a_filter_that_was_taken_away_is_not_there_when_the_next_is_typed() -> None:
    async with stage() as (app, pilot):
        await pilot.press("slash", *"sakai", "escape", "slash", *"loki")
        assert "filter: loki" in picture(app) and "sakailoki" not in picture(app)


def test_a_part_is_as_bad_as_its_source_found_it() -> None:
    found = PartitionLag(0, verdict="rewound", severity=boards.WARN)
    row = boards.lag("g", "crow.alarm", boards.WARN, partitions=(found,))
    assert [part.severity for part in part_rows(row, "partitions")] == [boards.WARN]
    assert "severity" not in sub_columns(row.partitions), "it is the colour, no column"
