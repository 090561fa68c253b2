"""The rights that `oncall policy aws` and `oncall check --live` tell, against what there is."""

from __future__ import annotations

import pytest

from console.commands.rights_aws import EVENTS, READS
from console.remedies import REMEDIES

AWS = {"instance": "ec2", "cache": "elasticache"}
"""Kinds of target that are read through AWS, and by which service first."""


@pytest.mark.parametrize("kind", REMEDIES)
def test_what_a_remedy_reads_of_aws_is_among_the_rights(kind: str) -> None:
    services = {AWS[one] for one in REMEDIES[kind].acts_on if one in AWS}
    reads = READS.get(kind, ())  # type: ignore[call-overload]
    assert {"elasticache" if EVENTS in reads else "ec2"} == services if reads else not services


def test_no_remedy_that_there_is_not_has_rights() -> None:
    assert READS.keys() <= REMEDIES.keys()
