"""Reads for the screen that looks closer: one row, one choice at a time, within bounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace
from importlib import import_module
from itertools import chain, repeat
from typing import TYPE_CHECKING, assert_never, cast

from console.clock import real_now
from console.closer import LENSES
from console.closer.kept import Kept
from console.model.closer import (
    Choice,
    CloserWish,
    Line,
    LookAway,
    LookCloser,
    Reading,
    ReadIt,
    ShowMore,
)
from console.poll import Context, Failed, in_thread

if TYPE_CHECKING:
    from console.closer.lens import Lens

SHOW_EVERY = 0.25  # seconds between two states of the screen
BREATH = 200  # lines after which the event loop has its turn
PATIENCE = 20.0  # seconds until there are choices, or a value


class Closer:
    """Grants what `widgets.closer` wants; the program cancels a reading when another is wanted."""

    def __init__(self, context: Context, publish: Callable[[Reading | None], object]) -> None:
        self._context, self._publish = context, publish
        self._reading: Reading | None = None
        self._lens: Lens | None = None
        self._turn = 0

    async def grant(self, wish: CloserWish) -> None:
        """Do it; ends when all is read, or when it is cancelled."""
        match wish:
            case LookCloser():
                await self._look(wish)
            case ReadIt():
                await self._read_again(wish)
            case ShowMore():
                await self._more(wish.more)
            case LookAway():
                self._turn += 1
                self._lens = self._reading = None
                self._publish(None)
            case _:
                assert_never(wish)

    def _show(self, reading: Reading) -> None:
        if reading.turn == self._turn:  # else another one is wanted by now
            self._reading = reading
            self._publish(reading)

    async def _look(self, wish: LookCloser) -> None:
        seen = tuple(zip(wish.rows, chain(wish.parts, repeat("")), strict=False))
        row, part = next((one for one in seen if one[0].ref.kind in LENSES), seen[0])
        self._turn += 1
        self._lens = None
        self._show(Reading(row=row, turn=self._turn))
        if row.ref.kind not in LENSES:
            return self._fail(f"nothing can be read about a {row.ref.kind} from here")
        self._lens = await in_thread(made, row.ref.kind)
        self._lens.part = part
        return await self._read_again(ReadIt())

    async def _read_again(self, wish: ReadIt) -> None:
        """Look what there is, since Pods come and go, and read one of it."""
        before, lens = self._reading, self._lens
        if before is None or lens is None:
            return None
        self._turn += 1
        turn, asked = self._turn, wish.choice
        self._show(Reading(row=before.row, choices=before.choices, chosen=asked, turn=turn))
        try:
            async with asyncio.timeout(PATIENCE):
                choices = await lens.choices(before.row, self._context)
            chosen = next((one for one in choices if one.id == asked), None)
            if chosen is None:
                if asked or not choices:
                    gone = "this is gone; what there is now is in the list"
                    return self._fail(gone if asked else "there is nothing to read", choices)
                chosen = choices[0]
            reading = Reading(row=before.row, choices=choices, chosen=chosen.id, turn=turn)
            await self._read(lens, reading, chosen, wish.follow and chosen.follows)
        except Failed as error:
            self._fail(str(error), cure=error.cure)
        except TimeoutError:
            self._fail(f"no answer in {PATIENCE:g} s")
        finally:
            self._broken_off(turn)

    async def _read(self, lens: Lens, reading: Reading, choice: Choice, follow: bool) -> None:
        kept, count = Kept(), 0
        reading = replace(reading, phase="following" if follow else "reading")
        self._show(reading)
        showing = asyncio.create_task(self._show_now_and_then(kept, reading))
        try:
            async with aclosing(lens.read(reading.row, choice, follow, self._context)) as lines:
                async for line in lines:
                    kept.add(line)
                    count += 1
                    if count % BREATH == 0:
                        await asyncio.sleep(0)
        finally:
            showing.cancel()
            self._show(self._state(kept, reading))
        self._show(replace(self._state(kept, reading), phase="ended", read_at=real_now()))

    async def _show_now_and_then(self, kept: Kept, reading: Reading) -> None:
        """What came meanwhile."""
        seen = 0
        while True:
            await asyncio.sleep(SHOW_EVERY)
            if kept.count != seen:  # what is quiet keeps the time of its last line
                seen = kept.count
                self._show(self._state(kept, reading))

    def _state(self, kept: Kept, reading: Reading) -> Reading:
        now = self._reading
        reading = replace(
            reading, lines=kept.lines(), dropped=kept.dropped, cut=kept.cut, read_at=kept.at
        )
        if now is None or now.turn != reading.turn:
            return reading
        return replace(reading, more_of=now.more_of, more=now.more)

    def _fail(self, why: str, choices: tuple[Choice, ...] = (), cure: str = "") -> None:
        if self._reading is not None:
            known = choices or self._reading.choices
            self._show(
                replace(self._reading, phase="failed", trouble=why, cure=cure, choices=known)
            )

    def _broken_off(self, turn: int) -> None:
        """Nothing may look as if it were still being read."""
        now = self._reading
        if now is not None and now.turn == turn and now.busy:
            self._fail("the reading was broken off")

    async def _more(self, which: str) -> None:
        reading, lens = self._reading, self._lens
        if reading is None or lens is None or (choice := reading.choice) is None:
            return
        self._show(replace(reading, more_of=which, more=()))
        if not which:
            return
        told: tuple[Line, ...] = (Line("the reading was broken off", tone="critical"),)
        try:
            async with asyncio.timeout(PATIENCE):
                told = await lens.more(reading.row, choice, which, self._context)
        except Failed as error:
            told = (Line(str(error), tone="critical"),)
        except TimeoutError:
            told = (Line(f"no answer in {PATIENCE:g} s", tone="critical"),)
        finally:
            now = self._reading
            if now is not None and now.turn == reading.turn and now.more_of == which:
                self._show(replace(now, more=told))


def made(kind: str) -> Lens:
    """A lens for rows of this kind; for a thread, since what it imports may be heavy."""
    module, name = LENSES[kind]
    return cast("Lens", getattr(import_module(module), name)())
