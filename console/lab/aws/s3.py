"""S3: the buckets that backups land in; nothing can be written or deleted here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zlib import crc32

from console.lab.aws.call import Answer, Asked, Params, Refusal, page
from console.lab.world import Bucket

if TYPE_CHECKING:
    from console.config.schema import Environment

HOUR, KEPT = 17, 20  # of UTC at which a day's backup lands (02:00 in Japan); days they are kept
PATHS = {
    ("HEAD", ""): "HeadBucket",
    ("GET", "list-type"): "ListObjectsV2",
    ("GET", "policyStatus"): "GetBucketPolicyStatus",
    ("GET", "publicAccessBlock"): "GetPublicAccessBlock",
    ("GET", "policy"): "GetBucketPolicy",
    ("GET", "lifecycle"): "GetBucketLifecycleConfiguration",
}
"""Operations of S3 share their paths: the query tells them apart."""


def route(method: str, path: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """The operation of a request on a bucket. Raises LookupError for any other."""
    bucket = path.strip("/")
    for (verb, name), operation in PATHS.items():
        if verb == method and (name in names if name else not names) and "/" not in bucket:
            return operation, {"Bucket": bucket}
    raise LookupError(f"{method} {path} {sorted(names)}")


def bucket_of(account: str, place: Environment) -> Iterator[Bucket]:
    """The bucket of one environment, with its kinds of backup."""
    if place.backups is not None:
        yield Bucket(
            account=account,
            region=place.region,
            name=place.backups.bucket,
            prefixes=list(place.backups.prefixes),
        )


def _bucket(asked: Asked, params: Params) -> Bucket:
    found = [one for one in asked.world.buckets if one.name == params["Bucket"]]
    if not found or found[0].account != asked.account:
        raise Refusal("404" if not found else "403", "Forbidden", 404 if not found else 403)
    return found[0]


def head_bucket(asked: Asked, params: Params) -> Answer:
    """Whether it is there."""
    return {"BucketRegion": _bucket(asked, params).region}


def list_objects_v2(asked: Asked, params: Params) -> Answer:
    """Objects by name, those of a prefix."""
    bucket = _bucket(asked, params)
    prefix = params.get("Prefix") or ""
    objects = sorted(o for o in _objects(bucket, asked.now) if o[0].startswith(prefix))
    some, token = page(objects, params, "MaxKeys", "ContinuationToken")
    contents = [
        {"Key": key, "LastModified": at, "Size": size, "StorageClass": "STANDARD"}
        for key, at, size in some
    ]
    more = {"NextContinuationToken": token["ContinuationToken"]} if token else {}
    told = {"Name": bucket.name, "Prefix": prefix, "KeyCount": len(contents), "MaxKeys": 1000}
    return told | more | {"IsTruncated": bool(more), "Contents": contents}


def _objects(bucket: Bucket, now: datetime) -> Iterator[tuple[str, datetime, int]]:
    """A backup a day of each prefix, a little larger each time, until they stopped."""
    last = now.replace(hour=HOUR, minute=10, second=0, microsecond=0)
    share = 0.8 + crc32(bucket.name.encode()) % 50 / 100
    for number, prefix in enumerate(bucket.prefixes):
        for days in range(KEPT + 1):
            at = last - timedelta(days=days)
            if at <= min(now, bucket.stopped_at or now):
                usual = (2.4e9 if number else 8.2e9) * share
                size = round(usual * (1 + (at.toordinal() - 738_000) / 9000))
                yield f"{prefix}{at:%Y-%m-%d}.tar.gz", at, size
    for prefix, at, size in bucket.extra:
        yield f"{prefix}{at:%Y-%m-%d-%H%M%S}.tar.gz", at, size


def get_bucket_policy_status(asked: Asked, params: Params) -> Answer:
    """Whether its policy opens it to everybody."""
    return {"PolicyStatus": {"IsPublic": _bucket(asked, params).public}}


def get_public_access_block(asked: Asked, params: Params) -> Answer:
    """Whether public access is blocked, in four ways."""
    kinds = "BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"
    blocked = not _bucket(asked, params).public
    return {"PublicAccessBlockConfiguration": dict.fromkeys(kinds, blocked)}


def get_bucket_policy(asked: Asked, params: Params) -> Answer:
    """Who may write backups, and that nobody may delete them."""
    bucket = _bucket(asked, params)
    objects = f"arn:aws:s3:::{bucket.name}/*"
    writer = f"arn:aws:iam::{bucket.account}:role/backup"
    allow = {"Effect": "Allow", "Principal": {"AWS": writer}, "Action": "s3:PutObject"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject"}
    statements = [one | {"Resource": objects} for one in (allow, deny)]
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": statements})}


def get_bucket_lifecycle_configuration(asked: Asked, params: Params) -> Answer:
    """How long backups are kept."""
    _bucket(asked, params)
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 90}}
    return {"Rules": [rule]}


OPERATIONS = {
    "HeadBucket": head_bucket,
    "ListObjectsV2": list_objects_v2,
    "GetBucketPolicyStatus": get_bucket_policy_status,
    "GetPublicAccessBlock": get_public_access_block,
    "GetBucketPolicy": get_bucket_policy,
    "GetBucketLifecycleConfiguration": get_bucket_lifecycle_configuration,
}
