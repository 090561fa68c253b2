"""What speaks against a thing that rests on several rows, and how loudly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from console.model import Row, Severity

if TYPE_CHECKING:
    from console.sources.instances import Instance

SOUND = {"ok", "not-applicable"}
Sign = tuple[Severity, str]


def signs(row: Row) -> Iterator[Sign]:
    """Why a row is not OK, a sentence each, with its name."""
    if row.severity is Severity.OK:
        return
    name = getattr(row, "name", "") or row.ref.name
    for said in row.because or ("no reason is known",):
        yield row.severity, said if said.startswith(name) else f"{name}: {said}"


def because(signs: Iterable[Sign]) -> tuple[str, ...]:
    """The sentences of what is not OK, those of the worst rows first, each once."""
    ordered = sorted((sign for sign in signs if sign[0]), key=lambda sign: -sign[0])
    return tuple(dict.fromkeys(said for _, said in ordered))


def height(row: Row, fact: str) -> tuple[float, ...]:
    """What makes a value worse than another: load counts per vCPU, where they are known."""
    value: float = getattr(row, fact)
    return (value / (getattr(row, "vcpus", None) or 1), value) if fact == "load1" else (value,)


def sound(row: Instance) -> bool | None:
    """Whether an instance runs and all its checks pass; None while a check gave no answer."""
    if row.state != "running":
        return False
    checks = (row.system_check, row.instance_check)
    if any(check is not None and check not in SOUND for check in (*checks, row.ebs_check)):
        return False
    return None if None in checks else True
