"""Backups in S3: the newest object decides, and a bucket that may not be read proves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.aws.bucket import figures, proven, signs, summary
from console.commands.policy_aws import policy
from console.config.backups import Backups as Wanted
from console.lab.stories.hosts import stopped_backups, uploaded
from console.model import Severity
from console.poll import Throttled, poll_once
from console.sources.backups import Backups
from tests.remedies.aws.desk import Desk, desk

NOW = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)
WANTED = Wanted(bucket="kashima-backup", prefixes=("db/",), max_age="26h")  # type: ignore[arg-type]
KASHIMA = "kashima-prod-backup"


def stored(*backups: tuple[float, int]) -> list[Mapping[str, Any]]:
    """Objects by their age in hours and their size in MB."""
    each = [
        {"Key": f"db/{h}", "LastModified": NOW - timedelta(hours=h), "Size": size * 10**6}
        for h, size in backups
    ]
    return [{"Key": "db/", "LastModified": NOW, "Size": 0}, *each]


DAILY = [(24.0 * day + 5, 800) for day in range(1, 9)]
SAID: list[tuple[str, list[tuple[float, int]], bool, str, str]] = [
    ("young and as large as usual", [(5, 810), *DAILY], True, "OK", ""),
    ("nothing at all", [], False, "CRITICAL", "no backup at all in kashima-backup/db/"),
    ("the only one", [(5, 810)], True, "OK", ""),
    ("a little too old", DAILY, False, "WARNING", "is 29 h old, 26 h is allowed"),
    ("far too old", DAILY[2:], False, "CRITICAL", "is 3 d old, 26 h is allowed"),
    ("half a backup", [(5, 390), *DAILY], False, "WARNING", "small: 390 MB, usually 800 MB"),
    ("an empty file", [(5, 0)], False, "WARNING", "suspiciously small: 0 MB"),
]


@pytest.mark.parametrize(
    ("what", "given", "good", "severity", "said"), SAID, ids=[s[0] for s in SAID]
)
def test_the_newest_backup_decides(
    what: str, given: list[tuple[float, int]], good: bool, severity: str, said: str
) -> None:
    facts = {"head": "ok", "public": False} | figures(stored(*given), NOW, WANTED.least_pct)
    found = list(signs(facts, WANTED, "db/"))
    assert max((sign for sign, _ in found), default=Severity.OK).name == severity
    assert said in "; ".join(text for _, text in found)
    assert proven(facts, WANTED) is good


def test_what_it_weighs_and_how_it_changed() -> None:
    facts = figures(stored((5, 880), *DAILY, (800, 500)), NOW, 50)
    assert (facts["objects"], facts["total_mb"], facts["uploaded_mb"]) == (10, 7780, 7280)
    assert (facts["newest_key"], facts["usual_mb"]) == ("db/5", 800)
    assert round(facts["change_pct"]) == 10


def test_a_bucket_that_is_public_is_critical_and_one_that_may_not_be_read_is_unknown() -> None:
    facts = {"head": "ok", "public": True} | figures(stored((5, 8)), NOW, 50)
    assert Severity.CRITICAL in [sign for sign, _ in signs(facts, WANTED, "db/")]
    assert [sign for sign, _ in signs({"head": "denied"}, WANTED, "db/")] == [Severity.UNKNOWN]
    assert proven({"head": "denied"}, WANTED) is None


POLICIES = [
    ('{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}}', "Allow s3:* for *"),
    (
        '{"Statement": [{"Effect": "Deny", "Principal": {"AWS": "r"}, "Action": ["a", "b", "c"]}]}',
        "Deny a, b +1 for r",
    ),
    ("[", "cannot be read"),
    ('{"Statement": 7}', "cannot be read"),
]


@pytest.mark.parametrize(("policy", "said"), POLICIES, ids=range(len(POLICIES)))
def test_a_policy_in_a_line(policy: str, said: str) -> None:
    assert summary(policy) == said


async def test_a_list_that_is_too_long_or_breaks_off_says_nothing_of_the_newest(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        (full,) = [one for one in lab.lab.world.buckets if one.name == KASHIMA]
        full.extra += [("db/", NOW, 1)] * 1001
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("console.sources.backups.PAGES", 1)
            mine = (await rows(lab))[f"{KASHIMA}/db/"]
        assert (mine.head, mine.proven, mine.age_s, mine.objects) == ("ok", None, None, None)
        assert mine.severity is Severity.UNKNOWN
        assert "name a narrower prefix" in mine.missing["age_s"]
        assert mine.because == (f"the newest backup in {KASHIMA}/db/ is not known",)


class Refusing:
    """S3 of the lab, of which one call on one bucket is throttled."""

    def __init__(self, aws: Any, bucket: str, operation: str) -> None:
        self._aws, self._refused = aws, (bucket, operation)

    async def call(self, account: str, region: str, service: str, operation: str, **p: Any) -> Any:
        if (p.get("Bucket"), operation) == self._refused:
            raise Throttled("AWS asks to be asked less")
        return await self._aws.call(account, region, service, operation, **p)


@pytest.mark.parametrize("operation", ["head_bucket", "list_objects_v2", "get_bucket_policy"])
async def test_a_bucket_that_is_throttled_is_unknown_and_costs_no_other(
    tmp_path: Path, operation: str
) -> None:
    async with desk(tmp_path) as lab:
        lab.hands.clients.aws = Refusing(lab.hands.clients.aws, KASHIMA, operation)  # type: ignore[misc, assignment]
        seen = await rows(lab)
        mine, other = seen[f"{KASHIMA}/db/"], seen["sakai-prod-backup/db/"]
        assert other.severity is Severity.OK and other.proven
        assert "asked less" in " ".join(mine.missing.values())
        if operation != "get_bucket_policy":
            assert (mine.severity, mine.proven, mine.age_s) == (Severity.UNKNOWN, None, None)
            assert "may not be read" not in "; ".join(mine.because)


async def rows(lab: Desk) -> dict[str, Any]:
    parts = [await poll_once(part) for part in Backups().parts(lab.hands.context)]
    assert not [part.trouble for part in parts if part.trouble]
    return {row.ref.name: row for part in parts for row in part.rows}


async def test_the_buckets_of_the_estate_are_read_and_nothing_is_written(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        stopped_backups(KASHIMA, 3)(lab.lab)
        seen = await rows(lab)
        assert len(seen) == 12 and seen["sakai-prod-backup/db/"].severity is Severity.OK
        mine = seen[f"{KASHIMA}/db/"]
        assert (mine.proven, mine.severity, mine.public) == (False, Severity.CRITICAL, False)
        assert mine.policy.startswith("Allow s3:PutObject") and mine.expires_days == 90
        stored_gb = mine.total_mb / 1000
        assert mine.storage_usd == pytest.approx(stored_gb * 0.025)
        uploaded(KASHIMA)(lab.lab)
        seen = await rows(lab)
        assert seen[f"{KASHIMA}/db/"].proven and seen[f"{KASHIMA}/files/"].proven
        asked = {e["operation"] for e in lab.lab.log.entries if e["vendor"] == "s3"}
        assert all(one.startswith(("Get", "List", "Head")) for one in asked)


async def test_who_may_read_a_bucket_is_as_old_as_it_was_asked_and_never_kept_when_denied(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        denied = ("*", "GetBucketPolicyStatus")
        lab.lab.aws_faults.denied.add(denied)
        parts = Backups().parts(lab.hands.context)

        async def look() -> Any:
            rows = [row for part in parts for row in (await poll_once(part)).rows]
            return next(row for row in rows if row.ref.name == "sakai-prod-backup/db/")

        row = await look()
        assert (row.severity, row.public) == (Severity.UNKNOWN, None)
        assert row.because == ("who may read it is not known",) and "public" in row.missing
        lab.lab.aws_faults.denied.remove(denied)
        first = await look()
        await lab.clock.sleep(7200)
        second = await look()
        assert (first.severity, first.public, "public" in first.missing) == (
            Severity.OK,
            False,
            False,
        )
        assert first.ages["public"] == second.ages["public"] == first.at < second.at


async def test_a_bucket_that_is_gone_and_one_that_is_not_ours_to_read(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.world.buckets = [b for b in lab.lab.world.buckets if b.name != KASHIMA]
        lab.lab.aws_faults.denied.add(("*", "ListObjectsV2"))
        seen = await rows(lab)
        assert seen[f"{KASHIMA}/db/"].because == (f"the bucket {KASHIMA} is not there",)
        other = seen["sakai-prod-backup/db/"]
        assert (other.severity, other.proven) == (Severity.UNKNOWN, None)
        assert "is not allowed" in other.missing["age_s"]


def test_the_policy_names_the_buckets_and_nothing_else(tmp_path: Path) -> None:
    async def told() -> dict[str, Any]:
        async with desk(tmp_path) as lab:
            return policy(lab.hands.configuration, "refinery-prod")

    statements = asyncio.run(told())["Statement"]
    ours = [s for s in statements if any(a.startswith("s3:") for a in s["Action"])]
    (only,) = ours
    assert only["Action"] == [
        *("s3:GetBucketPolicy", "s3:GetBucketPolicyStatus", "s3:GetBucketPublicAccessBlock"),
        *("s3:GetLifecycleConfiguration", "s3:ListBucket"),
    ]
    assert "arn:aws:s3:::kashima-prod-backup" in only["Resource"] and len(only["Resource"]) == 6
