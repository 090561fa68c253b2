"""What the lab's scenarios looked like: each case recognises its own and is silent on the others.

The recordings are made by `python -m tests.cases.record`.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from console.config import Configuration, load
from console.config.cases import Example
from console.examples import shown
from console.findings import policy_of
from console.model import Finding
from console.sources import row_types
from tests.cases.record import AT, CONFIG, RECORDED

# Scenario → the findings it shows, and no other.
FOUND: dict[str, set[str]] = {
    "quiet": set(),
    "broker-down": {"msk-maintenance@msk-prod"},  # outside every window: unexpected
    "load-sakai": {
        "load-average-elasticache@sakai/prod",
        "load-average-elasticache@kawasaki/prod",
    },
    "memory-signaling": {"free-memory-signaling@eks-v2-prod"},
    "disk-mediator-crow": {"free-storage-mediator-crow@eks-v2-prod"},
    "alarms-stuck": {"alarms-stuck-v1@sitv1/prod"},
    "push-lag": {"push-lag@eks-v2-prod"},
    "log-collectors-down": {"log-collectors-ignore@eks-v2-prod"},
    "camunda-offre": {"camunda-offre@eks-v2-prod"},
    "cegedev": {"cegedev@eks-v2-prod"},
    "qr-code": {"qr-code@eks-v2-prod"},
    "disk-full-site": {"disk-full-site@kashima/prod"},
    "sidekiq-no-workers": {"sidekiq-nobody@kawasaki/prod"},
    "slow-order-page": {"slow-order-page@rpg-prod"},
    "orders-lost": {"orders-lost@order/prod"},
    "ita-upgrade": {"ita-upgrade@ita"},
    "last-target": {"target-ill@tenants/prod"},
    "no-target": {"target-none@tenants/prod", "target-ill@tenants/prod"},
    "alarm-flow-broken": {"alarm-flow-broken@msk-prod"},
    "msk-maintenance": {"msk-maintenance@msk-prod"},
    "coordinator-fault": {"msk-maintenance@msk-prod", "coordinator-fault@msk-prod"},
}


@cache
def configuration() -> Configuration:
    return load(CONFIG, environ={})


@cache
def findings(scenario: str) -> tuple[Finding, ...]:
    """What all cases make of a recorded scenario, after it has lasted for a day."""
    (told,) = yaml.safe_load((RECORDED / f"{scenario}.yaml").read_text(encoding="utf-8"))
    example, policy = Example.model_validate(told), policy_of(configuration())
    cases = configuration().cases.values()
    return tuple(one for case in cases for one in shown(case, example, row_types(), policy))


@pytest.mark.parametrize("scenario", FOUND)
def test_a_scenario_shows_its_own_case_and_no_other(scenario: str) -> None:
    assert {one.id for one in findings(scenario)} == FOUND[scenario]
    assert not [one for one in findings(scenario) if one.stale]


def test_every_case_is_shown_by_a_scenario_and_every_recording_is_looked_at() -> None:
    shown_by = {name.partition("@")[0] for each in FOUND.values() for name in each}
    assert shown_by == set(configuration().cases)
    assert set(FOUND) == set(AT) == {path.stem for path in Path(RECORDED).glob("*.yaml")}


def test_what_is_not_ours_is_shown_as_such_and_still_offers_what_may_be_tried() -> None:
    (logs,) = findings("log-collectors-down")
    assert logs.ignored and logs.owner == "observability"
    assert logs.offers == ("restart-log-collectors",)
    (camera,) = findings("qr-code")
    assert camera.ignored and camera.owner == "field-service"


def test_both_sites_of_a_shared_host_are_told_of_each_other() -> None:
    for one in findings("load-sakai"):
        assert set(one.scopes) == {"sakai/prod", "kawasaki/prod"}
