"""The draft as YAML: it loads as it stands, and says `check me` wherever it guessed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import takewhile

from console.discover.seen import Account, Cluster, Kafka, Managed, Seen
from console.discover.sites import fit, places
from console.model.words import commands, harmless

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
WORDS = {"yes", "no", "on", "off", "true", "false", "null", "y", "n"}  # YAML reads more than text
CHECK = "check me"
METRICS = """\
# CloudWatch needs no agent for these. Memory and disks do: add them once it is installed.
metrics:
  - {id: cpu_pct, of: instances, fact: cpu_pct, title: CPU, unit: "%", period: 5m,
     namespace: AWS/EC2, name: CPUUtilization, dimensions: {InstanceId: "{instance_id}"}}
  - {id: engine_cpu_pct, of: caches, fact: engine_cpu_pct, title: Redis engine CPU, unit: "%",
     namespace: AWS/ElastiCache, name: EngineCPUUtilization,
     dimensions: {CacheClusterId: "{cluster_id}"}, warn: 80, crit: 90}  # check me: limits
  - {id: memory_pct, of: caches, fact: memory_pct, title: Redis memory, unit: "%",
     namespace: AWS/ElastiCache, name: DatabaseMemoryUsagePercentage,
     dimensions: {CacheClusterId: "{cluster_id}"}, warn: 80, crit: 90}  # check me: limits
