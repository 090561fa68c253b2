"""What an HTTP address tells, and how it fails: slow, dead, denying, lying, leading elsewhere."""

from __future__ import annotations

import json
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.clock import Clock
from console.config.http import Fact
from console.lab.web import ASLEEP, DEVICES
from console.model import Freshness, Severity, plain
from console.web.facts import judged
from tests.web.desk import BEARER, ask, desk

HEALTH = {"facts": {"health": {"at": "/status", "type": "text", "ok": ["UP"]}}}
INACTIVE: dict[str, Any] = {"facts": {"inactive": {"at": "/inactive", "warn": 40, "crit": 150}}}


async def test_a_service_that_is_well_says_so_and_how_long_it_took() -> None:
    async with desk() as lab:
        own, health = await lab.rows("/offre/health", **HEALTH, owner="offre")
        assert (own.state, own.status, own.severity) == ("ok", 200, Severity.OK)
        assert own.latency_ms and own.latency_ms > 0
        assert own.owner == health.owner == "offre"
        assert (health.fact, health.text, health.severity) == ("health", "UP", Severity.OK)
        assert own.certificate_days is None
        assert own.missing["certificate_days"] == "the answer is not by TLS"


async def test_a_service_that_is_down_is_critical_and_its_values_are_unknown() -> None:
    async with desk() as lab:
        lab.web.down.add("offre")
        own, health = await lab.rows("/offre/health", **HEALTH)
        assert (own.state, own.status, own.severity) == ("failed", 503, Severity.CRITICAL)
        assert own.because == ("it: HTTP 503, not 200",)
        assert (health.text, health.severity) == (None, Severity.UNKNOWN)
        assert health.missing["value"] == "HTTP 503, not 200"
        own, health = await lab.rows("/offre/health", **HEALTH, expect=[200, 503])
        assert own.severity is Severity.OK
        assert (health.text, health.severity) == ("DOWN", Severity.CRITICAL)


async def test_device_management_counts_devices_without_activity_by_its_token() -> None:
    async with desk() as lab:
        _, inactive = await lab.rows("/devices/summary", **BEARER, **INACTIVE)
        assert (inactive.value, inactive.severity) == (ASLEEP, Severity.OK)
        lab.web.asleep = DEVICES
        _, inactive = await lab.rows("/devices/summary", **BEARER, **INACTIVE)
        assert inactive.severity is Severity.CRITICAL
        assert inactive.because == ("it: inactive: 412 ≥ 150",)


async def test_a_login_that_is_refused_is_our_trouble_and_no_fault_of_the_service() -> None:
    async with desk() as lab:
        for auth, why in (
            ({}, "wants a login, and none is given"),
            ({"auth": {"bearer": "old"}}, "does not accept our login"),
            ({"auth": {"basic": {"user": "u", "password": "p"}}}, "does not accept our login"),
        ):
            seen = await lab.ask("/devices/summary", **auth)
            assert seen.rows == ()
            assert seen.trouble and seen.trouble.auth_expired and why in seen.trouble.message
            assert "http.it.auth" in seen.trouble.cure
            assert seen.freshness(datetime.now(UTC)) is Freshness.AUTH_EXPIRED
        lab.web.faults["offre"] = "429"
        seen = await lab.ask("/offre/health")
        assert seen.trouble and seen.trouble.throttled


FAULTS: list[tuple[str, str, str]] = [
    ("500", "failed", "HTTP 500, not 200"),
    ("dead", "unreachable", "no whole answer in 0.4 s"),
    ("drip", "unreachable", "no whole answer in 0.4 s"),
    ("cut", "unreachable", "breaks off in the middle of its answer"),
    ("lie", "wrong", "HTTP 200 with a web page where JSON was expected"),
    ("elsewhere", "wrong", "which is not followed: it is another host"),
    ("circle", "wrong", "redirects in a circle"),
]


SILENT = ("dead", "drip")


@pytest.mark.parametrize(("fault", "state", "why"), FAULTS)
async def test_a_service_that_fails_is_told_in_words(fault: str, state: str, why: str) -> None:
    async with desk() as lab:
        lab.web.faults["offre"] = fault
        timeout = 0.4 if fault in SILENT else 30
        own, health = await lab.rows("/offre/health", **HEALTH, timeout=timeout)
        assert own.state == state and own.severity is Severity.CRITICAL
        assert why in own.because[0]
        assert health.severity is Severity.UNKNOWN and health.text is None


async def test_an_answer_without_an_end_is_given_up_and_not_kept() -> None:
    async with desk() as lab:
        lab.web.faults["offre"] = "endless"
        own, _ = await lab.rows("/offre/health", **HEALTH, timeout=30)
        assert own.state == "wrong" and "more than 4 MB" in own.because[0]


async def test_values_of_another_type_are_unknown_and_say_what_stands_there() -> None:
    facts = {
        "health": {"at": "/status", "type": "text"},
        "inactive": {"at": "/inactive"},
        "total": {"at": "/total", "type": "flag"},
        "orders": {"at": "/orders", "type": "count"},
        "away": {"at": "/orders/b/0"},
    }
    async with desk() as lab:
        lab.web.faults["devices"] = "types"
        own, *values = await lab.rows("/devices/summary", facts=facts)
        assert own.state == "ok"
        assert {v.severity for v in values} == {Severity.UNKNOWN}
        assert [v.missing["value"] for v in values] == [
            "at /status stands a number, not a word",
            "at /inactive stands a word, not a number",
            "at /total stands null, not true or false",
            "at /orders stands an object, not a list",
            "the answer has nothing at /orders/b/0",
        ]


