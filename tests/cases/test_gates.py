"""Gates: nothing after one is done before what it looks for is seen."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from console import checklist
from console.config import load
from console.model import Board, Row
from tests.cases.desk import board, row, snapshot
from tests.cases.sheet import CONFIG, LOW, Sheet, load_, sheet

GATE = {"id": "g", "check": LOW, "gate": True}
DO, RUN = {"id": "x", "do": "x"}, {"id": "r", "run": "reboot"}


def refused(deed: Any, *given: Any) -> str:
    with pytest.raises(ValueError) as error:
        deed(*given)
    return str(error.value)


def test_what_comes_after_a_gate_can_be_neither_ticked_nor_skipped_nor_seen_before_it_holds() -> (
    None
):
    it = sheet(GATE, DO, RUN)
    assert it.look() == "g:now x:- r:-"
    why = "x: not before the gate g holds"
    assert why in refused(checklist.tick, it.run, "x", it.now)
    assert why in refused(checklist.skip, it.run, "x", "we know", it.now)
    assert "r: not before" in refused(checklist.saw, it.run, "r", "it is up", it.now)
    assert it.look(load_(9.0, it.now.estate)) == "g:failed x:- r:-"
    assert "web-1 load1 9" in refused(checklist.tick, it.run, "x", it.now)
    it.deed(checklist.again(it.run, "g", it.now))
    it.look()
    assert it.look(load_(7.0, it.now.estate)).startswith("g:verified x:now")
    it.deed(checklist.tick(it.run, "x", it.now))
    assert it.state().startswith("g:verified x:done")


def test_no_reason_passes_a_gate_that_is_seen_not_to_hold() -> None:
    it = sheet(GATE, DO)
    it.look()
    said = refused(checklist.skip, it.run, "g", "I know better", it.now)
    assert said.startswith("g is a gate, passed by what is seen and by no reason")
    it.look(load_(9.0, it.now.estate), 1)
    assert it.run.stopped.startswith("g: ")
    assert "passed by what is seen" in refused(checklist.skip, it.run, "g", "again", it.now)


def test_where_nobody_can_tell_a_reason_passes_it_and_is_written_down() -> None:
    it = sheet(GATE, DO)
    it.look()
    assert it.look(after_s=400) == "g:unknown x:-"
    assert "not before the gate g" in refused(checklist.tick, it.run, "x", it.now)
    it.deed(checklist.skip(it.run, "g", "seen on the machine: load 2", it.now))
    assert it.state() == "g:skipped x:now"
    it.deed(checklist.tick(it.run, "x", it.now))
    assert it.entries[-2].data["why"] == "seen on the machine: load 2"


def test_a_gate_is_a_look_that_stops() -> None:
    with pytest.raises(ValidationError, match="gate means nothing on a step of kind do"):
        sheet({"id": "d", "do": "x", "gate": True})
    with pytest.raises(ValidationError, match="on_fail cannot be go_on"):
        sheet(GATE | {"on_fail": "go_on"})


def full(scope: str = "kashima/prod") -> Sheet:
    """The shipped case, with what came before its first gate done."""
    case = load(CONFIG, environ={}).cases["disk-full-site"]
    it = Sheet(case, scope=scope)
    it.look()
    for step in ("what", "stop-cron"):
        it.deed(checklist.tick(it.run, step, it.now))
        it.look()
    return it


def seen(it: Sheet, cron: str, *ages_h: float, proven: bool = True, allowed_h: float = 26) -> Board:
    at, own = it.now.estate, {"scope": "kashima/prod", "site": "kashima", "env": "prod"}
    hosts: list[Row] = [row("hosts", at, **own, name=name, cron=cron) for name in ("a", "b")]
    backups = [
        row("backups", at, **own, bucket="b", prefix=f"{n}/", age_s=h * 3600, proven=good)
        for n, h in enumerate(ages_h)
        for good in [proven and h <= allowed_h]
    ]
    return board(snapshot("hosts", *hosts), snapshot("backups", *backups))


def test_a_full_disk_is_worked_on_in_its_order_and_the_bucket_comes_before_the_script() -> None:
    it = full()
    assert "cron-stopped:now" in it.state()
    assert "cron-stopped:failed" in it.look(seen(it, "active", 3, 3), 1)
    it.deed(checklist.again(it.run, "cron-stopped", it.now))
    it.look()
    assert "cron-stopped:verified bucket:now" in it.look(seen(it, "inactive", 80, 3), 1)
    assert "bucket:failed" in it.look(seen(it, "inactive", 80, 3), 1)
    for step in ("move", "script", "start-cron"):
        said = refused(checklist.tick, it.run, step, it.now)
        assert f"{step}: not before the gate bucket holds" in said and "proven no" in said
    it.deed(checklist.again(it.run, "bucket", it.now))
    it.look()
    assert "bucket:verified move:now" in it.look(seen(it, "inactive", 1, 3), 1)
    for step in ("move", "script", "start-cron"):
        it.deed(checklist.tick(it.run, step, it.now))
    it.look()
    assert "cron-active:failed" in it.look(seen(it, "inactive", 1, 3), 1)
    it.deed(checklist.again(it.run, "cron-active", it.now))
    it.look()
    assert "cron-active:verified free:now" in it.look(seen(it, "active", 1, 3), 1)


def test_a_backup_once_a_week_opens_the_gate_where_that_is_what_was_stated() -> None:
    it = full()
    it.look(seen(it, "inactive", 1), 1)
    assert "bucket:verified" in it.look(seen(it, "inactive", 80, 3, allowed_h=170), 1)


def test_a_small_newest_backup_opens_no_gate() -> None:
    it = full()
    it.look(seen(it, "inactive", 1), 1)
    assert "bucket:failed" in it.look(seen(it, "inactive", 1, proven=False), 1)
