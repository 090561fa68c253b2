"""How acts on AWS are followed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from console.model import Plan
from console.proof import Proof

if TYPE_CHECKING:
    from console.remedy import Hands

LOOK_S = 5.0  # between two looks
SKEW_S = 60.0  # how far AWS's clocks may differ among themselves


def watch(plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Proof:
    """The proof of an act, by AWS's own dates."""
    return Proof(plan, sent, hands, every=LOOK_S, skew=SKEW_S)
