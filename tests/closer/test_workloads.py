"""Logs and events of a Deployment: the telling one first, and nothing that breaks the console."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import process_time

import pytest

from console.closer.kept import LONGEST, MOST_CHARACTERS, MOST_LINES, Kept
from console.closer.lines import toned
from console.closer.workloads import WorkloadLens
from console.lab.kubernetes_store import EVENT
from console.lab.kubernetes_told import Pieces
from console.model.closer import Line, LookAway
from console.poll import Failed
from tests.closer.desk import APP, LookCloser, ReadIt, until, workload
from tests.kubernetes.cluster import SPACE


def pieces(*each: bytes, endless: bool = False) -> Pieces:
    """A log made of these pieces; an endless one sends the last of them again and again."""

    async def send() -> AsyncIterator[bytes]:
        for piece in each:
            yield piece
        while endless:
            yield each[-1]
            await asyncio.sleep(0)

    return send


async def test_the_log_before_an_oom_kill_is_read_first_and_tells_how_it_ended(
    tmp_path: Path,
) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        lab.server.oom_kill(SPACE, APP)
        lab.server.controller.tick()
        now = await looking.do(LookCloser((row,)))
        assert now.phase == "ended", now.trouble
        assert now.choice
        assert "before it ended: OOMKilled, exit code 137" in now.choice.title
        assert "java.lang.OutOfMemoryError: Java heap space" in looking.texts
        assert all(line.at for line in now.lines), "every line has its own time"
        tones = {line.text.split()[0]: line.tone for line in now.lines}
        assert (tones["INFO"], tones["WARN"], tones["FATAL"]) == ("", "warning", "critical")
        assert [one.id for one in now.choices][1] == "events"


async def test_events_of_its_objects_are_told_in_order_and_no_other_deployments(
    tmp_path: Path,
) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        for other in (f"{APP}-web", f"{APP}-agent"):  # a hash may look like the one or the other
            lab.server.deploy(SPACE, other, replicas=1)
        lab.server.store.put(
            EVENT,
            {
                "metadata": {"name": "other", "namespace": SPACE},
                "involvedObject": {"kind": "Pod", "name": f"{APP}-agent-x2v4z"},
                "reason": "Killing",
            },
        )
        lab.server.crash_loop(SPACE, APP)
        lab.server.controller.tick()
        await looking.do(LookCloser((row,)))
        now = await looking.do(ReadIt("events"))
        assert [text.split()[0] for text in looking.texts] == ["Scheduled", "Started", "BackOff"]
        assert now.lines[-1].tone == "warning"
        assert not [text for text in looking.texts if f"{APP}-web" in text]


async def test_a_followed_log_goes_on_and_ends_with_its_container(tmp_path: Path) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        await looking.do(LookCloser((row,)))
        reading = looking.begin(ReadIt(looking.now.chosen, follow=True))
        await until(looking, lambda now: now.phase == "following" and now.lines)
        lab.server.oom_kill(SPACE, APP)
        await asyncio.wait_for(reading, 5)
        assert looking.now.phase == "ended"
        assert looking.texts[-1].startswith(
            "the log ends here: the container ended: OOMKilled, exit code 137; it waits:"
        )


async def test_a_followed_log_that_breaks_off_while_its_container_runs_is_followed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.closer.workloads.PAUSE_S", 0.05)
    at, asked = "2026-11-22T12:00:0", 0

    async def broken() -> AsyncIterator[bytes]:
        nonlocal asked
        asked += 1
        whole = asked > 1
        yield f"{at}1.1Z one\n{at}2.2Z t{'wo' if whole else ''}".encode()
        if whole:
            yield b"\n"
            await asyncio.sleep(30)

    async with workload(tmp_path, broken) as (_, row, looking):
        reading = looking.begin(LookCloser((row,)))
        await until(looking, lambda now: now.lines)
        reading.cancel()
        asked = 0
        reading = looking.begin(ReadIt(looking.now.chosen, follow=True))
        await until(looking, lambda now: "two" in looking.texts)
        assert looking.texts == [
            "one",
            "the log broke off although its container runs; it is followed again from there",
            "two",
        ]
        reading.cancel()


async def test_a_follow_survives_a_broken_connection_and_repeats_no_line(tmp_path: Path) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        await looking.do(LookCloser((row,)))
        reading = looking.begin(ReadIt(looking.now.chosen, follow=True))
        await until(looking, lambda now: now.phase == "following" and now.lines)
        count = len(looking.now.lines)
        await lab.server.down(True)
        await lab.server.down(False)
        await until(looking, lambda now: len(now.lines) > count)
        assert "followed again" in looking.texts[-1]
        await asyncio.sleep(1.5)
        assert looking.now.phase == "following", looking.now.trouble
        told = [(line.at, line.text) for line in looking.now.lines if line.tone != "said"]
        assert len(told) == len(set(told))
        reading.cancel()


async def test_a_hundred_megabytes_of_lines_stay_within_bounds(tmp_path: Path) -> None:
    piece = b"".join(b"2026-11-24T21:30:00Z line %03d %s\n" % (n, b"x" * 3900) for n in range(250))
    async with workload(tmp_path, pieces(*[piece] * 100)) as (_, row, looking):
        await looking.do(LookCloser((row,)))
        reading = looking.begin(ReadIt(looking.now.chosen, follow=True))
        await until(looking, lambda now: now.lines and "broke off" in now.lines[-1].text)
        now = looking.now
        assert sum(len(line.text) for line in now.lines) <= MOST_CHARACTERS
        assert now.dropped + len(now.lines) == 25_001
        reading.cancel()


def test_short_lines_are_kept_up_to_their_number() -> None:
    kept = Kept()
    for number in range(MOST_LINES + 5):
        kept.add(Line(str(number)))
    assert (len(kept.lines()), kept.dropped, kept.lines()[0].text) == (MOST_LINES, 5, "5")


async def test_what_is_not_followed_says_that_it_was_cut(tmp_path: Path) -> None:
    piece = b"y" * 999 + b"\n"
    async with workload(tmp_path, pieces(*[piece * 1000] * 17)) as (_, row, looking):
        await looking.do(LookCloser((row,)))
        assert "newest lines are missing" in looking.texts[-1]


async def test_a_line_of_ten_megabytes_is_cut_and_its_rest_is_counted(tmp_path: Path) -> None:
    async with workload(tmp_path, pieces(*[b"z" * (1 << 20)] * 10)) as (_, row, looking):
        now = await looking.do(LookCloser((row,)))
        (line,) = now.lines
        assert len(line.text) == LONGEST
        assert line.cut == (10 << 20) - LONGEST
        assert now.cut == 1


async def test_bytes_that_are_no_text_are_shown_as_such(tmp_path: Path) -> None:
    async with workload(tmp_path, pieces(b"a\x00b \x1b[31mred\x1b[0m \xff\xfe\r\n")) as (
        _,
        row,
        look,
    ):
        await look.do(LookCloser((row,)))
        assert look.texts == ["a\x00b \x1b[31mred\x1b[0m \ufffd\ufffd"], "the screen cleans it"


async def test_an_endless_log_ends_when_nobody_looks_any_more(tmp_path: Path) -> None:
    async with workload(tmp_path, pieces(b"again\n" * 1000, endless=True)) as (_, row, looking):
        reading = looking.begin(LookCloser((row,)))
        await until(looking, lambda now: now.lines)
        reading.cancel()
        await looking.closer.grant(LookAway())
        await asyncio.wait({reading}, timeout=20)
        assert reading.cancelled()
        assert looking.states[-1] is None


async def test_a_pod_that_is_gone_meanwhile_is_said_to_be(tmp_path: Path) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        await looking.do(LookCloser((row,)))
        before = looking.now.chosen
        lab.server.controller.pods.clear()
        pod = before.split("/")[0]
        await lab.api.delete(f"/api/v1/namespaces/{SPACE}/pods/{pod}")
        now = await looking.do(ReadIt(before))
        assert (now.phase, now.trouble) == (
            "failed",
            "this is gone; what there is now is in the list",
        )


def test_a_line_is_as_bad_as_its_first_words_say_in_little_time() -> None:
    bad = ("x java.lang.OutOfMemoryError: heap", "IOException", "ERROR x", "kernel panic")
    assert [toned(Line(text)).tone for text in bad] == ["critical"] * 4
    assert [toned(Line(text)).tone for text in ("Errors", "TERROR", "WARN x")] == [
        "",
        "",
        "warning",
    ]
    began = process_time()
    for _ in range(2_000):
        toned(Line("a." * 60))
    assert process_time() - began < 0.1


async def test_a_log_whose_pod_went_while_it_was_chosen_is_said_to_be_gone(
    tmp_path: Path,
) -> None:
    async with workload(tmp_path) as (lab, row, _):
        lens = WorkloadLens()
        chosen = (await lens.choices(row, lab.context))[0]
        lab.server.controller.pods.clear()
        pod = chosen.id.split("/")[0]
        await lab.api.delete(f"/api/v1/namespaces/{SPACE}/pods/{pod}")
        with pytest.raises(Failed, match=f"Pod {pod} is gone, and its logs with it"):
            await anext(lens.read(row, chosen, False, lab.context))


async def test_what_came_before_the_server_fell_silent_stays_on_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stall() -> AsyncIterator[bytes]:
        yield b"first\n"
        await asyncio.sleep(30)

    monkeypatch.setattr("console.closer.workloads.READ_S", 2.0)
    async with workload(tmp_path, stall) as (_, row, looking):
        now = await looking.do(LookCloser((row,)))
        assert (now.phase, looking.texts) == ("failed", ["first"])
        assert "no answer in time" in now.trouble


async def test_a_login_without_the_right_to_logs_is_told_which_one_it_lacks(
    tmp_path: Path,
) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        lab.server.denied.add(("get", "pods/log"))
        now = await looking.do(LookCloser((row,)))
        assert now.phase == "failed"
        assert "no right to get pods/log in namespace platform" in now.trouble
        assert "granted" in now.cure
        assert now.choices, "the events can still be read"


async def test_an_answer_that_is_no_kubernetes_is_a_sentence(tmp_path: Path) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        lab.server.lie = "<html>Please log in</html>"
        now = await looking.do(LookCloser((row,)))
        assert now.phase == "failed"
        assert "is not from Kubernetes" in now.trouble


async def test_a_dead_and_a_slow_server_are_sentences(tmp_path: Path) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        lab.server.slow = 6
        now = await looking.do(LookCloser((row,)))
        assert (now.phase, "no answer in time" in now.trouble) == ("failed", True)
        lab.server.slow = 0
        await lab.server.down(True)
        now = await looking.do(ReadIt())
        assert (now.phase, "reachable" in now.trouble) == ("failed", True)


async def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    async with workload(tmp_path) as (lab, row, looking):
        lab.server.api.log = pieces()
        await looking.do(LookCloser((row,)))
        assert looking.texts == ["this log is empty"]
