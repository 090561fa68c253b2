"""Every kind of row that names a lens has one that can be made."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import pytest

from console.closer import LENSES
from console.closer.looking import Closer, made
from console.model import Ref
from console.model.closer import LookCloser, Reading
from tests.closer.desk import workload


@pytest.mark.parametrize("kind", sorted(LENSES))
def test_each_lens_has_choices_reads_and_more(kind: str) -> None:
    lens = made(kind)
    assert inspect.iscoroutinefunction(lens.choices)
    assert inspect.isasyncgenfunction(lens.read), "what is given up is closed at once"
    assert inspect.iscoroutinefunction(lens.more)


async def test_a_row_that_nothing_can_be_read_about_says_so(tmp_path: Path) -> None:
    states: list[Reading | None] = []
    async with workload(tmp_path) as (lab, row, _):
        other = replace(row, ref=Ref("site", "sakai/prod", "sakai"))
        await Closer(lab.context, states.append).grant(LookCloser((other,)))
        assert states[-1] is not None
        assert states[-1].trouble == "nothing can be read about a site from here"
        await Closer(lab.context, states.append).grant(LookCloser((other, row)))
        assert states[-1].row == row, "the first that has a lens"
