"""For laptops without a route to the brokers: the commands that open a way to each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.kafka.login import address_of, tunnel_table
from console.kafka.values import Address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from console.config.schema import KafkaCluster

DOCUMENT = "AWS-StartPortForwardingSessionToRemoteHost"
FIRST_PORT = 19_000
BASTION = "INSTANCE-ID-OF-A-HOST-IN-THE-VPC"


def tunnel_commands(
    cluster: KafkaCluster, profile: str = "", brokers: Iterable[Address] = ()
) -> list[str]:
    """SSM port forwards, one terminal each: those of the table, else one per broker known.

    A broker advertises its private name, so one forward to the bootstrap is not enough.
    """
    forwards = tunnel_table(cluster) or _proposed(cluster, brokers)
    where = f" --region {cluster.region}" if cluster.region else ""
    who = f" --profile {profile}" if profile else ""
    bastion = cluster.tunnel_bastion or BASTION
    return [
        f"aws ssm start-session{who}{where} --target {bastion} --document-name {DOCUMENT}"
        f" --parameters host={far.host},portNumber={far.port},localPortNumber={near.port}"
        for far, near in forwards.items()
    ]


def tunnel_lines(cluster: KafkaCluster, brokers: Iterable[Address] = ()) -> list[str]:
    """The lines of estate.yaml that belong to the proposed forwards; none when it has its own."""
    if cluster.tunnel:
        return []
    forwards = _proposed(cluster, brokers)
    lines = [
        f'"{far.host}:{far.port}": "{near.host}:{near.port}"' for far, near in forwards.items()
    ]
    return ["tunnel:", *(f"  {line}" for line in lines)]


def _proposed(cluster: KafkaCluster, brokers: Iterable[Address]) -> dict[Address, Address]:
    bootstrap = [address_of(text) for text in cluster.bootstrap.split(",")]
    far = list(dict.fromkeys([*brokers] or bootstrap))
    return {each: Address("127.0.0.1", FIRST_PORT + n) for n, each in enumerate(far, 1)}
