"""What rings and was not acknowledged, in a line of its own: red until somebody heard it."""

from __future__ import annotations

from textual.content import Content

from console.model.affairs import Ring
from widgets.desk import desk
from widgets.header import Band
from widgets.onduty import OnDuty
from widgets.words import cell_len, clean, fit


class Ringing(Band):
    """The newest ring, how many more there are, and the key that silences it here."""

    DEFAULT_CSS = "Ringing { display: none; background: $error 40%; }"

    def words(self) -> Content:
        """`■ 21:31 msk-prod: broker 2 left · 3 times  x heard`."""
        app = desk(self)
        rings = sorted(app.affairs.rings, key=lambda ring: ring.since, reverse=True)
        self.display = bool(rings)
        if not rings:
            return Content()
        ring, symbols = rings[0], app.symbols
        place = clean(app.affairs.title(ring.scope), symbols, 40)
        head = f" {symbols.maintenance} {app.look.clock_of(ring.since)} "
        head += "" if place in ring.text else f"{place}: "
        times = f" {symbols.dot} {ring.count} times" if ring.count > 1 else ""
        more = f" {symbols.dot} +{len(rings) - 1} more" if len(rings) > 1 else ""
        key = f"  {self._key(ring)} "
        room = max(self.size.width - cell_len(head + times + more + key), 0)
        text = fit(clean(ring.text, symbols), room, more=symbols.more)
        return Content.assemble((f"{head}{text}{times}{more}", "bold"), (key, "bold reverse"))

    def _key(self, ring: Ring) -> str:
        """What is pressed here for it to be quiet."""
        screen = self.screen
        heard = isinstance(screen, OnDuty) and ring in screen.rings
        return "x heard" if heard else "w then x: heard"