"""


def text(value: str) -> str:
    """A text as a value: a `$` in it would be filled in from the environment."""
    return scalar(value.replace("$", "$$"))


def scalar(value: str) -> str:
    """Text as a YAML scalar, as a key is one: nothing fills it in."""
    if PLAIN.fullmatch(value) and value.casefold() not in WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(f"\\U{ord(c):08x}" if commands(c) else c for c in quoted)


def tags(selector: Mapping[str, str]) -> str:
    """A selector as one line."""
    if "id" in selector:
        return f"{{id: {text(selector['id'])}}}"
    inside = ", ".join(f"{scalar(key)}: {text(value)}" for key, value in selector.items())
    return f"{{tags: {{{inside}}}}}"


def listed(values: Iterable[str]) -> str:
    """Names as one line."""
    return f"[{', '.join(map(text, values))}]"


def draft(seen: Seen) -> str:
    """estate.yaml."""
    name = fit(seen.account.name) if seen.account else "draft"
    lines = [
        "# A draft of what was found. Every `check me` is a guess: put it right, take it away."
    ]
    lines += [f"# not read: {harmless(why)}" for why in seen.unread]
    lines += ["", "estate:", f"  name: {text(name)}", f"  title: {text(name)}  # {CHECK}"]
    lines += [f"  zone: UTC  # {CHECK}: the zone its people live by"]
    if seen.account:
        lines += _account(seen.account, seen.lab)
        lines += _sites(seen.account)
        lines += ["", *METRICS.splitlines()]
        lines += _rung(seen.account, _scope(seen))
    lines += _kafkas(seen)
    if seen.cluster:
        lines += _cluster(seen.cluster)
    return "\n".join(lines) + "\n"


def _account(account: Account, lab: bool) -> Iterator[str]:
    yield from ("", "accounts:", f"  {text(account.name)}:  # seen as {harmless(account.who)}")
    yield f'    id: "{account.id}"'
    if account.profile:
        yield f"    profile: {text(account.profile)}"
    yield f"    regions: [{text(account.region)}]"
    if lab:
        yield "    endpoint_url: ${ONCALL_AWS_ENDPOINT:-}"


def _sites(account: Account) -> Iterator[str]:
    found = places(account)
    if found:
        yield from ("", "sites:")
    for site in dict.fromkeys(site for site, _ in found):
        yield f"  {text(site)}:"
        yield f"    title: {text(site)}  # {CHECK}: as people call it"
        yield f"    zone: UTC  # {CHECK}"
        yield "    environments:"
        for env, place in ((env, p) for (one, env), p in found.items() if one == site):
            why = f"  # {CHECK}: by its name, no tag says so" if place.guessed else ""
            yield f"      {text(env)}:{why}"
            yield f"        account: {text(account.name)}"
            yield f"        region: {text(account.region)}"
            if place.alarm_prefix:
                yield f"        alarm_prefix: {text(place.alarm_prefix)}  # {CHECK}"
            for kind, selectors in (("instances", place.instances), ("caches", place.caches)):
                if selectors:
                    yield f"        {kind}:"
                    yield from (f"          - {tags(one)}" for one in selectors)


def _scope(seen: Seen) -> str:
    """What alarms of no site are said to be of, until a person knows better; empty: nothing is."""
    if seen.account and seen.account.msk:
        return fit(seen.account.msk[0].name)
    if seen.kafka:
        return "kafka"
    if seen.cluster:
        return _name_of(seen.cluster)
    found = places(seen.account) if seen.account else {}
    return next((f"{site}/{env}" for site, env in found), "")


def _rung(account: Account, scope: str) -> Iterator[str]:
    """Alarms of no site, by how they begin, and the canaries."""
    own = [place.alarm_prefix for place in places(account).values() if place.alarm_prefix]
    others = [a for a in account.alarms if not any(a.startswith(prefix) for prefix in own)]
    prefixes = dict.fromkeys(_begins(name) for name in others) if scope else {}
    where = f"account: {text(account.name)}, region: {text(account.region)}"
    if prefixes:
        yield from ("", f"alarms:  # {CHECK}: whose they are (owner), and of which cluster (scope)")
    for prefix in prefixes:
        yield f"  - {{{where}, prefix: {text(prefix)}, scope: {text(scope)}}}"
    if account.canaries:
        yield from ("", f"canaries:  # {CHECK}: only these begin so now")
    for name in account.canaries:
        yield f"  - {{{where}, prefix: {text(name)}}}"


def _begins(name: str) -> str:
    head = "".join(takewhile(lambda c: c not in "-_/", name))
    return name[: len(head) + 1]


def _kafkas(seen: Seen) -> Iterator[str]:
    managed = seen.account.msk if seen.account else ()
    if managed or seen.kafka:
        yield from ("", "kafka:")
    for one in managed:
        yield from _managed(one, seen, seen.kafka if len(managed) == 1 else None)
    if seen.kafka and len(managed) != 1:
        yield "  kafka:"
        yield from _watched(seen.kafka)


def _managed(one: Managed, seen: Seen, kafka: Kafka | None) -> Iterator[str]:
    assert seen.account is not None
    yield f"  {text(fit(one.name))}:"
    yield f"    account: {text(seen.account.name)}"
    yield f"    region: {text(seen.account.region)}"
    yield f"    arn: {text(one.arn)}"
    if kafka is None:
        yield f"    bootstrap: {one.name}.invalid:9098  # {CHECK}: aws kafka get-bootstrap-brokers"
        yield f"    security: {one.security or 'iam'}{'' if one.security else f'  # {CHECK}'}"
        yield f"    brokers_expected: {one.brokers}"
    else:
        yield from _watched(kafka)


def _watched(kafka: Kafka) -> Iterator[str]:
    yield f"    bootstrap: {text(kafka.bootstrap)}"
    yield f"    security: {kafka.security}"
    if kafka.security == "scram":
        yield "    username: ${KAFKA_USERNAME:-}"
        yield "    password: ${KAFKA_PASSWORD:-}"
    yield f"    brokers_expected: {kafka.brokers}"
    yield f"    # topics: {harmless(', '.join(kafka.topics)) or 'none'}"
    groups = {group: topics for group, topics in kafka.groups.items() if topics}
    if groups:
        yield f"    groups:  # {CHECK}: every group that has read; take away what nobody waits for"
    for group, topics in groups.items():
        yield f"      {scalar(group)}: {{topics: {listed(topics)}}}"


def _name_of(cluster: Cluster) -> str:
    return fit(cluster.context or "kubernetes")


def _cluster(cluster: Cluster) -> Iterator[str]:
    yield from ("", "kubernetes:", f"  {text(_name_of(cluster))}:")
    if cluster.kubeconfig:
        yield f"    kubeconfig: {text(cluster.kubeconfig)}"
    if cluster.context:
        yield f"    context: {text(cluster.context)}"
    yield f"    zone: UTC  # {CHECK}"
    yield f"    namespaces: {listed(cluster.deployments or ('default',))}"
    for space, names in cluster.deployments.items():
        yield f"    # {harmless(space)}: {harmless(', '.join(names))}"
