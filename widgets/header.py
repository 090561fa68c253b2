"""The first and the last lines: whose estate, armed or not, what time; and one cell a source."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import Freshness
from widgets.desk import desk
from widgets.freshness import freshness_words
from widgets.look import Look
from widgets.standing import standing
from widgets.words import age, cell_len, clean, fit, zone_name


class Band(Widget):
    """One line that is repainted only when its words change."""

    DEFAULT_CSS = "Band { height: 1; }"

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self._shown = Content()
        for name in ("board", "duty", "now", "symbols", "affairs"):
            self.watch(self.app, name, self._changed, init=False)
        self._changed()

    def _changed(self) -> None:
        content = self.words()
        if content != self._shown:
            self._shown = content
            self.refresh()

    def on_resize(self) -> None:
        """Other words may fit."""
        self._changed()

    def words(self) -> Content:
        """The line."""
        raise NotImplementedError

    def render(self) -> Content:
        """What was last put in words."""
        return self._shown


class Header(Band):
    """Estate, arming, DEMO banner, and the clock in the estate's zone and UTC."""

    DEFAULT_CSS = "Header { background: $primary 30%; }"

    def words(self) -> Content:
        """The banner gives way first, never the arming and never the time."""
        app, look = desk(self), desk(self).look
        duty, symbols = app.duty, look.symbols
        local, utc = look.now.estate.astimezone(look.zone), look.now.estate
        wide = self.size.width >= 100
        day = f"{local:%a} {local.day} {local:%b} " if wide else ""
        time = f"{day}{local:%H:%M} {zone_name(look.zone)}  {utc:%H:%M} UTC "
        armed = f"{symbols.armed} {standing(app.affairs, look)}"
        title = f"  oncall  {clean(duty.estate, symbols, 40)}  "
        banner, flying = clean(duty.banner, symbols), self._flying()
        room = self.size.width - cell_len(title + armed + time) - 4
        if flying:
            flying = fit(flying, min(cell_len(flying), room), more=symbols.more)
            room -= cell_len(flying) + 2
        banner = fit(banner, room, more=symbols.more) if cell_len(banner) > room else banner
        gap = " " * max(room + 2 - cell_len(banner), 1)
        tone = "$text-error bold" if app.affairs.arming else "bold"
        under_way = ((flying, "$text-warning bold"), "  ") if flying else ()
        return Content.assemble(
            (title, "bold"),
            (armed, tone),
            "  ",
            *under_way,
            (banner, "$text-warning bold reverse"),
            gap,
            time,
        )

    def _flying(self) -> str:
        """Acts under way: whoever left the dialog still sees them."""
        look, flights = desk(self).look, desk(self).affairs.flights
        told = [
            f"{look.symbols.pointer} {age(look.now.real - one.fired_at)}"
            f" {clean(one.proposal.plan.title, look.symbols, 40)}"
            for one in flights
            if one.proposal and one.fired_at
        ]
        return "  ".join(told)


SHORT = {"instances": "ec2", "kafka_lag": "lag", "kafka_brokers": "brokers"}
TONES = {
    Freshness.FRESH: "$text-success",
    Freshness.LATE: "$text-warning",
    Freshness.STALE: "$text-warning",
    Freshness.NO_DATA: "$text-muted",
    Freshness.FAILED: "$text-error",
    Freshness.AUTH_EXPIRED: "$text-error",
}

Told = tuple[Freshness, str]
"""A source's freshness, and its cell."""


class StatusLine(Band):
    """How every source is doing; its age only when that is news."""

    def words(self) -> Content:
        """One cell a source; where they do not fit, those that are not fresh, worst first."""
        app, look = desk(self), desk(self).look
        sources = tuple(dict.fromkeys(source for source, _ in app.board.snapshots))
        cells = [(self._fresh(source), self._cell(source, look)) for source in sources]
        if sum(cell_len(text) + 2 for _, text in cells) >= self.size.width:
            cells.sort(key=lambda cell: -cell[0].rank)
            cells = self._fewer(cells, look)
        parts = [part for fresh, text in cells for part in ((text, TONES[fresh]), ("  ", ""))]
        return Content.assemble(" ", *parts)

    def _fewer(self, cells: list[Told], look: Look) -> list[Told]:
        """As many as fit beside the number of those that are left out."""
        kept = [cell for cell in cells if cell[0] is not Freshness.FRESH]
        fine = len(cells) - len(kept)
        while True:
            left = len(cells) - fine - len(kept)
            more = [(Freshness.FAILED, f"+{left} not fresh")] if left else []
            rest = [(Freshness.FRESH, f"{look.symbols.ok} {fine} fresh")] if fine else []
            told = [*kept, *more, *rest]
            if not kept or sum(cell_len(text) + 2 for _, text in told) < self.size.width:
                return told
            kept.pop()

    def _fresh(self, source: str) -> Freshness:
        return freshness_words(desk(self).board.parts(source), desk(self).look)[0]

    def _cell(self, source: str, look: Look) -> str:
        parts, fresh = desk(self).board.parts(source), self._fresh(source)
        ages = [past for part in parts if (past := part.age(look.now.real)) is not None]
        old = f" {age(max(ages))}" if ages and fresh is not Freshness.FRESH else ""
        return f"{SHORT.get(source, source)} {look.symbols.freshness(fresh)}{old}"
