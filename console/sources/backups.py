"""Backups in S3: the newest below each prefix, its age and size, who may read it, what it costs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from console.aws.places import Place, Unit, grouped, units
from console.aws.refused import Denied, Unknown
from console.clock import real_now
from console.model import Ref, Row
from console.poll import AuthExpired, Context, Failed, Part

if TYPE_CHECKING:
    from console.aws.bucket import Facts, Object
    from console.aws.session import Aws
    from console.config.backups import Backups as Wanted

EVERY, TIMEOUT = 7200.0, 30.0  # seconds: three calls a bucket, and a backup comes once a day
SELDOM = 6 * 3600.0  # what changes by hand: policy, lifecycle, public access
AT_ONCE = 8  # buckets
PAGES = 10  # of 1,000 objects a prefix
TOO_MANY = (
    f"more than {PAGES * 1000:,} objects are there, and S3 tells the newest of all of them alone: "
    "name a narrower prefix"
)
ABSENT = {
    *("NoSuchBucketPolicy", "NoSuchPublicAccessBlockConfiguration"),
    "NoSuchLifecycleConfiguration",
}
LISTED = ("objects", "age_s", "size_mb", "newest_at", "newest_key", "total_mb", "proven")
BY_HAND = {"public", "public_blocked", "policy", "expires_days"}
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
    kept: dict[str, tuple[datetime, datetime, Facts]] = field(default_factory=dict)

    async def rows(self) -> tuple[Row, ...]:
        """A row a prefix of a bucket."""
        doors = asyncio.Semaphore(AT_ONCE)
        heads = await asyncio.gather(*(self._answers(unit, doors) for unit in self.units))
        failed = [head for head in heads if isinstance(head, Failed)]
        if failed and len(failed) == len(heads):
            raise failed[0]  # nothing answers: what was known stays, and it is asked again soon
        told = zip(self.units, heads, strict=True)
        each = await asyncio.gather(*(self._of(unit, head, doors) for unit, head in told))
        return tuple(row for rows in each for row in rows)

    async def _of(self, unit: Unit, head: Head | Failed, doors: asyncio.Semaphore) -> list[Row]:
        wanted = unit.environment.backups
        assert wanted is not None
        async with doors:
            return [await self._row(unit, wanted, prefix, head) for prefix in wanted.prefixes]

    async def _ask(self, operation: str, **params: Any) -> dict[str, Any]:
        aws: Aws = self.context.clients.aws
        return await aws.call(self.place.account, self.place.region, "s3", operation, **params)

    async def _answers(self, unit: Unit, doors: asyncio.Semaphore) -> Head | Failed:
        """Whether a bucket answers, or why that is not known: one throttled is one bucket's."""
        wanted = unit.environment.backups
        assert wanted is not None
        async with doors:
            try:
                return await self._head(wanted.bucket)
            except AuthExpired:
                raise
            except Failed as error:
                return error

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

    async def _row(self, unit: Unit, wanted: Wanted, prefix: str, head: Head | Failed) -> Backup:
        from console.aws.bucket import proven, signs  # not before the first frame
        from console.aws.series import because, worst

        now = self.context.clock.now()
        facts, missing = await self._facts(wanted, prefix, head, now)
        since: datetime = facts.pop("by_hand_at", now)
        ages = dict.fromkeys(sorted(BY_HAND & facts.keys()), since)
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
            ages=ages,
            site=unit.site,
            env=unit.env,
            bucket=wanted.bucket,
            prefix=prefix,
            **facts,
        )

    async def _facts(
        self, wanted: Wanted, prefix: str, head: Head | Failed, now: datetime
    ) -> tuple[Facts, dict[str, str]]:
        """What is known of a prefix, and why the rest is not."""
        from console.aws.bucket import figures

        if isinstance(head, Failed):
            return {"head": None}, dict.fromkeys(("head", *LISTED), str(head))
        facts: Facts = {"head": head}
        missing: dict[str, str] = {}
        if head == "ok":
            facts["head"], objects, why = await self._objects(wanted.bucket, prefix)
            missing |= dict.fromkeys(LISTED, why) if objects is None else {}
            by_hand, unread = await self._by_hand(wanted.bucket, now)
            missing |= unread
            if objects is not None:
                facts |= figures(objects, now, wanted.least_pct)
                facts |= self._costs(facts)
            facts |= by_hand
        return facts, missing

    async def _objects(self, bucket: str, prefix: str) -> tuple[Head, list[Object] | None, str]:
        """Every object of a prefix; some of them are none: the newest may be any."""
        found: list[Object] = []
        token: dict[str, str] = {}
        for _ in range(PAGES):
            try:
                answer = await self._ask("list_objects_v2", Bucket=bucket, Prefix=prefix, **token)
            except AuthExpired:
                raise
            except Failed as error:
                return "denied" if isinstance(error, Denied) else "ok", None, str(error)
            found += answer.get("Contents") or ()
            if not answer.get("IsTruncated"):
                return "ok", found, ""
            token = {"ContinuationToken": answer["NextContinuationToken"]}
        return "ok", None, TOO_MANY

    async def _by_hand(self, bucket: str, now: datetime) -> tuple[Facts, dict[str, str]]:
        """Policy, public access, lifecycle, and when: read seldom, each on its own right.

        Kept is what was answered whole: what was not, or was denied, is asked with each poll.
        """
        from console.aws.bucket import expires, is_blocked, is_public, summary

        known = self.kept.get(bucket)
        if known is not None and real_now() - known[0] < timedelta(seconds=SELDOM):
            return known[2] | {"by_hand_at": known[1]}, {}
        facts: Facts = {}
        missing: dict[str, str] = {}
        asked = {
            "public": ("get_bucket_policy_status", is_public, False),
            "public_blocked": ("get_public_access_block", is_blocked, False),
            "policy": ("get_bucket_policy", lambda a: summary(str(a["Policy"])), "none"),
            "expires_days": ("get_bucket_lifecycle_configuration", expires, None),
        }
        for fact, (operation, read, absent) in asked.items():
            try:
                facts[fact] = read(await self._ask(operation, Bucket=bucket))
            except AuthExpired:
                raise
            except Failed as error:
                if isinstance(error, Unknown) and error.code in ABSENT:
                    facts[fact] = absent
                else:
                    missing[fact] = str(error)
        if not missing:
            self.kept[bucket] = real_now(), now, facts
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
