"""What an open checklist looks at is asked, on the screen or not."""

from __future__ import annotations

from typing import Any

import pytest

from console.clerk.asking import looked_at
from console.config.conditions import Condition
from tests.cases.sheet import FAILS, sheet

ORDER = {"source": "databases", "where": {"site": "order", "env": "prod", "load": "< 2"}}
BOTH = {"source": "databases", "where": {"site": ["sakai", "kawasaki"], "env": "prod"}}
LOOKS: list[tuple[str, dict[str, Any], set[str]]] = [
    ("the site that it names", ORDER, {"order/prod"}),
    ("each of several", BOTH, {"sakai/prod", "kawasaki/prod"}),
    ("the run's own where it names none", FAILS["check"], {"sakai/prod"}),
    (
        "a site without its environment is none",
        {"source": "http", "where": {"site": "order"}},
        {"sakai/prod"},
    ),
    (
        "each of several conditions",
        {"any": [ORDER, {"source": "hosts"}]},
        {"order/prod", "sakai/prod"},
    ),
]


@pytest.mark.parametrize(("what", "told", "scopes"), LOOKS, ids=[one[0] for one in LOOKS])
def test_a_step_looks_at(what: str, told: dict[str, Any], scopes: set[str]) -> None:
    run, looks = sheet(FAILS).run, Condition.model_validate(told)
    assert looked_at(run, looks) == scopes
