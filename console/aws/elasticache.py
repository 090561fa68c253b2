"""ElastiCache clusters of one account × Region: nodes each time, groups and tags now and then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.aws.places import SLOW, Place, TagIndex, Unit, tags_of
from console.clock import real_now
from console.poll import optional

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config.schema import Selector

Answer = dict[str, Any]
PAGE = 100
FILTER_VALUES = 20  # values a tag filter of GetResources


def _tag_filters(selectors: Iterable[Selector]) -> list[Answer]:
    wanted = [selector.tags for selector in selectors]
    filters: list[Answer] = []
    for key in sorted(set.intersection(*(set(tags) for tags in wanted))):
        values = sorted({tags[key] for tags in wanted})
        named = {"Values": values} if len(values) <= FILTER_VALUES else {}
        filters.append({"Key": key, **named})
    return filters


def _states(clusters: dict[str, Answer]) -> dict[str, Any]:
    return {name: cluster.get("CacheClusterStatus") for name, cluster in clusters.items()}


@dataclass(slots=True)
class CacheFleet:
    """The caches that the sites of one place name."""

    aws: Aws
    place: Place
    units: Sequence[Unit]
    clusters: dict[str, Answer] = field(default_factory=dict)
    groups: dict[str, Answer] = field(default_factory=dict)
    groups_missing: str = ""
    _tagged: TagIndex = field(default_factory=lambda: TagIndex({}))
    _arns: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, list[str]] = field(default_factory=dict)
    """Cluster or replication group → clusters."""
    _at: datetime | None = None

    async def look(self) -> None:
        """Read every cluster with its nodes; ElastiCache has no filter, so all pages are read."""
        found = await self._call(
            "elasticache",
            "describe_cache_clusters",
            "CacheClusters",
            ShowCacheNodeInfo=True,
            MaxRecords=PAGE,
        )
        clusters = {each["CacheClusterId"]: each for each in found}
        new = _states(clusters) != _states(self.clusters)  # a failover moves the roles
        self.clusters = clusters
        self._arns = {each.get("ARN", ""): name for name, each in clusters.items()}
        self._ids = {name: [name] for name in clusters}
        for name, each in clusters.items():
            group = each.get("ReplicationGroupId")
            if group and group not in clusters:
                self._ids.setdefault(group, []).append(name)
        if new or self._at is None or real_now() - self._at > timedelta(seconds=SLOW):
            await self._slow_facts()
            self._at = real_now()

    def of(self, selector: Selector) -> list[str]:
        """The clusters a selector means: by id, by its replication group's id, or by tags."""
        if selector.id:
            return self._ids.get(selector.id, [])
        arns = self._tagged.having(selector.tags)
        return [self._arns[arn] for arn in arns if arn in self._arns]

    def group(self, name: str) -> Answer | None:
        """The replication group of a cluster, or None where it has none or it is not readable."""
        return self.groups.get(self.clusters.get(name, {}).get("ReplicationGroupId", ""))

    async def _slow_facts(self) -> None:
        tagged = [s for unit in self.units for s in unit.environment.caches if s.tags]
        if tagged:
            found = await self._call(
                "resourcegroupstaggingapi",
                "get_resources",
                "ResourceTagMappingList",
                ResourceTypeFilters=["elasticache:cluster"],
                TagFilters=_tag_filters(tagged),
                ResourcesPerPage=PAGE,
            )
            self._tagged = TagIndex({each["ResourceARN"]: tags_of(each) for each in found})
        operation, key = "describe_replication_groups", "ReplicationGroups"
        groups, self.groups_missing = await optional(
            self._call("elasticache", operation, key, MaxRecords=PAGE)
        )
        if groups is not None:  # else it costs role, mode and replicas alone
            self.groups = {each["ReplicationGroupId"]: each for each in groups}

    async def _call(self, service: str, operation: str, key: str, **params: Any) -> list[Answer]:
        account, region = self.place.account, self.place.region
        return await self.aws.pages(account, region, service, operation, key, **params)