async def test_credentials_never_follow_a_redirect_to_another_host() -> None:
    async with desk() as lab:
        lab.web.faults["devices"] = "elsewhere"
        own = await lab.row("/devices/summary", **BEARER)
        assert "http://localhost (HTTP 302)" in own.because[0]
        assert lab.web.guests == []


async def test_a_slow_answer_is_a_warning_where_that_is_asked_for() -> None:
    async with desk() as lab:
        lab.web.faults["offre"] = "slow"
        own = await lab.row("/offre/health", slow=0.2)
        assert own.state == "ok" and own.severity is Severity.WARNING
        assert "slower than 0.2 s" in own.because[0]
        assert (await lab.row("/offre/health", slow=5)).severity is Severity.OK


async def test_a_port_where_nobody_listens_is_the_services_fault_and_no_name_is_ours() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        seen = await ask({"url": f"http://127.0.0.1:{taken.getsockname()[1]}/", "scope": "eks"})
    (own,) = seen.rows
    assert plain(own)["state"] == "unreachable" and own.severity is Severity.CRITICAL
    seen = await ask({"url": "https://nowhere.invalid/", "scope": "eks"})
    assert seen.rows == () and seen.trouble
    assert "the name is not known here" in seen.trouble.message


async def test_no_secret_of_an_address_or_a_login_is_shown() -> None:
    async with desk() as lab:
        for path in ("/offre/health?api=hush", "/devices/summary?api=hush"):
            seen = await lab.ask(path, auth={"bearer": "hush"})
            told = json.dumps([plain(row) for row in seen.rows]) + str(seen.trouble)
            assert "hush" not in told
        lab.web.faults["offre"] = "lie"
        seen = await lab.ask("/offre/health?api=hush", auth={"bearer": "hush"}, **HEALTH)
        assert "hush" not in json.dumps([plain(row) for row in seen.rows])


ORDERS = {"keys": {"items": "/orders", "key": "/id", "at": "/created_at", "over": "3h"}}


async def test_a_list_is_read_page_by_page_to_its_end() -> None:
    async with desk() as lab:
        own = await lab.row(
            "/crm/orders?since={since}", **ORDERS | {"keys": ORDERS["keys"] | {"next": "/next"}}
        )
        assert own.things is not None
        now = lab.clock.now()
        assert 598 <= len(own.things) <= 601
        assert max(own.things.values()) <= now
        assert min(own.things.values()) >= now - timedelta(hours=3, seconds=5)
        asked = [one for one in lab.web.log.entries if one["operation"] == "GET /crm/orders"]
        assert len(asked) == 2


PAGED: dict[str, Any] = {"keys": ORDERS["keys"] | {"next": "/next"}}


async def test_a_page_too_large_to_decode_at_once_is_asked_to_be_smaller(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.lab.web.PAGE", 10_000)
    async with desk() as lab:
        lab.web.orders.each_s = 2.0
        own = await lab.row("/crm/orders?since={since}", **PAGED)
        assert own.state == "wrong" and own.things is None
        assert "of 256 that are taken: ask for smaller pages" in str(own.because)


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_later_page_that_is_refused_is_refused_as_the_first_would_be(status: int) -> None:
    async with desk() as lab:
        lab.web.late_fault = status
        seen = await lab.ask("/crm/orders?since={since}", **PAGED)
        if status == 500:
            (own,) = seen.rows
            assert plain(own)["state"] == "failed" and "HTTP 500, not 200" in own.because[0]
            assert plain(own)["status"] == 500
        else:
            assert seen.rows == () and seen.trouble
            assert seen.trouble.auth_expired == (status == 401)
            assert seen.trouble.throttled == (status == 429)


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"items": "/nothing"}, "the answer has nothing at /nothing"),
        ({"items": "/orders/0"}, "the answer has no list at /orders/0"),
        ({"key": "/name"}, "entry 1 of the list: the answer has nothing at /name"),
        ({"at": "/id"}, "entry 1 of the list: Invalid isoformat string"),
        ({"key": ""}, "entry 1 of the list: its key is neither a word nor a whole number"),
    ],
)
async def test_a_list_that_is_none_is_wrong_and_never_an_empty_one(
    keys: dict[str, str], why: str
) -> None:
    async with desk() as lab:
        own = await lab.row("/crm/orders?since={since}", keys=ORDERS["keys"] | keys)
        assert own.state == "wrong" and why in own.because[0]
        assert own.things is None


async def test_the_day_of_a_list_begins_at_its_hour_in_its_zone() -> None:
    keys = ORDERS["keys"] | {"since": "06:00", "zone": "Europe/Moscow"}
    for hour, begins in ((9, "2026-03-10T03:00:00"), (2, "2026-03-09T03:00:00")):
        at = datetime(2026, 3, 10, hour, tzinfo=UTC)
        async with desk(Clock(at, datetime.now(UTC))) as lab:
            own = await lab.row("/crm/orders?since={since}", keys=keys)
            assert own.counted_since and own.counted_since.isoformat() == f"{begins}+00:00"


@pytest.mark.parametrize(
    ("value", "fact", "severity"),
    [
        (39, {}, "OK"),
        (40, {}, "WARNING"),
        (150, {}, "CRITICAL"),
        (150, {"below": True, "warn": 200, "crit": 100}, "WARNING"),
        (100, {"below": True, "warn": 200, "crit": 100}, "CRITICAL"),
    ],
)
def test_a_limit_that_is_reached_counts(value: float, fact: dict[str, Any], severity: str) -> None:
    told = Fact.model_validate({"at": "/n", "warn": 40, "crit": 150} | fact)
    assert judged(value, None, told)[0].name == severity
