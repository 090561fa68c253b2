"""What symptoms may say of a row's facts: the row's own type tells it."""

from __future__ import annotations

from console.config.rows import kinds, words
from console.lag import WORSE
from console.sources import row_types


def test_what_a_fact_may_say_is_what_its_row_says() -> None:
    rows = row_types()
    assert set(words(rows["kafka_lag"], "verdict")) == set(WORSE)
    assert words(rows["instances"], "load1_trend") == ("rising", "flat", "falling")
    assert words(rows["alarms"], "state") == ("ok", "alarm", "insufficient_data")
    assert words(rows["instances"], "state") == (), "any word: AWS may have a new one"
    assert kinds(rows["caches"])["role"] == "text"
