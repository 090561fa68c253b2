"""An alarm or a canary looked at closely: what it did before, and the log group behind it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Any

from console.closer.asking import bounded, paged, place_of
from console.closer.lens import NoMore
from console.closer.logs import LogLook, looks
from console.model import Row
from console.model.closer import Choice, Line, Tone
from console.poll import Context, Failed
from console.sources.alarms import Alarm
from console.sources.canaries import Canary, state_of

HISTORY, RUNS = "history", "runs"
PAGE, PAGES = 100, 3
TONES: dict[str, Tone] = {"ALARM": "critical", "INSUFFICIENT_DATA": "warning"}
RUN_TONES: dict[str, Tone] = {"failed": "critical", "canary_error": "warning"}


class AlarmLens(NoMore):
    """Its history first, then the log groups that the estate names for it."""

    def __init__(self) -> None:
        self._looks: dict[str, LogLook] = {}

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """What an alarm did is kept for two weeks by CloudWatch."""
        row = _alarm(row)
        place = place_of(row, context.estate, self.part)
        began = row.since if row.state == "alarm" else None
        found = looks("alarms", row.name, place, began, context)
        self._looks = {one.choice.id: one for one in found}
        say = f"cloudwatch:DescribeAlarmHistory: at most {PAGES} calls of {PAGE} items"
        return Choice(HISTORY, "history", row.since, say), *(one.choice for one in found)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """The history, or a log group."""
        if look := self._looks.get(choice.id):
            async with aclosing(look.read(context, follow)) as lines:
                async for line in lines:
                    yield line
            return
        for line in await _history(_alarm(row), context, self.part):
            yield line


class CanaryLens(NoMore):
    """Its runs first, then the log groups that the estate names for it."""

    def __init__(self) -> None:
        self._looks: dict[str, LogLook] = {}

    async def choices(self, row: Row, context: Context) -> tuple[Choice, ...]:
        """Runs with their reasons; the log of a canary's function tells what it saw."""
        row = _canary(row)
        place = place_of(row, context.estate, self.part)
        bad = row.since if row.state in RUN_TONES else None
        found = looks("canaries", row.name, place, bad or row.last_run_at, context)
        self._looks = {one.choice.id: one for one in found}
        say = f"synthetics:GetCanaryRuns: at most 1 call of {PAGE} runs"
        return Choice(RUNS, "its runs", row.last_run_at, say), *(one.choice for one in found)

    async def read(
        self, row: Row, choice: Choice, follow: bool, context: Context
    ) -> AsyncGenerator[Line, None]:
        """The runs, or a log group."""
        if look := self._looks.get(choice.id):
            async with aclosing(look.read(context, follow)) as lines:
                async for line in lines:
                    yield line
            return
        for line in await _runs(_canary(row), context, self.part):
            yield line


def _alarm(row: Row) -> Alarm:
    if not isinstance(row, Alarm):
        raise Failed(f"{row.ref.name} is no alarm")
    return row


def _canary(row: Row) -> Canary:
    if not isinstance(row, Canary):
        raise Failed(f"{row.ref.name} is no canary")
    return row


async def _history(row: Alarm, context: Context, part: str) -> Sequence[Line]:
    """Oldest first; AWS is asked for the newest first."""
    place = place_of(row, context.estate, part)
    named: dict[str, Any] = {"AlarmName": row.name, "MaxRecords": PAGE}
    named |= {"ScanBy": "TimestampDescending", "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
    what = "cloudwatch", "describe_alarm_history", "AlarmHistoryItems", "NextToken"
    found, more = await paged(context, place, *what, PAGES, **named)
    own = [one for one in found if one.get("AlarmName", row.name) == row.name]
    left = f"only the newest {len(own):,} items: older ones were left out" if more else ""
    none = "CloudWatch keeps no history of it: nothing changed in two weeks"
    return bounded([_item(one) for one in reversed(own)], left, none)


def _item(item: dict[str, Any]) -> Line:
    state, reason = _turned(item.get("HistoryData"))
    if item.get("HistoryItemType") != "StateUpdate":
        state = ""
    summary = " ".join(str(item.get("HistorySummary") or "").split())
    text = f"{summary}: {reason}" if reason and state else summary
    return Line(text or "an item without words", item.get("Timestamp"), TONES.get(state, ""))


def _turned(data: Any) -> tuple[str, str]:
    """The new state and its reason, where the item's data has them."""
    try:
        new = json.loads(data)["newState"]
        return str(new["stateValue"]), " ".join(str(new.get("stateReason") or "").split())
    except (TypeError, ValueError, LookupError, AttributeError, RecursionError):
        return "", ""


async def _runs(row: Canary, context: Context, part: str) -> Sequence[Line]:
    place = place_of(row, context.estate, part)
    named: dict[str, Any] = {"Name": row.name, "MaxResults": PAGE}
    what = "synthetics", "get_canary_runs", "CanaryRuns", "NextToken"
    found, more = await paged(context, place, *what, 1, **named)
    left = f"only the newest {len(found):,} runs: older ones were left out" if more else ""
    return bounded([_run(one) for one in reversed(found)], left, "it never ran")


def _run(run: dict[str, Any]) -> Line:
    status, timeline = run.get("Status") or {}, run.get("Timeline") or {}
    state = state_of(run)
    began, ended = timeline.get("Started"), timeline.get("Completed")
    took = f" in {(ended - began).total_seconds():.0f} s" if began and ended else ""
    why = " ".join(str(status.get("StateReason") or status.get("StateReasonCode") or "").split())
    text = f"{status.get('State') or 'no state'}{took}" + (f": {why}" if why else "")
    return Line(text, ended or began, RUN_TONES.get(state or "", ""))
