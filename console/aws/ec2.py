"""EC2 instances of one account × Region, with as few calls as they need."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.aws.places import SLOW, Place, TagIndex, Unit, chunks, named, tags_of
from console.aws.refused import Unknown
from console.clock import real_now
from console.poll import optional

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config.schema import Selector

Answer = dict[str, Any]
Served = tuple[tuple[Unit, str], ...]
"""The units that an instance serves, each with the title it has there."""
BY_ID = 100  # explicit ids a call of DescribeInstanceStatus
FILTER_VALUES = 200  # a filter
PAGE = 1000
STATES = ("pending", "running", "shutting-down", "terminated", "stopping", "stopped")
# Unfiltered calls without pages draw on EC2's small token bucket, so every call here has both.
ANY_STATE = [{"Name": "instance-state-name", "Values": list(STATES)}]


def _tag_filters(selectors: Iterable[Selector]) -> list[Answer]:
    """Filters that let every instance through that one of the tag selectors means."""
    wanted = [selector.tags for selector in selectors]
    filters: list[Answer] = []
    for key in sorted(set.intersection(*(set(tags) for tags in wanted))):
        values = sorted({tags[key] for tags in wanted})
        name = f"tag:{key}" if len(values) <= FILTER_VALUES else "tag-key"
        filters.append({"Name": name, "Values": values if name != "tag-key" else [key]})
    return filters or ANY_STATE


@dataclass(slots=True)
class Fleet:
    """The instances that the sites of one place name: slow facts kept, states asked each time."""

    aws: Aws
    place: Place
    units: Sequence[Unit]
    described: dict[str, Answer] = field(default_factory=dict)
    types: dict[str, Answer] = field(default_factory=dict)
    types_missing: str = ""
    _at: datetime | None = None
    _states: dict[str, str] = field(default_factory=dict)
    _pages: int = 1
    _tagged: TagIndex = field(default_factory=lambda: TagIndex({}))

    async def statuses(self) -> dict[str, Answer]:
        """Instance id → its status; ids that AWS does not know are left out."""
        if self._at is None or real_now() - self._at > timedelta(seconds=SLOW):
            await self._describe()
        found = await self._ask_statuses()
        states = {id_: status["InstanceState"]["Name"] for id_, status in found.items()}
        if self._states and states != self._states:
            await self._describe()  # something started, stopped, came or went
        self._states = states
        return found

    def served(self) -> dict[str, Served]:
        """By instance what it serves; a selector that finds none stands for itself."""
        found: dict[str, dict[str, tuple[Unit, str]]] = {}
        for unit in self.units:
            for selector in unit.environment.instances:
                for name in self.of(selector) or [named(selector)]:
                    found.setdefault(name, {}).setdefault(unit.scope, (unit, selector.title))
        return {name: tuple(of.values()) for name, of in found.items()}

    def of(self, selector: Selector) -> list[str]:
        """The ids a selector means; a replaced (terminated) instance only if there is no other."""
        if selector.id:
            return [selector.id]
        tagged = self._tagged.having(selector.tags)
        living = [i for i in tagged if self.described[i]["State"]["Name"] != "terminated"]
        return living or tagged

    def _selectors(self) -> list[Selector]:
        return [selector for unit in self.units for selector in unit.environment.instances]

    async def _call(self, operation: str, key: str, **params: Any) -> list[Answer]:
        account, region = self.place.account, self.place.region
        return await self.aws.pages(account, region, "ec2", operation, key, **params)

    async def _describe(self) -> None:
        selectors = self._selectors()
        ids = sorted({selector.id for selector in selectors if selector.id})
        tagged = [selector for selector in selectors if selector.tags]
        wishes = [[{"Name": "instance-id", "Values": each}] for each in chunks(ids, FILTER_VALUES)]
        sweeps = not tagged and len(wishes) > self._pages
        if sweeps:
            wishes = [ANY_STATE]  # all of the Region in fewer calls, the others' left out below
        wishes += [_tag_filters(tagged)] if tagged else []
        found: dict[str, Answer] = {}
        for filters in wishes:
            reservations = await self._call(
                "describe_instances", "Reservations", Filters=filters, MaxResults=PAGE
            )
            for reservation in reservations:
                found |= {each["InstanceId"]: each for each in reservation["Instances"]}
        if sweeps:
            self._pages = max(-(-len(found) // PAGE), 1)
            found = {id_: found[id_] for id_ in ids if id_ in found}
        self.described, self._at = found, real_now()
        self._tagged = TagIndex({id_: tags_of(each) for id_, each in found.items()})
        await self._describe_types()

    async def _describe_types(self) -> None:
        names = {each["InstanceType"] for each in self.described.values() if "InstanceType" in each}
        self.types_missing = ""
        for some in chunks(sorted(names - set(self.types)), BY_ID):
            answer, self.types_missing = await optional(
                self._call("describe_instance_types", "InstanceTypes", InstanceTypes=list(some))
            )
            if answer is None:
                return  # costs ram_mb alone
            self.types |= {each["InstanceType"]: each for each in answer}

    async def _ask_statuses(self) -> dict[str, Answer]:
        ids = sorted({id_ for selector in self._selectors() for id_ in self.of(selector)})
        if not ids:
            return {}
        by_id = -(-len(ids) // BY_ID)
        if by_id <= self._pages:
            each = [status for some in chunks(ids, BY_ID) for status in await self.by_id(some)]
        else:
            each = await self._sweep()
        ours = set(ids)
        return {status["InstanceId"]: status for status in each if status["InstanceId"] in ours}

    async def _sweep(self) -> list[Answer]:
        """All of the Region in pages: fewer calls than by id where most instances are ours."""
        found = await self._call(
            "describe_instance_status",
            "InstanceStatuses",
            IncludeAllInstances=True,
            Filters=ANY_STATE,
            MaxResults=PAGE,
        )
        self._pages = max(-(-len(found) // PAGE), 1)
        return found

    async def by_id(self, ids: Sequence[str]) -> list[Answer]:
        """Statuses of instances, those that AWS does not know left out.

        One unknown id fails the whole call: AWS's list of them is taken out, and it is asked again.
        """
        wanted = list(ids)
        while wanted:
            try:
                return await self._call(
                    "describe_instance_status",
                    "InstanceStatuses",
                    IncludeAllInstances=True,
                    InstanceIds=wanted,
                )
            except Unknown as error:
                unknown = set(re.findall(r"i-[0-9a-zA-Z-]+", error.text)) & set(wanted)
                if not error.code.startswith("InvalidInstanceID") or not unknown:
                    raise
                wanted = [id_ for id_ in wanted if id_ not in unknown]
        return []
