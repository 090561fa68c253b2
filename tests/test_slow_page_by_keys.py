"""The slow order page, asked after in its fixed order by keys in a terminal."""

from __future__ import annotations

from pathlib import Path

from console.lab.stories.slow_page import indexed
from tests.driving import ACTED, Person, in_order

QUERY = "SELECT id, state FROM orders WHERE customer_id = ?"
ORDER = "really database query plan indexes locks resources mes-answers mes broker lost"


def test_the_slow_page_is_asked_after_in_its_order_down_to_one_statement(tmp_path: Path) -> None:
    with Person(tmp_path, "slow-order-page", 40, "off") as person:
        person.read("медленная страница")
        person.press("fc")
        person.read("▸ .*Open the order page yourself")
        person.press(" ")
        person.read("✖ .*database:", "FAILED .*read_ms 4", "✖ .*query:", seconds=ACTED)
        person.read("▸ .*Its plan", seconds=ACTED)
        assert QUERY in " ".join(person.text.split())
        person.press(" ")
        person.read("▸ .*Its indexes", seconds=ACTED)
        person.story.turn(indexed)  # now somebody makes the index
        person.press(" ")
        person.read("✔ .*locks:", "✔ .*mes:", "▸ .*The broker", seconds=ACTED)
        person.press(" ")
        person.read("✔ .*lost:", "Страница заказов медленная", seconds=ACTED)
        ended = [
            (one["data"]["step"], one["data"].get("outcome"))
            for one in person.journal()
            if one["kind"] == "run.step" and one["data"]["event"] == "ended"
        ]
        known = dict(ended)
        assert (known["database"], known["query"]) == ("failed", "failed")
        assert {known[step] for step in ("locks", "mes-answers", "mes", "lost")} == {"verified"}
        assert known["list"] == known["holder"] == known["tell"] == "left_out"
        assert in_order([step for step, outcome in ended if outcome != "left_out"], ORDER)
