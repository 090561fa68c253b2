"""Questions of a plan: four at once, a throttled one again, and an end to that."""

from __future__ import annotations

import asyncio

import pytest

from console.aws.patience import Patience
from console.poll import Failed, Throttled


class Vendor:
    """Answers after `no` refusals."""

    def __init__(self, no: int = 0, error: type[Failed] = Throttled) -> None:
        self.no, self.error = no, error
        self.now = self.most = self.asked = 0

    async def answer(self) -> str:
        self.asked += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if self.asked <= self.no:
            raise self.error("asked again more slowly")
        return "told"


async def test_four_questions_are_asked_at_once() -> None:
    vendor, patience = Vendor(), Patience()
    told = await asyncio.gather(*(patience.ask(vendor.answer) for _ in range(20)))
    assert told == ["told"] * 20 and vendor.most == 4


async def test_a_throttled_question_is_put_again_while_pauses_are_left_for_all() -> None:
    vendor, patience = Vendor(no=3), Patience([0.0] * 3)
    assert await patience.ask(vendor.answer) == "told" and vendor.asked == 4
    with pytest.raises(Throttled):
        await patience.ask(Vendor(no=1).answer)


async def test_another_failure_is_told_at_once() -> None:
    vendor = Vendor(no=1, error=Failed)
    with pytest.raises(Failed):
        await Patience().ask(vendor.answer)
    assert vendor.asked == 1
