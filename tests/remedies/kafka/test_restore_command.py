"""`oncall kafka restore`: a dry run unless armed; its exit codes, its words, its JSON."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from console.cli import main
from console.journal import open_journal
from console.kafka.backup import manifest_path
from console.kafka.emptying import freeze
from console.lab.kafka import Kafka
from console.lab.kafka.apache import ApacheKafka
from console.model import Order, Ref
from console.poll import in_thread
from console.remedies import kafka_restore
from console.remedy import Refused
from tests.kafka.test_backup import everything, fill, new_topic, producer_on
from tests.remedies.kafka.conftest import Stage
from tests.remedies.kafka.desk import CLUSTER, Desk, desk, empty
from tests.remedies.kafka.test_on_real_brokers import calm, copy_in

AWAY = {"b-1.elsewhere:9098": "127.0.0.1:1"}  # so that brokers on this machine are no mistake


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command's own journal and locks."""
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path / "command"))
    monkeypatch.delenv("ONCALL_LAB", raising=False)
    yield


def settings(kafka: Kafka, directory: Path, **entry: Any) -> str:
    """A configuration directory for the command."""
    room = directory / "for-the-command"
    room.mkdir(exist_ok=True)
    cluster = {"bootstrap": kafka.bootstrap, "tunnel": AWAY, "topics": {"x": {}}}
    estate = {"estate": {"name": "test", "title": "Test"}, "kafka": {CLUSTER: cluster}}
    entries = {"back": {"kind": "kafka-restore", "deadline": 60, "cool_down": 0.001, **entry}}
    for name, told in {"estate": estate, "remedies": {"remedies": entries}}.items():
        (room / f"{name}.yaml").write_text(json.dumps(told), encoding="utf-8")
    return str(room)


async def command(room: str, *words: object) -> int:
    """Its exit code."""
    return await in_thread(main, ["--config", room, "kafka", "restore", *map(str, words)])


async def copied(at: Desk, topic: str) -> Path:
    """The copy of a topic that was emptied."""
    verdict = await at.act(empty(topic))
    assert verdict.outcome == "verified", verdict
    return Path(copy_in(verdict))


