"""Acts that were begun, have no end, and that nobody is busy with: kept until looked at again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from console.acting import Acts
from console.acting.pen import UNWRITTEN
from console.begun import Begun, begun
from console.model import Entry, Order
from console.model.acts import OF_ACTS
from console.model.affairs import OpenAct
from console.remedy import Refused


class Leftover:
    """An earlier start, another console that died, an end that found a full disk: all the same."""

    def __init__(self, acts: Acts, changed: Callable[[], object]) -> None:
        self.acts, self._changed = acts, changed
        self._lines: list[Entry] = []
        self._open: tuple[Begun, ...] = ()
        self._all: dict[str, tuple[Begun, OpenAct]] = {}

    @property
    def all(self) -> tuple[OpenAct, ...]:
        """As they stand."""
        return tuple(told for _, told in self._all.values())

    def hear(self, entries: Iterable[Entry], anew: bool) -> None:
        """What the journal says of acts; what got its end elsewhere is left over no more."""
        new = [entry for entry in entries if entry.kind.startswith(OF_ACTS)]
        if not (new or anew):
            return
        self._lines = new if anew else [*self._lines, *new]
        world = self.acts.hands.world
        self._open = tuple(one for one in begun(self._lines, world) if not one.ended)
        still = {one.act for one in self._open}
        for act, (_, told) in tuple(self._all.items()):
            if act not in still and told.verdict is None and not told.looking:
                del self._all[act]

    def behind(self, run: str, step: str) -> bool:
        """Whether nobody is busy with an act of this step that has no end."""
        orders = (one.order for one in self.all if one.verdict is None)
        return any(one is not None and (one.run, one.step) == (run, step) for one in orders)

    def left(self, act: str) -> str:
        """How an act without an end stands by what is written down, where it is done in part."""
        return next((one.left for one in self._open if one.act == act), "")

    async def gather(self) -> None:
        """Find those that nobody is busy with any more; asked again and again, it costs little."""
        free = [one for one in self._open if one.act not in self._all and not self.acts.busy(one)]
        if not free:
            return
        try:
            left = await self.acts.unfinished()  # anew: it may have got its end this moment
        except Refused:
            left = tuple(free)
        for one in left:
            self._all.setdefault(one.act, (one, open_act(one)))
        self._changed()

    async def look_again(self, act: str) -> None:
        """See how it came out; it is never repeated."""
        if act not in self._all:
            raise ValueError("this act has its end by now")
        begun, told = self._all[act]
        if told.looking or told.verdict is not None:
            return
        self._set(begun, replace(told, looking=True, trouble=""))
        told = replace(told, trouble="this program failed while it looked")
        try:
            told = replace(told, verdict=await self.acts.look_again(begun), trouble="")
        except (Refused, OSError, *UNWRITTEN) as error:
            told = replace(told, trouble=str(error))
        finally:
            self._set(begun, told)

    def _set(self, begun: Begun, told: OpenAct) -> None:
        self._all[begun.act] = begun, told
        self._changed()


def open_act(begun: Begun) -> OpenAct:
    """An act without an end, for the screen."""
    order = Order(begun.remedy, begun.plan.targets, begun.case, begun.run, begun.step)
    return OpenAct(begun.act, str(begun), rest=begun.rest, order=order)
