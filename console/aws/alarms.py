"""CloudWatch alarms of one account × Region: those that ring each minute, all now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from console.aws.places import SLOW, Place, chunks
from console.clock import real_now
from console.poll import optional

if TYPE_CHECKING:
    from console.aws.session import Aws

Answer = dict[str, Any]
PAGE = NAMES = 100
EVERYTHING = timedelta(hours=1)
FOLLOWED = ("ALARM", "INSUFFICIENT_DATA")
KINDS = (
    "MetricAlarm",
    "CompositeAlarm",
    "LogAlarm",
)  # left out, CloudWatch tells metric alarms only
LISTS = tuple(f"{kind}s" for kind in KINDS)


@dataclass(slots=True)
class AlarmBook:
    """Every alarm of a place with its state.

    What is in ALARM or lost its data is asked each time, all every hour: only a new alarm that is
    OK appears late, and a deleted one goes late. One that leaves both is asked by name at once. A
    place whose alarms fit into one page is asked for all of them each time: it costs the same.
    """

    aws: Aws
    place: Place
    alarms: dict[str, Answer] = field(default_factory=dict)
    read_at: dict[str, datetime] = field(default_factory=dict)
    """When each was read, by the estate's clock."""
    told_at: datetime | None = None
    """When each one's state was last told, if only by not being among those in trouble."""
    muted: frozenset[str] = frozenset()
    muted_missing: str = ""
    _all_at: datetime | None = None
    _slow_at: datetime | None = None

    async def look(self, at: datetime) -> None:
        """Bring the book up to date; `at` is the estate's time."""
        now = real_now()
        slow = self._slow_at is None or now - self._slow_at > timedelta(seconds=SLOW)
        everything = self._all_at is None or now - self._all_at > EVERYTHING
        if everything or len(self.alarms) <= PAGE:
            self.alarms = read = _by_name(await self._describe())
            self._all_at = now
        else:
            read = await self._follow()
        times = self.read_at | dict.fromkeys(read, at)
        self.read_at, self.told_at = {name: times[name] for name in self.alarms}, at
        if slow:
            await self._mute_rules()
            self._slow_at = now

    async def _follow(self) -> dict[str, Answer]:
        """Read those that ring or lost their data, and where the others went that did."""
        found: dict[str, Answer] = {}
        for state in FOLLOWED:
            found |= _by_name(await self._describe(StateValue=state))
        were = {name for name, alarm in self.alarms.items() if alarm["StateValue"] in FOLLOWED}
        left = sorted(were - set(found))
        now = _by_name([a for some in chunks(left, NAMES) for a in await self._named(some)])
        kept = {name: alarm for name, alarm in self.alarms.items() if name not in left}
        self.alarms = kept | now | found
        return now | found

    async def _named(self, names: Iterable[str]) -> list[Answer]:
        return await self._describe(AlarmNames=list(names))

    async def _describe(self, **filters: Any) -> list[Answer]:
        """DescribeAlarms answers in three lists side by side, on the same pages."""
        account, region = self.place.account, self.place.region
        kinds = {"AlarmTypes": list(KINDS), "MaxRecords": PAGE}
        operation = "describe_alarms"
        return await self.aws.pages(
            account, region, "cloudwatch", operation, LISTS, **kinds, **filters
        )

    async def _mute_rules(self) -> None:
        """Alarms that a rule mutes now; a missing right costs this alone."""
        rules, why = await optional(self._rules())
        self.muted_missing = f"mute rules are not readable: {why}" if why else ""
        if rules is not None:
            targets = [rule.get("MuteTargets") or {} for rule in rules]
            self.muted = frozenset(name for t in targets for name in t.get("AlarmNames") or ())

    async def _rules(self) -> list[Answer]:
        place = self.place.account, self.place.region, "cloudwatch"
        operation, key = "list_alarm_mute_rules", "AlarmMuteRuleSummaries"
        rules = await self.aws.pages(*place, operation, key, Statuses=["ACTIVE"])
        names = [rule["AlarmMuteRuleArn"].rsplit(":", 1)[-1] for rule in rules]
        get = partial(self.aws.call, *place, "get_alarm_mute_rule")
        return await asyncio.gather(*(get(AlarmMuteRuleName=name) for name in names))


def _by_name(alarms: Iterable[Answer]) -> dict[str, Answer]:
    return {alarm["AlarmName"]: alarm for alarm in alarms}


def dimensions_of(alarm: Answer) -> list[str]:
    """The values of every dimension an alarm looks at, those of metric maths too."""
    metrics = [alarm] + [
        (query.get("MetricStat") or {}).get("Metric") or {} for query in alarm.get("Metrics") or ()
    ]
    return [each["Value"] for metric in metrics for each in metric.get("Dimensions") or ()]