async def test_without_arming_it_only_says_what_it_would_do(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        room = settings(kafka, tmp_path)
        assert await command(room, path) == 0
        said = capsys.readouterr().out
        assert f"{path}: whole, 120 records of beats (msk)" in said
        assert "beats-1: 40 records, from 40 on" in said
        assert "nothing was written; to do it: the same with --arm --reason WHY" in said
        assert await command(room, path, "--json") == 0
        told = json.loads(capsys.readouterr().out)
        assert told["file"]["counts"] == {"0": 40, "1": 40, "2": 40} and told["verdict"] is None
        assert told["plan"]["requests"][1]["params"]["records"] == 120
        assert not [call for call in kafka.calls if call.api in ("Produce", "InitProducerId")]


async def test_what_does_not_fit_is_refused(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        room = settings(kafka, tmp_path)
        assert await command(room, path, "--to", "more") == 2
        said = capsys.readouterr().out
        assert "more has 2 partitions, and the copy has records of partition 2" in said
        assert await command(room, path, "--to", "ghost") == 2
        assert "topic ghost: is not known to the broker" in capsys.readouterr().out
        kafka.faults.undeletable.add("beats")
        assert await command(room, path) == 0, "the right to delete is not needed"


async def test_a_file_that_was_altered_or_cut_is_refused(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        room, content = settings(kafka, tmp_path), gzip.decompress(path.read_bytes())
        for number, bad in enumerate((content[:-40], content.replace(b'"o":7', b'"o":8', 1))):
            other = tmp_path / f"{number}.jsonl.gz"
            other.write_bytes(gzip.compress(bad))
            assert await command(room, other) == 2
            assert str(other) in capsys.readouterr().out
        path.write_bytes(path.read_bytes()[:-9])
        assert await command(room, path) == 2
        assert "its sha256 is another" in capsys.readouterr().out


async def test_usage_configuration_and_a_cluster_that_is_away_have_their_codes(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        room = settings(kafka, tmp_path)
        assert await command(room, tmp_path / "none.jsonl.gz") == 64
        assert await command(room, path, "--arm") == 64
        assert await command(room, path, "--reason", "why") == 64
        assert await command(room, path, "--cluster", "mks") == 64
        assert "no Kafka cluster mks: msk" in capsys.readouterr().err
        assert await command(settings(kafka, tmp_path, on={"topics": ["x"]}), path) == 78
        assert "no entry of kind kafka-restore for beats on msk" in capsys.readouterr().err
        room = settings(kafka, tmp_path)
        for broker in (1, 2, 3):
            await kafka.stop_broker(broker)
        assert await command(room, path) == 3
        assert "no broker of msk answers" in capsys.readouterr().out


async def test_read_only_is_lifted_by_nothing(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        words = ["--config", settings(kafka, tmp_path), "--read-only", "kafka", "restore"]
        assert await in_thread(main, [*words, str(path), "--arm", "--reason", "a drill"]) == 2
        assert "--read-only, which nothing lifts" in capsys.readouterr().out


ALL = {"0": 40, "1": 40, "2": 40}
SENT: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("all of it", {"counts": ALL}, 40, "verified", "120 records are in beats again"),
    ("others write too", {"counts": ALL}, 90, "verified", "120 records are in beats again"),
    ("a broker that lies", {"counts": ALL}, 7, "failed", "has not grown by what was acknowledged"),
    ("it stopped", {"counts": {"0": 12}, "why": "no right"}, 12, "failed", "12 of 120 records"),
    (
        "one answer lost",
        {"counts": {"0": 40}, "unsure": {"1": 20}, "why": "b-2 is silent"},
        40,
        "unknown",
        "40 of 120 records are written, 20 more perhaps: b-2 is silent",
    ),
    (
        "the console died on the way",
        {"lost": "it ended", "counts": {"0": 40}},
        52,
        "unknown",
        "at least 40 of 120 records were written",
    ),
    ("the console died", {"lost": "it ended"}, 40, "unknown", "how many of 120 records were"),
]


@pytest.mark.parametrize(
    ("caption", "sent", "grown", "outcome", "said"), SENT, ids=[one[0] for one in SENT]
)
async def test_how_it_came_out_is_judged_by_answers_and_by_the_ends(
    caption: str,
    sent: dict[str, Any],
    grown: int,
    outcome: str,
    said: str,
    stage: Stage,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kafka_restore, "LOST_S", 0.0)
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        words = {"file": str(path)}
        order = Order("kafka-restore", (Ref("topic", CLUSTER, "beats"),), words=words)
        plan = (await at.propose(order)).plan
        for log in kafka.cluster.topics["beats"].logs:
            log.end += grown
        remedy, begun = at.acts.survey.remedies["kafka-restore"], at.context.clock.now()
        told = {"started_at": begun.isoformat(), "why": "", "unsure": {}, **sent}
        verdict = await remedy.verify(plan, told, at.acts.hands)
        assert (verdict.outcome, said in verdict.said) == (outcome, True), verdict
        assert f"grown by {grown:,} since" in verdict.evidence[0]


async def test_armed_it_writes_everything_once_and_the_journal_has_it(
    apache: ApacheKafka, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topic, other = await new_topic(apache), await new_topic(apache)
    async with desk(apache, tmp_path) as at:
        await calm(at)
        async with producer_on(apache) as producer:
            await fill(producer, topic, 60)
        before = await everything(apache, topic, await freeze(at.pool, topic))
        path, room = await copied(at, topic), settings(apache, tmp_path)
        words = (path, "--to", other, "--arm", "--reason", "a drill", "--json")
        assert await command(room, *words) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["verdict"]["outcome"] == "verified" and "60 records" in told["verdict"]["said"]
        after = await everything(apache, other, await freeze(at.pool, other))
        assert [(r.partition, *r[2:]) for r in after] == [(r.partition, *r[2:]) for r in before]
        lines = open_journal(tmp_path / "command" / "test").entries()
        assert [one.kind for one in lines if one.kind.startswith("remedy.")] == [
            *("remedy.planned", "remedy.started", "remedy.sent", "remedy.verified")
        ]
        (started,) = [one.data for one in lines if one.kind == "remedy.started"]
        assert started["plan"]["targets"] == [
            {"kind": "topic", "scope": CLUSTER, "name": Ref("topic", CLUSTER, other).name}
        ]


async def test_a_record_that_the_topic_does_not_take_is_named_before_anything_is_sent(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        room = settings(kafka, tmp_path)
        kafka.cluster.topics["beats"].configs["max.message.bytes"] = "70"
        assert await command(room, path, "--arm", "--reason", "a drill") == 2
        said = capsys.readouterr().out
        assert "partition 0: the record of offset 0 needs" in said
        assert "the topic takes 70 (max.message.bytes)" in said
        assert not [call for call in kafka.calls if call.api == "Produce"]


async def test_a_plan_takes_the_longest_record_from_the_manifest(
    stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        beside = manifest_path(path)
        told = json.loads(beside.read_text())
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)[1:-1]
        assert told["longest"] == max(map(len, lines))
        kafka.cluster.topics["beats"].configs["max.message.bytes"] = "70"
        order = Order("kafka-restore", (Ref("topic", CLUSTER, "beats"),), words={"file": str(path)})
        with pytest.raises(Refused, match="the topic takes 70"):
            await at.propose(order)
        beside.write_text(json.dumps(told | {"longest": -100}))  # it is believed, not looked up
        await at.propose(order)
        beside.write_text(json.dumps(told | {"longest": None}))
        with pytest.raises(Refused, match="the topic takes 70"):
            await at.propose(order)


async def test_what_was_written_before_wants_the_name_typed(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path, room = await copied(at, "beats"), settings(kafka, tmp_path)
        armed = (path, "--arm", "--reason", "a drill")
        assert await command(room, *armed, "--typed", "beats") == 0, "typed, and not asked for"
        assert await command(room, path) == 0
        said = capsys.readouterr().out
        assert "120 of 120 records: those that are still there will be there twice" in said
        assert await command(room, *armed) == 2
        assert "it was written there before; again: --typed beats" in capsys.readouterr().out
        assert await at.ends("beats") == dict.fromkeys(range(3), 80)
        assert await command(room, *armed, "--typed", "beats") == 0
        assert await at.ends("beats") == dict.fromkeys(range(3), 120)


BEFORE: list[tuple[str, list[str], str]] = [
    ("all of it, and then nothing", ["", "InitProducerId"], ", 120 of 120 records"),
    ("nothing at all", ["InitProducerId"], ""),
    ("perhaps a batch", ["Produce"], ", at least 0 of 120 records"),
    ("all of it, and then perhaps a batch", ["", "Produce"], ", at least 0 of 120 records"),
]


@pytest.mark.parametrize(("caption", "refused", "said"), BEFORE, ids=[one[0] for one in BEFORE])
async def test_the_last_restore_that_may_have_written_anything_is_told(
    caption: str, refused: list[str], said: str, stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        words = {"file": str(await copied(at, "beats"))}
        order = Order("kafka-restore", (Ref("topic", CLUSTER, "beats"),), words=words)
        configs = kafka.cluster.topics["beats"].configs
        for after in refused:  # from then on no batch is taken
            if after:
                small = {"max.message.bytes": "70"}
                kafka.faults.unheard[after] = partial(configs.update, small)
            await at.act(order)
            configs.pop("max.message.bytes", None)
        plan = (await at.propose(order)).plan
        warned = [one for one in plan.warnings if "wrote this copy to it" in one]
        assert (plan.typed, len(warned)) == (("beats", 1) if said else ("", 0))
        assert said in "".join(warned)


async def test_a_restore_that_was_killed_leaves_how_far_it_was(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_restore, "TOLD_S", 0.0)
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        words = {"file": str(await copied(at, "beats"))}
        order = Order("kafka-restore", (Ref("topic", CLUSTER, "beats"),), words=words)
        assert (await at.act(order)).outcome == "verified"
        lines = (at.state / "journal.jsonl").read_bytes().splitlines(keepends=True)
        heard = [n for n, line in enumerate(lines) if b"80 of 120 records were ack" in line]
        parts = [e.data for e in at.journal() if "120 records were ack" in e.data.get("left", "")]
        assert len(parts) == 3 and "of" not in parts[2], "no third request of two"
        ended = tmp_path / "killed"
        (ended / "state").mkdir(parents=True)
        (ended / "state" / "journal.jsonl").write_bytes(b"".join(lines[: heard[0] + 1]))
        async with desk(kafka, ended) as after:
            plan = (await after.propose(order)).plan
            assert "at least 80 of 120 records" in plan.warnings[0] and plan.typed == "beats"
            (left,) = await after.acts.unfinished()
            verdict = await after.acts.look_again(left)
            assert "80 of 120 records were acknowledged" in verdict.said, verdict


TRANSACTIONS: list[tuple[str, int | None, str]] = [
    ("none", 0, ""),
    ("some", 1200, "1,200 of its batches were written in transactions: records that were aborted"),
    ("an older manifest", None, "whether anything in it was written in transactions is not known"),
]


@pytest.mark.parametrize(
    ("caption", "counted", "said"), TRANSACTIONS, ids=[one[0] for one in TRANSACTIONS]
)
async def test_what_was_aborted_comes_back_and_that_is_said(
    caption: str, counted: int | None, said: str, stage: Stage, tmp_path: Path
) -> None:
    async with stage() as kafka, desk(kafka, tmp_path) as at:
        path = await copied(at, "beats")
        beside = manifest_path(path)
        told = json.loads(beside.read_text())
        assert told["transactional"] == 0
        beside.write_text(json.dumps(told | {"transactional": counted}))
        order = Order("kafka-restore", (Ref("topic", CLUSTER, "beats"),), words={"file": str(path)})
        warnings = "\n".join((await at.propose(order)).plan.warnings)
        assert said in warnings and ("transactions" in warnings) == bool(said)
