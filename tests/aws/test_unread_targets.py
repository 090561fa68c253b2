"""Target groups whose health was not read for long: no green of hours ago stands for now."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from console.model import Ref, Severity
from console.poll import Context
from console.sources import targets
from console.sources.targets import TargetGroup, Targets
from tests.aws.big_balancer import behind
from tests.aws.conftest import site
from tests.aws.edge import Asked, Edge, Refused
from tests.widgets import boards
from widgets.look import Look
from widgets.target_columns import TARGETS

SITE = {"x": site({"prod": {"targets": [{"group": "tenants-*"}]}})}


def serve(edge: Edge, refused: set[str]) -> None:
    """Two target groups; the health of those in `refused` is not told."""

    def health(asked: Asked) -> dict[str, Any]:
        if asked.params["TargetGroupArn"] in refused:
            raise Refused("AccessDenied", "not today")
        return behind("DescribeTargetHealth", 2)

    for name in ("TargetGroups", "Listeners", "Rules"):
        operation = f"Describe{name}"
        edge.handlers[f"elbv2.{operation}"] = lambda asked, of=operation: behind(of, 2)
    edge.handlers["elbv2.DescribeTargetHealth"] = health
    edge.handlers["ec2.DescribeInstances"] = lambda asked: {"Reservations": []}


async def rows(part: targets.Part) -> dict[str, TargetGroup]:
    return {row.group: row for row in await part.fetch() if isinstance(row, TargetGroup)}


async def test_what_could_not_be_read_again_is_unknown_with_why(edge: Edge, context: Any) -> None:
    refused: set[str] = set()
    serve(edge, refused)
    made: Context = context(sites=SITE)
    (part,) = Targets().parts(made)
    assert {row.severity for row in (await rows(part)).values()} == {Severity.OK}
    refused.add("arn:0")
    read = await rows(part)
    assert read["tenants-0"].severity is Severity.UNKNOWN
    assert "DescribeTargetHealth" in read["tenants-0"].because[0]
    assert read["tenants-0"].healthy == 2 and read["tenants-1"].severity is Severity.OK
    refused.clear()
    assert (await rows(part))["tenants-0"].severity is Severity.OK


@pytest.mark.parametrize(("every", "severity"), [(300.0, Severity.OK), (0.0, Severity.UNKNOWN)])
async def test_what_is_older_than_two_rounds_is_unknown_and_says_its_age(
    edge: Edge, context: Any, monkeypatch: pytest.MonkeyPatch, every: float, severity: Severity
) -> None:
    monkeypatch.setattr(targets, "A_POLL", 1)
    monkeypatch.setattr(targets, "EVERY", every)
    serve(edge, set())
    (part,) = Targets().parts(context(sites=SITE))
    await rows(part)
    (kept,) = [row for row in (await rows(part)).values() if row.kept]
    assert kept.severity is severity
    assert kept.because == (("its health was last read 0 min ago",) if severity else ())


def test_an_old_count_is_dim_and_tells_its_age() -> None:
    three_hours = boards.NOW.real - timedelta(hours=3)
    row = TargetGroup(
        ref=Ref("target_group", "x/prod", "g"), at=boards.NOW.estate, owner="ours",
        severity=Severity.OK, site="x", env="prod", group="g", healthy=2, total=2,
    )  # fmt: skip
    old = TargetGroup(
        ref=row.ref, at=row.at, owner="ours", severity=Severity.OK, site="x", env="prod",
        group="g", healthy=2, total=2, kept={"healthy": three_hours},
    )  # fmt: skip
    (column,) = [one for one in TARGETS if one.fact == "healthy"]
    look = Look(now=boards.NOW)
    new, kept = column.show(row, look), column.show(old, look)
    assert (new.text, new.tone) == ("2 of 2", "")
    assert (kept.text, kept.tone) == ("2 of 2, 3 h 00 m old", "dim")
