"""The vendor's own page of a row: which address, for which Region, partition and account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from console.commands.init import shipped
from console.config import load
from console.config.schema import Account, Estate
from console.links import link_of, link_on
from console.model import Board, Ref, Row, Snapshot
from console.sources.alarms import Alarm
from console.sources.backups import Backup
from console.sources.caches import Cache
from console.sources.canaries import Canary
from console.sources.databases import Database
from console.sources.hosts import Host
from console.sources.instances import Instance
from console.sources.kafka_lag import GroupLag
from console.sources.msk import MskCluster
from console.sources.targets import TargetGroup
from console.sources.workloads import Workload

AT = datetime(2026, 11, 24, 20, 32, tzinfo=UTC)
TOKYO, PARIS = "refinery-prod/ap-northeast-1", "rpg-prod/eu-west-3"
EC2 = "https://ap-northeast-1.console.aws.amazon.com/ec2/home?region=ap-northeast-1"
WATCH = "https://eu-west-3.console.aws.amazon.com/cloudwatch/home?region=eu-west-3"
CACHES = "https://ap-northeast-1.console.aws.amazon.com/elasticache/home?region=ap-northeast-1"
MSK = (
    "https://eu-west-3.console.aws.amazon.com/msk/home?region=eu-west-3#/cluster/arn:aws:kafka:"
    "eu-west-3:222233334444:cluster/msk-prod/5f0c7c1e-8a53-4b8e-9d0e-3f6a1c2b4d5e-2/view"
)


def instance(id: str) -> Instance:
    ref = Ref("instance", "sakai/prod", "web")
    return Instance(ref=ref, at=AT, site="sakai", env="prod", instance_id=id, name="web")


def host() -> Host:
    ref = Ref("host", "sakai/prod", "web")
    return Host(ref=ref, at=AT, site="sakai", env="prod", instance_id="i-0abc", name="web")


def cache(id: str, **facts: object) -> Cache:
    ref = Ref("cache", "sakai/prod", id)
    return Cache(ref=ref, at=AT, site="sakai", env="prod", cluster_id=id, **facts)  # type: ignore[arg-type]


def alarm(name: str) -> Alarm:
    return Alarm(ref=Ref("alarm", "eks-v2-prod", name), at=AT, name=name, state="alarm")


def backup() -> Backup:
    ref = Ref("backup", "sakai/prod", "sakai-backups/db/")
    where = {"site": "sakai", "env": "prod", "bucket": "sakai-backups", "prefix": "db/"}
    return Backup(ref=ref, at=AT, **where)  # type: ignore[arg-type]


CANARY = Canary(ref=Ref("canary", "rpg-prod", "devices"), at=AT, name="devices")
LAG = GroupLag(ref=Ref("lag", "msk-prod", "g/t"), at=AT, cluster="msk-prod", group="g", topic="t")
CLUSTER = MskCluster(ref=Ref("msk", "msk-prod", "msk-prod"), at=AT, cluster="msk-prod")
WORKLOAD = Workload(
    ref=Ref("deployment", "eks-v2-prod", "platform/signaling"),
    at=AT,
    cluster="eks-v2-prod",
    namespace="platform",
    deployment="signaling",
)
PAGES: list[tuple[str, Row, str, str]] = [
    ("a machine", instance("i-0abc"), TOKYO, f"{EC2}#InstanceDetails:instanceId=i-0abc"),
    ("the inside of one", host(), "sakai/prod/web", f"{EC2}#InstanceDetails:instanceId=i-0abc"),
    ("a lone node", cache("sakai-redis"), TOKYO, f"{CACHES}#/redis/sakai-redis"),
    ("a lone node named like another's", cache("s-001"), TOKYO, f"{CACHES}#/redis/s-001"),
    ("a node of a group", cache("s-001", replicas=1), TOKYO, f"{CACHES}#/redis/s"),
    (
        "a node of a shard",
        cache("s-0002-001", cluster_mode="enabled", engine="valkey"),
        TOKYO,
        f"{CACHES}#/valkey/s",
    ),
    ("an alarm", alarm("v2-lag"), PARIS, f"{WATCH}#alarmsV2:alarm/v2-lag"),
    (
        "a name of other letters",
        alarm("堺 5xx/分 & #1"),
        PARIS,
        f"{WATCH}#alarmsV2:alarm/%E5%A0%BA%205xx%2F%E5%88%86%20%26%20%231",
    ),
    ("a canary", CANARY, PARIS, f"{WATCH}#synthetics:canary/detail/devices"),
    ("a cluster", CLUSTER, PARIS, MSK),
    ("what happens in it", LAG, "msk-prod", MSK),
    (
        "a Deployment",
        WORKLOAD,
        "eks-v2-prod",
        "https://eu-west-3.console.aws.amazon.com/eks/home?region=eu-west-3"
        "#/clusters/v2-prod/deployments/signaling?namespace=platform",
    ),
    (
        "targets",
        TargetGroup(
            ref=Ref("target_group", "sakai/prod", "web"),
            at=AT,
            site="sakai",
            env="prod",
            group="sakai-web",
        ),
        TOKYO,
        f"{EC2}#TargetGroups:search=sakai-web",
    ),
    (
        "a database",
        Database(
            ref=Ref("database", "sakai/prod", "db"), at=AT, site="sakai", env="prod", db_id="s-db"
        ),
        TOKYO,
        "https://ap-northeast-1.console.aws.amazon.com/rds/home?region=ap-northeast-1"
        "#database:id=s-db;is-cluster=false",
    ),
    (
        "a bucket",
        backup(),
        TOKYO,
        "https://ap-northeast-1.console.aws.amazon.com/s3/buckets/sakai-backups"
        "?prefix=db%2F&region=ap-northeast-1",
    ),
]


@pytest.fixture(scope="module")
def estate() -> Estate:
    return load(shipped(), environ={}).estate


@pytest.mark.parametrize(("caption", "row", "part", "url"), PAGES)
def test_a_row_has_its_page(estate: Estate, caption: str, row: Row, part: str, url: str) -> None:
    link = link_of(row, part, estate)
    assert link.url == url, caption
    assert "account 1111-2222-3333" in link.what or "account 2222-3333-4444" in link.what
    assert link.login.startswith("log in to ") and link.told.endswith("first)")


PARTITIONS = [
    ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
    ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ("eusc-de-east-1", "https://eusc-de-east-1.console.amazonaws-eusc.eu/"),
    ("me-south-1", "https://me-south-1.console.aws.amazon.com/"),
]


@pytest.mark.parametrize(("region", "start"), PARTITIONS)
def test_each_partition_has_its_own_console(estate: Estate, region: str, start: str) -> None:
    assert link_of(CANARY, f"rpg-prod/{region}", estate).url.startswith(start)


def test_a_portal_logs_in_to_the_account_on_the_way(estate: Estate) -> None:
    account = estate.accounts["rpg-prod"]
    own = {"portal": "https://d-1.awsapps.com/start/", "portal_role": "Look Only"}
    told = account.model_copy(update=own)
    portal = estate.model_copy(update={"accounts": {**estate.accounts, "rpg-prod": told}})
    link = link_of(CANARY, PARIS, portal)
    assert link.url == (
        "https://d-1.awsapps.com/start/#/console?account_id=222233334444&role_name=Look%20Only"
        "&destination=https%3A%2F%2Feu-west-3.console.aws.amazon.com%2Fcloudwatch%2Fhome%3Fregion"
        "%3Deu-west-3%23synthetics%3Acanary%2Fdetail%2Fdevices"
    )
    assert not link.login
    without = told.model_copy(update={"portal_role": ""})
    chosen = estate.model_copy(update={"accounts": {**estate.accounts, "rpg-prod": without}})
    assert "role_name" not in link_of(CANARY, PARIS, chosen).url, "the person chooses there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strange(Row):
    """A row of a kind nobody has made yet."""


NONE = [
    ("a site", "site", "sakai/prod", "go to one of its machines"),
    ("a stage", "stage", "alarm/camunda", "no page of its own"),
    ("a kind nobody foresaw", "camera", "x", "no vendor's console has a page for camera rows"),
]


@pytest.mark.parametrize(("caption", "kind", "scope", "said"), NONE)
def test_a_kind_without_a_page_says_so(
    estate: Estate, caption: str, kind: str, scope: str, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        link_of(Strange(ref=Ref(kind, scope, "x"), at=AT), "p", estate)


def test_what_is_no_cloud_s_has_no_page(estate: Estate) -> None:
    kafka = estate.kafka["msk-prod"].model_copy(update={"account": ""})
    plain = estate.kubernetes["eks-v2-prod"].model_copy(update={"eks": None})
    own = estate.model_copy(
        update={"kafka": {"msk-prod": kafka}, "kubernetes": {"eks-v2-prod": plain}}
    )
    for row, said in ((LAG, "a Kafka of one's own"), (WORKLOAD, "is not Amazon EKS")):
        with pytest.raises(ValueError, match=said):
            link_of(row, "p", own)
    with pytest.raises(ValueError, match="not known"):
        link_of(CANARY, "elsewhere/eu-west-3", own)


def test_ita_is_reached_at_the_site_of_its_administrator(estate: Estate) -> None:
    job = Strange(ref=Ref("ita_job", "ita", "ws/ansible/1"), at=AT)
    link = link_of(job, "ita", estate)
    assert link.url == "https://ita-admin.example.jp" and not link.login


def test_of_the_evidence_of_a_finding_the_first_page_there_is_counts(estate: Estate) -> None:
    site = Strange(ref=Ref("site", "sakai/prod", "sakai"), at=AT)
    gone = Ref("instance", "sakai/prod", "gone")
    parts = (
        Snapshot("sites", "p", 60, AT, (site,)),
        Snapshot("canaries", PARIS, 60, AT, (CANARY,)),
    )
    board = Board().with_(*parts)
    assert link_on(board, (gone, site.ref, CANARY.ref), estate).url.endswith("detail/devices")
    with pytest.raises(ValueError, match="many things"):
        link_on(board, (gone, site.ref), estate)
    with pytest.raises(ValueError, match="no longer seen"):
        link_on(board, (gone,), estate)


def test_the_shape_of_an_account_takes_a_portal() -> None:
    told = {"id": "111122223333", "regions": ["eu-west-3"], "portal": "https://x/start"}
    assert Account.model_validate(told).portal == "https://x/start"
