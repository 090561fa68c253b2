"""A message: shown in full, posted once, and never called read."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from console.clients import Clients
from console.clock import Clock
from console.lab.chat import Chat
from console.lab.door import Door
from console.lab.requests import RequestLog
from console.model import Order, Ref
from console.poll import Context
from console.remedies import REMEDIES, notify
from console.remedies.notify import masked
from console.remedy import Hands, Refused, Rejected
from tests.kubernetes.cluster import NAME
from tests.remedies.kubernetes.desk import WORLD, act, carry_out, configured, hands, propose
from widgets.plan_words import LONGEST, request_words

TEXT = "堺: restart at 21:22\nplease check the queue"
NOTIFY = {"notify": {"kind": "notify", "on": {"scopes": [NAME]}}}


def order(text: str = TEXT, contact: str = "team", **words: str) -> Order:
    return Order("notify", (Ref("contact", NAME, contact),), words={"text": text, **words})


def to(address: str, directory: Path, kind: str = "webhook") -> Hands:
    """Hands in an estate whose one contact has this channel."""
    phone = {"kind": "phone", "address": "+33-1-00"}
    team = {"title": "équipe", "channels": [phone, {"kind": kind, "address": address}]}
    told = configured(
        directory,
        estate=WORLD,
        remedies={"remedies": NOTIFY},
        contacts={"contacts": {"team": team}},
    )
    return hands(Context(told.estate, Clients(told.estate), Clock()), told)


@asynccontextmanager
async def chat(directory: Path, fault: str = "") -> AsyncIterator[tuple[Chat, Hands]]:
    server = Chat(RequestLog(Clock()), fault=fault)
    door = Door(server.app())
    await door.open()
    yield server, to(f"{door.url}/hook/team", directory)
    await door.close()


async def test_the_text_that_was_shown_is_what_is_posted(tmp_path: Path) -> None:
    async with chat(tmp_path) as (server, with_):
        plan = await propose(order(), with_)
        assert plan.will[1:] == tuple(TEXT.splitlines())
        assert plan.requests[0].params == {"text": TEXT}
        assert "/hook/team" not in str(plan), "the address is a secret"
        verdict = await carry_out(plan, with_)
        assert verdict.outcome == "verified"
        assert verdict.said == "accepted by the webhook (200); not yet read by a person"
        assert server.messages == [{"channel": "team", "text": TEXT}]


async def test_the_longest_text_that_is_sent_is_shown_to_its_end(tmp_path: Path) -> None:
    with_ = to(f"https://{'chat.' * 40}example/x", tmp_path)
    for text in ('“堺” "\\' * 311 + "END", "line\n" * 410 + "END", "x" * 2493 + " END"):
        plan = await propose(order(text), with_)
        words = request_words(plan.requests[0])
        assert LONGEST - 600 < len(words) <= LONGEST and words.endswith('END"}')


@pytest.mark.parametrize("fault", ["drop", "silent", "500"])
async def test_a_webhook_that_takes_it_and_does_not_say_so_leaves_it_unknown(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notify, "ANSWER_S", 0.3)
    async with chat(tmp_path, fault) as (server, with_):
        verdict = await act(order(), with_)
        assert verdict.outcome == "unknown" and "look in the channel" in verdict.said
        assert len(server.log.entries) == 1, "posted once"


@pytest.mark.parametrize(
    ("status", "said"), [("302", "asks to go elsewhere"), ("404", "does not take it")]
)
async def test_a_no_is_a_no_and_a_redirect_is_not_followed(
    status: str, said: str, tmp_path: Path
) -> None:
    async with chat(tmp_path, status) as (server, with_):
        with pytest.raises(Rejected, match=said):
            await act(order(), with_)
        assert [entry["error"] for entry in server.log.entries] == [status]


async def test_a_webhook_nobody_reaches_was_sent_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with_ = to(f"http://127.0.0.1:{taken.getsockname()[1]}/hook/team", tmp_path)
        with pytest.raises(Refused, match="nothing was sent"):
            await act(order(), with_)


@pytest.mark.parametrize(
    ("asked", "address", "kind", "said"),
    [
        (order(" "), "https://chat.example/x", "webhook", "no text"),
        (order("x" * 2500), "https://chat.example/x", "webhook", "2502 characters, 2500 fit"),
        (order(contact="nobody"), "https://chat.example/x", "webhook", "no contact nobody"),
        (order(), "#on-call", "chat", "no channel of kind webhook"),
        (order(), "#on-call", "webhook", "is no address"),
        (order(), "http://chat.example/x", "webhook", "not https"),
        (Order("notify", ()), "https://chat.example/x", "webhook", "one contact has to be named"),
    ],
)
async def test_what_cannot_be_posted_is_refused(
    asked: Order, address: str, kind: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match=said):
        await propose(asked, to(address, tmp_path, kind))


async def test_the_lab_writes_to_nobody_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONCALL_LAB", "http://127.0.0.1:1")
    with pytest.raises(Refused, match="this is the lab"):
        await propose(order(), to("https://chat.example/x", tmp_path))


async def test_an_address_that_changed_since_it_was_shown_gets_nothing(tmp_path: Path) -> None:
    async with chat(tmp_path) as (server, with_):
        plan = await propose(order(), with_)
        elsewhere = to(f"{address_of(with_)}-2", tmp_path)
        assert not plan.same_act(await propose(order(), elsewhere))
        with pytest.raises(Refused, match="another one than was shown"):
            await carry_out(plan, elsewhere)
        assert not server.messages


def address_of(with_: Hands) -> Any:
    return with_.configuration.contacts.contacts["team"].channels[1].address


async def test_after_a_crash_nothing_is_posted_again(tmp_path: Path) -> None:
    async with chat(tmp_path) as (server, with_):
        plan = await propose(order(), with_)
        sent = {"lost": "the console was killed", "started_at": "2026-01-01T00:00:00+00:00"}
        verdict = await REMEDIES["notify"].verify(plan, sent, with_)
        assert verdict.outcome == "unknown" and "was killed" in verdict.said
        assert not server.messages


def test_a_masked_address_keeps_the_host_and_tells_two_apart() -> None:
    one, two = (
        masked("https://u:p@chat.example:8443/hooks/s3cret"),
        masked("https://chat.example/x"),
    )
    assert one.startswith("https://chat.example:8443/********") and "s3cret" not in one
    assert "u:p" not in one and one != two
