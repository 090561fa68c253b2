"""What a bucket says of its backups: figures, what speaks against them, who may read it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING, Any

from console.aws.series import Sign
from console.model import Severity
from console.model.words import lasting

if TYPE_CHECKING:
    from console.config.backups import Backups

BEFORE = 7  # backups before the newest that say what is usual
MB = 1e6
MONTH = timedelta(days=30)
Facts = dict[str, Any]
Object = Mapping[str, Any]


def figures(objects: Sequence[Object], now: datetime, least_pct: float) -> Facts:
    """What a prefix's objects say; markers of folders are none."""
    whole = [one for one in objects if not str(one["Key"]).endswith("/")]
    ordered = sorted(whole, key=lambda one: one["LastModified"], reverse=True)
    if not ordered:
        return {"objects": 0, "total_mb": 0.0, "uploaded_mb": 0.0}
    newest, before = ordered[0], [one["Size"] for one in ordered[1 : BEFORE + 1]]
    usual = median(before) if before else None
    change = 100 * (newest["Size"] / usual - 1) if usual else None
    recent = [one["Size"] for one in ordered if now - one["LastModified"] <= MONTH]
    return {
        "age_s": max((now - newest["LastModified"]).total_seconds(), 0.0),
        "size_mb": newest["Size"] / MB,
        "usual_mb": usual and usual / MB,
        "change_pct": change,
        "newest_at": newest["LastModified"],
        "newest_key": str(newest["Key"]),
        "objects": len(ordered),
        "total_mb": sum(one["Size"] for one in ordered) / MB,
        "uploaded_mb": sum(recent) / MB,
        "small": newest["Size"] == 0 or (change is not None and change < least_pct - 100),
    }


def signs(facts: Facts, wanted: Backups, prefix: str) -> Iterator[Sign]:
    """What speaks against a backup."""
    where = f"{wanted.bucket}/{prefix}"
    if facts["head"] != "ok":
        said = {"missing": "is not there", "denied": "may not be read by this login"}
        bad = Severity.CRITICAL if facts["head"] == "missing" else Severity.UNKNOWN
        yield bad, f"the bucket {wanted.bucket} {said.get(facts['head'], 'cannot be read now')}"
        return
    if facts.get("objects") is None:
        yield Severity.UNKNOWN, f"the newest backup in {where} is not known"
    if facts.get("objects") == 0:
        yield Severity.CRITICAL, f"no backup at all in {where}"
    age = facts.get("age_s")
    if age is not None and age > wanted.max_age:
        old = f"the newest backup is {lasting(age)} old, {lasting(wanted.max_age)} is allowed"
        yield Severity.CRITICAL if age > 2 * wanted.max_age else Severity.WARNING, old
    if facts.get("small"):
        usual = facts["usual_mb"] or 0.0
        said_size = f"{facts['size_mb']:,.0f} MB, usually {usual:,.0f} MB"
        yield Severity.WARNING, f"the newest backup is suspiciously small: {said_size}"
    if facts.get("public") is None:
        yield Severity.UNKNOWN, "who may read it is not known"
    if facts.get("public"):
        yield Severity.CRITICAL, f"{wanted.bucket} is open to everybody by its policy"
    if facts.get("public_blocked") is False:
        yield Severity.WARNING, f"public access to {wanted.bucket} is not blocked"


def summary(policy: str) -> str:
    """A bucket policy in a line: who may, or may not, do what."""
    try:
        told = json.loads(policy)["Statement"]
        each = [told] if isinstance(told, dict) else list(told)
        return "; ".join(_statement(one) for one in each[:6]) or "no statement"
    except (ValueError, KeyError, TypeError, RecursionError):
        return "cannot be read"


def _statement(one: Mapping[str, Any]) -> str:
    actions = one.get("Action", one.get("NotAction", "?"))
    listed = [actions] if isinstance(actions, str) else list(actions)
    who = one.get("Principal", one.get("NotPrincipal", "?"))
    names = [who] if isinstance(who, str) else [str(name) for name in dict(who).values()]
    more = f" +{len(listed) - 2}" if len(listed) > 2 else ""
    return f"{one['Effect']} {', '.join(map(str, listed[:2]))}{more} for {', '.join(names)[:60]}"


def is_public(answer: Mapping[str, Any]) -> bool:
    """Whether GetBucketPolicyStatus calls it public."""
    return bool(answer["PolicyStatus"]["IsPublic"])


def is_blocked(answer: Mapping[str, Any]) -> bool:
    """Whether all four kinds of public access are blocked."""
    block = answer["PublicAccessBlockConfiguration"]
    return len(block) == 4 and all(block.values())


def expires(answer: Mapping[str, Any]) -> float | None:
    """Days after which an enabled rule deletes, the soonest."""
    rules = [one for one in answer.get("Rules") or () if one.get("Status") == "Enabled"]
    days = [one["Expiration"]["Days"] for one in rules if "Days" in (one.get("Expiration") or {})]
    return float(min(days)) if days else None


def proven(facts: Facts, wanted: Backups) -> bool | None:
    """Whether the newest backup can be relied on; None where that cannot be seen."""
    if facts["head"] == "missing":
        return False
    if facts["head"] != "ok" or facts.get("objects") is None:
        return None
    young = facts.get("age_s") is not None and facts["age_s"] <= wanted.max_age
    return bool(young and not facts.get("small"))
