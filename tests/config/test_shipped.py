"""The estate that is shipped: complete, right, and quick to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.commands.check import check
from console.config import Configuration, load
from console.sources import SOURCES

WEB = ("DEVICES", "OFFRE", "CAMUNDA", "SHOP", "CRM", "MES", "EVENTS")
SHIPPED = Path(__file__).parents[2] / "config"


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    return load(SHIPPED, environ={})


def test_it_has_no_mistake_and_holds_to_its_own_naming_rule(shipped: Configuration) -> None:
    assert check(shipped) == []


def test_every_site_has_its_environments_and_its_metrics(shipped: Configuration) -> None:
    others = ("sitv1", "order", "tenants")
    refineries = {name: site for name, site in shipped.estate.sites.items() if name not in others}
    titles = {site.title.split()[0] for site in refineries.values()}
    assert titles == {"水島", "鹿島", "堺", "川崎", "麻里布", "根岸"}
    for name, site in refineries.items():
        assert list(site.environments) == ["prod", "stg", "dev"]
        assert site.zone == "Asia/Tokyo"
        own = {metric.id for metric in shipped.estate.metrics if metric.site == name}
        assert own == {"http_5xx"}


def test_sakai_and_kawasaki_share_their_production_hosts_and_not_their_redis(
    shipped: Configuration,
) -> None:
    sakai, kawasaki = (
        shipped.estate.sites[name].environments["prod"] for name in ("sakai", "kawasaki")
    )
    assert sakai.instances == kawasaki.instances
    assert sakai.caches != kawasaki.caches


def test_every_remedy_and_source_the_cases_name_is_there(shipped: Configuration) -> None:
    runs = {step.run for case in shipped.cases.values() for step in case.steps if step.run}
    assert runs <= set(shipped.remedies.remedies)
    assert set(shipped.estate.sources) == set(SOURCES)


def test_every_case_has_examples_both_ways_and_says_why(shipped: Configuration) -> None:
    for case in shipped.cases.values():
        assert case.examples.match and case.examples.ignore, case.id
        assert all(step.say for step in case.steps if step.run and step.id != "again"), case.id


def test_its_endpoints_are_real_unless_the_environment_says_otherwise(
    shipped: Configuration,
) -> None:
    assert {account.endpoint_url for account in shipped.estate.accounts.values()} == {""}
    assert shipped.estate.kafka["msk-prod"].security == "iam"
    lab = load(
        SHIPPED,
        environ={
            "ONCALL_LAB": "http://127.0.0.1:1",
            "ONCALL_AWS_ENDPOINT": "http://127.0.0.1:2",
            "ONCALL_KAFKA_BOOTSTRAP": "127.0.0.1:3",
            "ONCALL_KAFKA_SECURITY": "plaintext",
            "ONCALL_ITA_URL": "http://127.0.0.1:5",
            **{f"ONCALL_{name}_URL": "http://127.0.0.1:4" for name in WEB},
        },
    )
    assert lab.estate.accounts["rpg-prod"].endpoint_url == "http://127.0.0.1:2"
    assert lab.estate.kafka["msk-prod"].security == "plaintext"
