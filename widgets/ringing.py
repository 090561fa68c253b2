"""What rings and was not acknowledged, above all else: red until somebody heard it."""

from __future__ import annotations

from textual.content import Content

from console.model.affairs import Ring
from widgets.desk import desk
from widgets.header import Band
from widgets.onduty import OnDuty
from widgets.plan_words import folded
from widgets.planned_keys import PlannedKeys
from widgets.words import cell_len, clean, fit


class Ringing(Band):
    """The newest ring, how many more there are, and the key that silences it here."""

    DEFAULT_CSS = "Ringing { display: none; background: $error 40%; }"

    def words(self) -> Content:
        """`■ 21:31 msk-prod: broker 2 left · 3 times  x heard`, on two lines if it must be."""
        app, width = desk(self), max(self.size.width, 20)
        rings = sorted(app.affairs.rings, key=lambda ring: ring.since, reverse=True)
        self.display = bool(rings)
        if not rings:
            return Content()
        ring, symbols = rings[0], app.symbols
        place = clean(app.affairs.title(ring.scope), symbols, 40)
        head = f"{symbols.maintenance} {app.look.clock_of(ring.since)} "
        head += "" if place in ring.text else f"{place}: "
        times = f" {symbols.dot} {ring.count} times" if ring.count > 1 else ""
        more = f" {symbols.dot} +{len(rings) - 1} more" if len(rings) > 1 else ""
        key = f"  {self._key(ring)} "
        text = head + clean(ring.text, symbols)
        room = max(width - cell_len(times + more + key), 0)
        above, last = "", f" {text}"
        if cell_len(last) > room:
            first, *rest = folded(text, width - 2)
            above, last = f" {fit(first, width - 1)}\n", f"   {' '.join(rest)}"
        self.styles.height = 2 if above else 1
        last = fit(last, room, more=symbols.more)
        return Content.assemble((f"{above}{last}{times}{more}", "bold"), (key, "bold reverse"))

    def _key(self, ring: Ring) -> str:
        """What is pressed here for it to be quiet."""
        screen = self.screen
        if isinstance(screen, OnDuty | PlannedKeys) and ring in screen.rings:
            return "x heard"
        planned = any(one.key == ring.scope for one in desk(self).affairs.windows)
        return f"{'p' if planned else 'w'} then x: heard"
