"""No secret stands in a recording, and no word that is a secret too destroys it."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path
from random import Random

import pytest

from console.clock import Clock
from console.config.secrets import MASK, keys
from console.journal import Journal
from console.lines import decode
from console.model import Board, Entry, Finding, Ref, Row, Severity, Snapshot, Trouble
from console.recording.codec import of_snapshot, to_snapshot
from console.recording.masking import LEAST, Masking, _words, of_environment
from console.recording.recorder import Recorder
from console.recording.recording import Recording
from console.recording.shelf import recordings
from console.sources import row_types
from tests.recording.equal import decompressed
from tests.recording.shift import START, TITLE, Ticking, snapshot
from tests.recording.test_codec import OTHERS
from tests.widgets.hostile import hostile

SECRET, OTHER = "s3cret-word", "another-pass"
ADDRESS = f"https://oncall:{OTHER}@ita.example/api"


def told(secret: str) -> Board:
    """A board on which a secret stands wherever somebody's text stands."""
    part = snapshot("orders", START, Random(1))
    rows = (
        replace(part.rows[0], because=(f"login of {secret} failed",), missing={"leaders": secret}),
        *part.rows[1:],
    )
    trouble = Trouble(f"refused: {secret}; see {ADDRESS}", START, cure=f"log in as {secret}")
    found = Finding(
        *("broker-down", f"A broker is down: {secret}", "orders", Severity.CRITICAL, START),
        evidence=(Ref("broker", "orders", "1"),),
        why=(f"it said {secret}", ADDRESS),
    )
    return replace(Board().with_(replace(part, rows=rows, trouble=trouble)), findings=(found,))


@pytest.mark.parametrize(
    "secret", [SECRET, 'with "quotes" and \\', "пароль-秘密", "line\nbreak", "a b&c=d/e+f"]
)
async def test_a_secret_in_a_row_an_error_a_finding_or_a_line_is_not_recorded(
    tmp_path: Path, secret: str
) -> None:
    now = Ticking()
    journal = Journal(tmp_path / "journal.jsonl", now=now)
    journal.append(
        "remedy.failed",
        run="r1",
        remedy="rollout-restart",
        said=f"{ADDRESS} said {secret}",
        answer={"headers": [f"basic {secret}"], "echo": json.dumps({"password": secret})},
    )
    it = Recorder(tmp_path, TITLE, Clock(), journal.path, now=now, secrets=[secret, "short"])
    it.see(told(secret))
    await it.flush()
    assert it.trouble == ""
    await it.close()
    (path,) = recordings(tmp_path)
    forms = [secret.encode(), json.dumps(secret)[1:-1].encode(), OTHER.encode()]
    assert not [one for one in decompressed(path) for form in forms if form in one]
    recording = Recording(path)
    board = recording.board(len(recording) - 1)
    row = board.snapshots["kafka_brokers", "orders"].rows[0]
    assert row.because == (f"login of {MASK} failed",)
    assert board.findings[0].id == "broker-down@orders"
    assert board.findings[0].why == (f"it said {MASK}", f"https://oncall:{MASK}@ita.example/api")
    ((_, entry),) = recording.entries()  # its sum is that of what stands there
    assert (entry.kind, entry.run, entry.data["remedy"]) == (
        *("remedy.failed", "r1"),
        "rollout-restart",
    )
    assert entry.data["said"] == f"https://oncall:{MASK}@ita.example/api said {MASK}"
    recording.close()


@pytest.mark.parametrize("source", row_types())
def test_a_secret_that_is_an_ordinary_word_leaves_every_row_readable(source: str) -> None:
    kind: type[Row] = row_types()[source]
    row = hostile(kind, **OTHERS.get(source, {}))
    words = {one.name for one in fields(kind)} | _words(kind) | {source, row.ref.kind, "source"}
    words |= {row.ref.scope, row.ref.name, "rows", "severity", "trouble", "taken_at"}
    masking = Masking(words)
    again = to_snapshot(masking.told(Snapshot(source, source, 60.0, START, (row,)), of_snapshot))
    assert again.trouble is None
    assert (again.source, again.part) == (source, source)
    assert [(type(one), one.ref, one.severity) for one in again.rows] == [
        (kind, row.ref, row.severity)
    ]


def test_what_holds_no_secret_is_written_as_it_is() -> None:
    part = snapshot("orders", START, Random(1))
    assert Masking([SECRET]).told(part, of_snapshot) == of_snapshot(part)
    assert Masking().told(part, of_snapshot) == of_snapshot(part)


def test_names_and_keys_in_a_line_of_the_journal_stay(tmp_path: Path) -> None:
    data = {
        "finding": "broker-down@orders",
        "evidence": [{"kind": "broker", "scope": "orders", "name": "broker"}],
        "broker": "the broker said: broker",
    }
    Journal(tmp_path / "j").append("finding.seen", **data)
    line = (tmp_path / "j").read_bytes()
    entry: Entry = decode(Masking(["broker"]).line(line))
    assert entry.data == {**data, "broker": f"the {MASK} said: {MASK}"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"GET https://x.example/a?apikey={OTHER}&b=1 failed", f"apikey={MASK}&b={MASK} failed"),
        (f"retry with key {OTHER}", f"retry with key {MASK}"),
        ("https://x.example/orders?since={since}", "orders?since={since}"),
        ("it is open: why? a=b", "it is open: why? a=b"),
    ],
)
def test_what_the_query_of_an_address_says_is_not_recorded(text: str, left: str) -> None:
    configured = keys(f"https://x.example/api?apikey={OTHER}&state=open&since={{since}}")
    assert configured == (OTHER,)
    masking, part = Masking(configured), snapshot("orders", START, Random(1))
    trouble = Trouble(text, START)
    written = masking.told(replace(part, trouble=trouble), of_snapshot)
    again = to_snapshot(written).trouble
    assert again is not None and again.message.endswith(left)
    assert (again.message == text) == (MASK not in left)


def test_what_is_too_short_for_a_secret_takes_no_part_of_a_word() -> None:
    assert Masking(["2026", "x" * (LEAST - 1)]).text("2026-03-28 xxxxx") == "2026-03-28 xxxxx"


def test_secrets_of_the_environment_are_known_by_their_names_and_places_are_none() -> None:
    environ = {
        "AWS_SECRET_ACCESS_KEY": "w" * 40,
        "AWS_SESSION_TOKEN": "t" * 100,
        "PWD": "/home/kim/estate",
        "OLDPWD": "/home/kim",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token",
        "CREDENTIALS_DIRECTORY": "/run/credentials/oncall.service",
        "HTTPS_PROXY": "http://kim:proxy-pass@proxy:3128",
        "LANG": "ja_JP.UTF-8",
    }
    assert sorted(of_environment(environ)) == ["proxy-pass", "t" * 100, "w" * 40]
