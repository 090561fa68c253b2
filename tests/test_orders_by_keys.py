"""Lost orders found, told from slow ones, and taken along as a file, by keys in a terminal."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.driving import DOWN, ENTER, Person


def test_seventeen_lost_orders_are_found_and_saved_and_three_slow_ones_are_not_among_them(
    tmp_path: Path,
) -> None:
    with Person(tmp_path, "orders-lost", 10, "off") as person:
        person.read("потерянные заказы", "✖ MES +17 lost", "lost 17 .rule")
        slow = {f"A-{number}" for number in person.story.lab.web.orders.slow}
        lost = {f"A-{number}" for number in person.story.lab.web.orders.lost}
        person.press("5" + DOWN * 2 + ENTER)  # the worst flow stands first; MES is its third stage
        person.read("17 missing between, 3 on the way", "s save as CSV")
        person.press("s")
        person.wait_for("copied")
        (file,) = tmp_path.glob("**/orders-mes-lost_things.csv")
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.DictReader(opened))
        assert {row["key"] for row in rows} == lost and len(rows) == 17
        assert not slow & {row["key"] for row in rows}
        assert {row["seen_in"] for row in rows} == {"CRM"}
