"""Where the vendor's own console shows a row: one address, with its Region and account."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from console.aws.cache_events import group_of
from console.aws.places import Place

if TYPE_CHECKING:
    from console.config import Estate
    from console.model import Board, Ref, Row

DOMAINS = {
    "cn-": "console.amazonaws.cn",
    "us-gov-": "console.amazonaws-us-gov.com",
    "eusc-": "console.amazonaws-eusc.eu",
}
"""Of a partition, by what the names of its Regions begin with."""
DOMAIN = "console.aws.amazon.com"


@dataclass(frozen=True, slots=True)
class Link:
    """The page of one thing."""

    what: str
    """In words: `the EC2 instance i-0abc in ap-northeast-1`."""
    url: str
    login: str = ""
    """What must be done before it opens, if anything."""

    @property
    def told(self) -> str:
        """What a person reads once it is copied."""
        return f"{self.what}: {self.url}" + (f" ({self.login})" if self.login else "")


def _safe(text: object) -> str:
    return quote(str(text), safe="")


def _cloudwatch(path: str) -> Callable[[Any], str]:
    return lambda row: f"cloudwatch/home#{path}{_safe(row.name)}"


def _cache(row: Any) -> str:
    engine = row.engine if row.engine in ("memcached", "valkey") else "redis"
    group = group_of(row.cluster_id, row.replicas, row.cluster_mode)
    name = group or row.cluster_id  # a page has the group alone
    return f"elasticache/home#/{engine}/{_safe(name)}"


def _instance(row: Any) -> str:
    return f"ec2/home#InstanceDetails:instanceId={_safe(row.instance_id)}"


def _bucket(row: Any) -> str:
    return f"s3/buckets/{_safe(row.bucket)}?prefix={_safe(row.prefix)}"


def _group(row: Any) -> str:
    return f"ec2/home#TargetGroups:search={_safe(row.group)}"


def _database(row: Any) -> str:
    return f"rds/home#database:id={_safe(row.db_id)};is-cluster=false"


def arn_in(arn: str) -> str:
    """An ARN in an address, where AWS's pages want its colons and slashes as they are."""
    return quote(arn, safe=":/")


@dataclass(frozen=True, slots=True)
class _Page:
    """How one kind of row is shown by AWS."""

    title: str
    path: Callable[[Any], str]
    name: Callable[[Any], str]


PAGES: Mapping[str, _Page] = {
    "instance": _Page("EC2 instance", _instance, lambda row: row.instance_id),
    "host": _Page("EC2 instance", _instance, lambda row: row.instance_id),
    "cache": _Page("ElastiCache cluster", _cache, lambda row: row.cluster_id),
    "alarm": _Page("CloudWatch alarm", _cloudwatch("alarmsV2:alarm/"), lambda row: row.name),
    "canary": _Page("canary", _cloudwatch("synthetics:canary/detail/"), lambda row: row.name),
    "backup": _Page("S3 bucket", _bucket, lambda row: row.bucket),
    "target_group": _Page("target group", _group, lambda row: row.group),
    "database": _Page("RDS instance", _database, lambda row: row.db_id),
}
"""Kinds of rows that are one thing of AWS, whose place is their site's or their part's."""
OF_KAFKA = ("lag", "broker", "maintenance", "msk")
NOT_ONE = {
    "site": "a site is many things: go to one of its machines or caches",
    "stage": "a flow's stage has no page of its own: go to the rows it is judged by",
    "sidekiq": "Sidekiq is no vendor's: go to its machine, or to its cache",
    "http": "an address that is asked has no vendor's page; y copies the row",
    "metric": "a metric has no page of its own: go to the alarm or the thing it measures",
}
"""Kinds without a page, and what to do instead."""


def link_of(row: Row, part: str, estate: Estate) -> Link:
    """The page of a row; `part` is the part of its source, `account/Region` where AWS is asked.

    Raises ValueError with a sentence where there is none.
    """
    kind = row.ref.kind
    if kind in OF_KAFKA:
        return _msk(row, estate)
    if kind == "deployment":
        return _deployment(row, estate)
    if kind.startswith("ita"):
        return Link("the administrator's site of ITA", estate.ita[row.ref.scope].url)
    page = PAGES.get(kind)
    if page is None:
        raise ValueError(NOT_ONE.get(kind, f"no vendor's console has a page for {kind} rows"))
    return _aws(f"the {page.title} {page.name(row)}", page.path(row), _place(row, part, estate))


def _msk(row: Any, estate: Estate) -> Link:
    kafka = estate.kafka[row.cluster]
    if not kafka.account:
        raise ValueError(f"{row.cluster} is a Kafka of one's own: it has no vendor's console")
    path = f"#/cluster/{arn_in(kafka.arn)}/view" if kafka.arn else "#/clusters"
    place = _Where(estate, Place(kafka.account, kafka.region))
    return _aws(f"the MSK cluster {row.cluster}", f"msk/home{path}", place)


def _deployment(row: Any, estate: Estate) -> Link:
    eks = estate.kubernetes[row.cluster].eks
    if eks is None:
        raise ValueError(f"{row.cluster} is not Amazon EKS, as far as the estate says")
    name, inside = _safe(row.deployment), f"?namespace={_safe(row.namespace)}"
    path = f"eks/home#/clusters/{_safe(eks.name)}/deployments/{name}{inside}"
    place = _Where(estate, Place(eks.account, eks.region))
    return _aws(f"the Deployment {row.deployment} on EKS", path, place)


@dataclass(frozen=True, slots=True)
class _Where:
    """An account × Region with what the estate says of logging in."""

    estate: Estate
    place: Place


def _place(row: Any, part: str, estate: Estate) -> _Where:
    """A row of a site is where that lives; any other where its source was asked."""
    site = estate.sites.get(getattr(row, "site", None) or "")
    own = site.environments.get(getattr(row, "env", None) or "") if site else None
    if own is not None:
        return _Where(estate, Place(own.account, own.region))
    account, _, region = part.partition("/")
    if account not in estate.accounts or not region:
        raise ValueError("which account and Region it belongs to is not known")
    return _Where(estate, Place(account, region))


def _aws(what: str, path: str, where: _Where) -> Link:
    account, region = where.estate.accounts[where.place.account], where.place.region
    domain = next((of for start, of in DOMAINS.items() if region.startswith(start)), DOMAIN)
    page, mark, rest = path.partition("#")
    query = f"{'&' if '?' in page else '?'}region={region}"
    url = f"https://{region}.{domain}/{page}{query}{mark}{rest}"
    number = "-".join(account.id[at : at + 4] for at in (0, 4, 8))
    said = f"{what} in {region}, account {number}"
    if not account.portal:
        return Link(said, url, f"log in to {where.place.account} first")
    asked = {"account_id": account.id, "role_name": account.portal_role, "destination": url}
    told = urlencode({name: value for name, value in asked.items() if value}, quote_via=quote)
    return Link(said, f"{account.portal.rstrip('/')}/#/console?{told.replace('/', '%2F')}")


def link_on(board: Board, refs: Iterable[Ref], estate: Estate) -> Link:
    """The first page that one of these things has. Raises ValueError with why none has."""
    why = "it is no longer seen"
    for ref in refs:
        for snapshot in board.snapshots.values():
            row = next((one for one in snapshot.rows if one.ref == ref), None)
            if row is None:
                continue
            try:
                return link_of(row, snapshot.part, estate)
            except ValueError as error:
                why = str(error)
    raise ValueError(f"no link: {why}")
