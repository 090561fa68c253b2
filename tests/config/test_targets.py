"""What an environment may say of its load balancers."""

from __future__ import annotations

from typing import Any

import pytest

from console.config.amazon import Behind

WRONG: list[dict[str, Any]] = [{}, {"load_balancer": "a", "group": "b"}]


@pytest.mark.parametrize("told", WRONG)
def test_a_target_group_is_named_in_one_way(told: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="name either a load_balancer or a group"):
        Behind.model_validate(told)
