"""Backups in S3: the newest below each prefix, its age and size, who may read it, what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.bucket import (
    Facts,
    Object,
    expires,
    figures,
    is_blocked,
    is_public,
    proven,
    signs,
    summary,
)
from console.aws.places import Place, Unit, grouped, units
from console.aws.refused import Denied, Unknown
from console.aws.series import because, worst
from console.clock import real_now
from console.model import Ref, Row
from console.poll import Context, Part, optional

if TYPE_CHECKING:
    from console.aws.session import Aws
    from console.config.backups import Backups as Wanted

EVERY, TIMEOUT = 7200.0, 30.0  # seconds: three calls a bucket, and a backup comes once a day
SELDOM = 6 * 3600.0  # what changes by hand: policy, lifecycle, public access
AT_ONCE = 8  # buckets
PAGES = 10  # of 1,000 objects a prefix
TOO_MANY = f"more than {PAGES * 1000:,} objects: only the first by name were read"
ABSENT = {
    *("NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration"),
    "NoSuchLifecycleConfiguration",
}
Head = Literal["ok", "missing", "denied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup(Row):
    """Backups in S3: the newest below each prefix, its age and size, and what they cost."""

    site: str
    env: str
    bucket: str
    prefix: str
    proven: bool | None = None
    """The bucket answers, the newest backup is young enough and not suspiciously small."""
    age_s: float | None = None
    """Of the newest."""
    size_mb: float | None = None
    usual_mb: float | None = None
    """The median of those before."""
    change_pct: float | None = None
    """Of the newest against the usual size."""
    newest_at: datetime | None = None
    newest_key: str | None = None
    head: Head | None = None
    objects: int | None = None
    total_mb: float | None = None
    uploaded_mb: float | None = None
    """In the last 30 days."""
    storage_usd: float | None = None
    """A month, at the prices stated in the configuration."""
    transfer_usd: float | None = None
    """A month: what is uploaded, and fetching the newest once."""
    public: bool | None = None
    """Whether the bucket's policy opens it to everybody."""
    public_blocked: bool | None = None
    """All four kinds of public access are blocked."""
    policy: str | None = None
    expires_days: float | None = None
    """After which the lifecycle deletes; None with no such rule."""


@dataclass(slots=True)
class _Look:
    """One place's buckets; what changes by hand is kept between polls."""

    context: Context
    place: Place
    units: tuple[Unit, ...]
    kept: dict[str, tuple[datetime, Facts, dict[str, str]]] = field(default_factory=dict)

    async def rows(self) -> tuple[Row, ...]:
        """A row a prefix of a bucket."""
        doors = asyncio.Semaphore(AT_ONCE)
        each = await asyncio.gather(*(self._of(unit, doors) for unit in self.units))
        return tuple(row for rows in each for row in rows)

    async def _of(self, unit: Unit, doors: asyncio.Semaphore) -> list[Row]:
        wanted = unit.environment.backups
        assert wanted is not None
        async with doors:
            head = await self._head(wanted.bucket)
            return [await self._row(unit, wanted, prefix, head) for prefix in wanted.prefixes]

    async def _ask(self, operation: str, **params: Any) -> dict[str, Any]:
        aws: Aws = self.context.clients.aws
        return await aws.call(self.place.account, self.place.region, "s3", operation, **params)

    async def _head(self, bucket: str) -> Head:
        try:
            await self._ask("head_bucket", Bucket=bucket)
        except Denied:
            return "denied"
        except Unknown as error:  # a HEAD has no body: the code is the status
            if error.code in ("404", "NoSuchBucket"):
                return "missing"
            if error.code in ("403", "301"):
                return "denied"
            raise
        return "ok"

    async def _row(self, unit: Unit, wanted: Wanted, prefix: str, head: Head) -> Backup:
        facts: Facts = {"head": head}
        missing: dict[str, str] = {}
        now = self.context.clock.now()
        if head == "ok":
            objects, why = await self._objects(wanted.bucket, prefix)
            missing |= {"objects": why} if why else {}
            by_hand, unread = await self._by_hand(wanted.bucket)
            facts |= by_hand
            missing |= unread
            if objects is None:
                facts["head"], missing["age_s"] = "denied", why
            else:
                facts |= figures(objects, now, wanted.least_pct) | by_hand
                facts |= self._costs(facts)
        told = list(signs(facts, wanted, prefix))
        facts["proven"] = proven(facts, wanted)
        facts.pop("small", None)
        return Backup(
            ref=Ref("backup", unit.scope, f"{wanted.bucket}/{prefix}"),
            at=now,
            owner=unit.owner,
            severity=worst(told),
            because=because(told),
            missing=missing,
            site=unit.site,
            env=unit.env,
            bucket=wanted.bucket,
            prefix=prefix,
            **facts,
        )

    async def _objects(self, bucket: str, prefix: str) -> tuple[list[Object] | None, str]:
        found: list[Object] = []
        token: dict[str, str] = {}
        for _ in range(PAGES):
            answer, why = await optional(
                self._ask("list_objects_v2", Bucket=bucket, Prefix=prefix, **token)
            )
            if answer is None:
                return None, why
            found += answer.get("Contents") or ()
            if not answer.get("IsTruncated"):
                return found, ""
            token = {"ContinuationToken": answer["NextContinuationToken"]}
        return found, TOO_MANY

    async def _by_hand(self, bucket: str) -> tuple[Facts, dict[str, str]]:
        """Policy, public access, lifecycle: read seldom, each on its own right."""
        at, facts, missing = self.kept.get(bucket, (None, {}, {}))
        if at is not None and real_now() - at < timedelta(seconds=SELDOM):
            return facts, missing
        facts, missing = {}, {}
        asked = {
            "public": ("get_bucket_policy_status", is_public, False),
            "public_blocked": ("get_public_access_block", is_blocked, False),
            "policy": ("get_bucket_policy", lambda a: summary(str(a["Policy"])), "none"),
            "expires_days": ("get_bucket_lifecycle_configuration", expires, None),
        }
        for fact, (operation, read, absent) in asked.items():
            try:
                facts[fact] = read(await self._ask(operation, Bucket=bucket))
            except Denied as error:
                missing[fact] = str(error)
            except Unknown as error:
                if error.code not in ABSENT:
                    raise
                facts[fact] = absent
        self.kept[bucket] = real_now(), facts, missing
        return facts, missing

    def _costs(self, facts: Facts) -> Facts:
        prices = self.context.estate.backup_prices
        moved = facts["uploaded_mb"] * prices.upload_gb
        moved += facts.get("size_mb", 0.0) * prices.download_gb
        stored = facts["total_mb"] * prices.storage_gb_month
        return {"storage_usd": stored / 1000, "transfer_usd": moved / 1000}


class Backups:
    """The backups that environments name a bucket for."""

    name = "backups"
    row: type[Row] = Backup

    def parts(self, context: Context) -> Sequence[Part]:
        """One part an account × Region."""
        wanted = [unit for unit in units(context.estate) if unit.environment.backups]
        every = context.every(self.name, EVERY)
        timeout = context.timeout(self.name, TIMEOUT)
        return [
            Part(self.name, str(place), every, _Look(context, place, some).rows, timeout)
            for place, some in grouped(wanted, lambda unit: unit.place).items()
        ]
