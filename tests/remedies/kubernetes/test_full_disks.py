"""A clean-up is judged by the disks that were full."""

from __future__ import annotations

import pytest

from console.remedies.pod_command import Sizes, judge

PODS = {
    "a Pod with nothing to free is not asked to be emptier": (
        {"a": (9600, 96), "b": (400, 4)},
        {"a": (3000, 30), "b": (400, 4)},
        ("verified", "ended with 0 in every Pod; disk in use 96 % → 30 %"),
    ),
    "nor one that freed a little": (
        {"a": (9600, 96), "b": (400, 4)},
        {"a": (3000, 30), "b": (390, 4)},
        ("verified", "ended with 0 in every Pod; disk in use 96 % → 30 %"),
    ),
    "each full one has to get emptier": (
        {"a": (9600, 96), "b": (8000, 80)},
        {"a": (3000, 30), "b": (8000, 80)},
        ("failed", "ended with 0, but the disk of b is as full as before"),
    ),
    "by as much as is asked for": (
        {"a": (9600, 96), "b": (8000, 80)},
        {"a": (3000, 30), "b": (7700, 77)},
        (
            "failed",
            "ran, but hardly helped: disk in use 96 % → 30 %, 80 % → 77 %; 5 % is asked for",
        ),
    ),
    "where none is full, the fullest": (
        {"a": (5000, 50), "b": (400, 4)},
        {"a": (5000, 50), "b": (300, 3)},
        ("failed", "ended with 0, but the disk of a is as full as before"),
    ),
}


@pytest.mark.parametrize(("before", "after", "judged"), PODS.values(), ids=PODS)
def test_only_a_disk_that_was_full_has_to_get_emptier(
    before: Sizes, after: Sizes, judged: tuple[str, str]
) -> None:
    seen = {"pods": dict.fromkeys(before, "box"), "before": before}
    ran = {"ran": {name: {"code": 0, "failed": False, "said": []} for name in before}}
    assert judge(seen, ran, after, 5) == judged
