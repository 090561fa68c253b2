"""ElastiCache, CloudWatch, Synthetics, MSK and tags of the lab, asked by boto3."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from console.lab.world import Alarm, CacheNode, Canary, Course, Msk, series
from tests.lab.aws_door import DEV, PROD, TOKYO, Lab, aws_lab

HERE = {"account": PROD, "region": TOKYO}
LOAD = {"Namespace": "System/Linux", "MetricName": "LoadAverage1Min"}


def cache(name: str, **facts: Any) -> CacheNode:
    return CacheNode(**HERE, name=name, **facts)


def queries(*instances: str, period: int = 60) -> list[dict[str, Any]]:
    dimensions = [[{"Name": "InstanceId", "Value": name}] for name in instances]
    metrics = [LOAD | {"Dimensions": one} for one in dimensions]
    return [
        {"Id": f"q{n}", "MetricStat": {"Metric": metric, "Period": period, "Stat": "Average"}}
        for n, metric in enumerate(metrics)
    ]


async def data(lab: Lab, asked: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    now = lab.world.clock.now()
    start = now - timedelta(minutes=10)
    return await lab.ask(
        *("cloudwatch", "get_metric_data"),
        **{"MetricDataQueries": asked, "StartTime": start, "EndTime": now} | more,
    )


def with_load(lab: Lab, *instances: str) -> None:
    for number, name in enumerate(instances):
        key = series(PROD, TOKYO, *LOAD.values(), {"InstanceId": name})
        lab.world.courses[key] = Course(1.0 + number)


async def test_caches_show_their_nodes_when_asked_and_an_unknown_one_is_a_fault() -> None:
    async with aws_lab() as lab:
        lab.world.caches += [cache("sakai-prod-redis"), cache("kashima-prod-redis")]
        answer = await lab.ask("elasticache", "describe_cache_clusters")
        assert [one.get("CacheNodes") for one in answer["CacheClusters"]] == [None, None]
        answer = await lab.ask(
            *("elasticache", "describe_cache_clusters"),
            CacheClusterId="sakai-prod-redis",
            ShowCacheNodeInfo=True,
        )
        assert answer["CacheClusters"][0]["CacheNodes"][0]["CacheNodeStatus"] == "available"
        with pytest.raises(ClientError, match="CacheClusterNotFound"):
            await lab.ask("elasticache", "describe_cache_clusters", CacheClusterId="none")


async def test_a_replication_group_tells_primary_from_replica() -> None:
    async with aws_lab() as lab:
        lab.world.caches += [
            cache("r-001", group="r"),
            cache("r-002", group="r", primary=False),
            cache("alone"),
        ]
        answer = await lab.ask("elasticache", "describe_replication_groups")
        members = answer["ReplicationGroups"][0]["NodeGroups"][0]["NodeGroupMembers"]
        assert [one["CurrentRole"] for one in members] == ["primary", "replica"]
        assert len(answer["ReplicationGroups"]) == 1


async def test_cache_events_reach_back_an_hour_unless_a_time_is_given() -> None:
    async with aws_lab() as lab:
        node, now = cache("sakai-prod-redis"), lab.world.clock.now()
        for hours, text in ((2, "old"), (0, "Cache node 0001 restarted")):
            lab.world.cache_events.append((now - timedelta(hours=hours), node, text))
        answer = await lab.ask("elasticache", "describe_events", SourceType="cache-cluster")
        assert [one["Message"] for one in answer["Events"]] == ["Cache node 0001 restarted"]
        start = now - timedelta(hours=3)
        answer = await lab.ask("elasticache", "describe_events", StartTime=start)
        assert len(answer["Events"]) == 2


async def test_caches_are_found_by_tag() -> None:
    async with aws_lab() as lab:
        lab.world.caches += [
            cache("a", tags={"Site": "sakai", "Env": "prod"}),
            cache("b", tags={"Site": "sakai", "Env": "stg"}),
        ]
        answer = await lab.ask(
            *("resourcegroupstaggingapi", "get_resources"),
            ResourceTypeFilters=["elasticache:cluster"],
            TagFilters=[{"Key": "Site", "Values": ["sakai"]}, {"Key": "Env", "Values": ["prod"]}],
        )
        arns = [one["ResourceARN"] for one in answer["ResourceTagMappingList"]]
        assert arns == [f"arn:aws:elasticache:{TOKYO}:{PROD}:cluster:a"]


async def test_metric_data_comes_newest_first_in_whole_periods_and_unknown_is_empty() -> None:
    async with aws_lab() as lab:
        with_load(lab, "i-1")
        answer = await data(lab, queries("i-1", "i-none"))
        known, unknown = answer["MetricDataResults"]
        times = known["Timestamps"]
        assert times == sorted(times, reverse=True) and len(times) >= 9
        assert times[0] + timedelta(minutes=1) <= lab.world.clock.now()
        assert all(at.second == 0 for at in times)
        assert set(known["Values"]) == {1.0}
        assert (unknown["StatusCode"], unknown["Values"]) == ("Complete", [])
        ascending = await data(lab, queries("i-1"), ScanBy="TimestampAscending")
        assert ascending["MetricDataResults"][0]["Timestamps"] == times[::-1]


async def test_a_metric_wants_its_exact_dimensions_account_and_region() -> None:
    async with aws_lab() as lab:
        with_load(lab, "i-1")
        wrong = queries("i-1")
        wrong[0]["MetricStat"]["Metric"]["Dimensions"].append({"Name": "path", "Value": "/"})
        assert (await data(lab, wrong))["MetricDataResults"][0]["Values"] == []
        other = await data(lab, queries("i-1"), account=DEV)
        assert other["MetricDataResults"][0]["Values"] == []


async def test_five_hundred_metrics_are_answered_and_one_more_is_refused() -> None:
    async with aws_lab() as lab:
        names = [f"i-{n}" for n in range(501)]
        with_load(lab, *names)
        assert len((await data(lab, queries(*names[:500])))["MetricDataResults"]) == 500
        with pytest.raises(ClientError, match="ValidationError"):
            await data(lab, queries(*names))


async def test_partial_data_gives_the_rest_under_a_token() -> None:
    async with aws_lab() as lab:
        with_load(lab, "i-1", "i-2")
        lab.faults.partial.add(PROD)
        first = await data(lab, queries("i-1", "i-2"))
        assert [r["StatusCode"] for r in first["MetricDataResults"]] == ["Complete", "PartialData"]
        rest = await data(lab, queries("i-1", "i-2"), NextToken=first["NextToken"])
        assert [r["Id"] for r in rest["MetricDataResults"]] == ["q1"]
        assert rest["MetricDataResults"][0]["Values"][0] == 2.0
        assert "NextToken" not in rest


async def test_alarms_come_in_pages_and_composite_ones_only_when_named() -> None:
    async with aws_lab() as lab:
        since = datetime(2026, 1, 1, tzinfo=UTC)
        alarms = [Alarm(**HERE, name=f"a-{n:02}", since=since) for n in range(60)]
        lab.world.alarms += [*alarms, Alarm(**HERE, name="chain", since=since, rule="ALARM(a-00)")]
        lab.world.set_alarm("a-07", "ALARM", "Threshold Crossed")
        first = await lab.ask("cloudwatch", "describe_alarms")
        rest = await lab.ask("cloudwatch", "describe_alarms", NextToken=first["NextToken"])
        assert [len(one["MetricAlarms"]) for one in (first, rest)] == [50, 10]
        assert rest["CompositeAlarms"] == []
        both = ["MetricAlarm", "CompositeAlarm"]
        answer = await lab.ask("cloudwatch", "describe_alarms", AlarmTypes=both, MaxRecords=100)
        assert answer["CompositeAlarms"][0]["AlarmRule"] == "ALARM(a-00)"
        (raised,) = (await lab.ask("cloudwatch", "describe_alarms", StateValue="ALARM"))[
            "MetricAlarms"
        ]
        assert raised["AlarmName"] == "a-07"
        assert raised["StateTransitionedTimestamp"] > since


async def test_a_mute_rule_names_the_alarms_it_mutes() -> None:
    async with aws_lab() as lab:
        since = datetime(2026, 1, 1, tzinfo=UTC)
        lab.world.alarms += [Alarm(**HERE, name=n, since=since, muted=n == "b") for n in "ab"]
        rules = (await lab.ask("cloudwatch", "list_alarm_mute_rules"))["AlarmMuteRuleSummaries"]
        name = rules[0]["AlarmMuteRuleArn"].rpartition(":")[2]
        rule = await lab.ask("cloudwatch", "get_alarm_mute_rule", AlarmMuteRuleName=name)
        assert rule["MuteTargets"]["AlarmNames"] == ["b"]
        other = await lab.ask("cloudwatch", "list_alarm_mute_rules", account=DEV)
        assert other["AlarmMuteRuleSummaries"] == []


async def test_a_canary_shows_its_last_finished_run() -> None:
    async with aws_lab() as lab:
        canary, now = Canary(**HERE, name="devicemanagement"), lab.world.clock.now()
        canary.turns.append((now - timedelta(minutes=20), "CANARY_FAILURE"))
        lab.world.canaries.append(canary)
        (found,) = (await lab.ask("synthetics", "describe_canaries"))["Canaries"]
        assert found["Schedule"]["Expression"] == "rate(5 minutes)"
        (one,) = (await lab.ask("synthetics", "describe_canaries_last_run"))["CanariesLastRun"]
        ended = one["LastRun"]["Timeline"]["Completed"]
        assert timedelta(0) <= now - ended < timedelta(minutes=5, seconds=30)
        assert one["LastRun"]["Status"]["StateReasonCode"] == "CANARY_FAILURE"
        answer = await lab.ask("synthetics", "get_canary_runs", Name="devicemanagement")
        states = [run["Status"]["State"] for run in answer["CanaryRuns"]]
        assert states == sorted(states)
        assert states.count("FAILED") in (3, 4)  # the youngest may not be finished


async def test_msk_tells_its_state_and_its_operations_newest_first() -> None:
    async with aws_lab() as lab:
        arn = f"arn:aws:kafka:{TOKYO}:{PROD}:cluster/msk/1-2"
        operations = [
            {"OperationArn": f"{arn}/{n}", "OperationType": "SECURITY_PATCHING"} for n in (1, 2)
        ]
        operations[0]["EndTime"] = datetime(2026, 1, 1, tzinfo=UTC)  # type: ignore[assignment]
        lab.world.msk.append(
            Msk(**HERE, name="msk", arn=arn, state="HEALING", operations=operations)
        )
        (one,) = (await lab.ask("kafka", "list_clusters_v2"))["ClusterInfoList"]
        assert (one["State"], one["ActiveOperationArn"]) == ("HEALING", f"{arn}/2")
        assert (await lab.ask("kafka", "describe_cluster_v2", ClusterArn=arn))["ClusterInfo"] == one
        answer = await lab.ask("kafka", "list_cluster_operations_v2", ClusterArn=arn)
        ended = ["EndTime" in one for one in answer["ClusterOperationInfoList"]]
        assert ended == [False, True]
        with pytest.raises(ClientError, match="NotFoundException"):
            await lab.ask("kafka", "describe_cluster_v2", ClusterArn=arn + "x")
