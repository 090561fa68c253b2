"""Each kind of entry in words: short, with times as every other screen has them."""

from __future__ import annotations

from typing import Any

import pytest

from console.journal import KINDS
from console.model import Entry
from tests.widgets import affairs, boards
from widgets.entry_words import WORDS, entry_words
from widgets.look import Look, zone_of

LOOK = Look(now=boards.NOW, zone=zone_of("Europe/Paris"))
SCOPES = {"scopes": ["sakai/prod"]}
SAID = [
    ("armed", {"arming": SCOPES | {"reason": "load"}}, "堺/prod: load"),
    (
        "armed",
        {"arming": SCOPES | {"reason": "load", "until": "2026-11-24T20:44:00Z"}},
        "堺/prod until 21:44: load",
    ),
    ("disarmed", SCOPES | {"why": "on request"}, "堺/prod: on request"),
    (
        "finding.silenced",
        {"finding": "disk@sakai/prod", "until": "2026-11-30T08:00:00Z", "reason": "known"},
        "disk 堺/prod until 30 Nov 09:00: known",
    ),
    ("finding.silenced", {"finding": "disk@sakai/prod"}, "disk 堺/prod no longer"),
    ("run.opened", {"title": "Load average", "scope": "sakai/prod"}, "Load average 堺/prod"),
    ("remedy.sent", {}, "the vendor accepted it"),
    (
        "watch.phase",
        {
            "cluster": "msk-prod",
            "from": "between",
            "to": "broker_down",
            "broker": 2,
            "unexpected": ["two at once"],
        },
        "msk-prod: between to broker down, broker 2; unexpected: two at once",
    ),
    ("watch.rang", {"cluster": "msk-prod", "text": "msk-prod: it is over"}, "msk-prod: it is over"),
    ("watch.rang", {"cluster": "msk-prod", "text": "it is over"}, "msk-prod: it is over"),
    ("armed", {"arming": SCOPES | {"until": "soon"}}, '{"arming": {"scopes": ["sakai/prod"], '),
]


@pytest.mark.parametrize(("kind", "data", "words"), SAID)
def test_what_an_entry_says(kind: str, data: dict[str, Any], words: str) -> None:
    entry = Entry(boards.AT, kind, data=data)
    said = entry_words(entry, affairs.AFFAIRS, LOOK)
    assert said == words or (words.startswith("{") and said.startswith(words))


def test_every_kind_of_the_contract_has_its_words() -> None:
    assert set(WORDS) == KINDS
