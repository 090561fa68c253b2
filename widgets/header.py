"""The first and the last lines: whose estate, armed or not, what time; and one cell a source."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import Freshness, worst_freshness
from widgets.deadline import deadline
from widgets.desk import desk, follow
from widgets.look import Look
from widgets.night_words import headline
from widgets.past_words import UNRECORDED, heading
from widgets.standing import standing
from widgets.symbols import STYLES
from widgets.words import age, cell_len, clean, fit, zone_name

LEAST = 12  # cells of an act under way
Pair = tuple[str, str]
"""The same long and short."""


class Band(Widget):
    """One line that is repainted only when its words change."""

    DEFAULT_CSS = "Band { height: 1; }"

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self._shown = Content()
        follow(self, "board duty now symbols affairs past as_now", self.redo)

    def redo(self) -> None:
        """Repaint if the words changed."""
        content = self.words()
        if content != self._shown:
            self._shown = content
            self.refresh()

    def on_resize(self) -> None:
        """Other words may fit."""
        self.redo()

    def words(self) -> Content:
        """The line."""
        raise NotImplementedError

    def render(self) -> Content:
        """What was last put in words."""
        return self._shown


class Header(Band):
    """Estate, arming, maintenance, DEMO banner, and the clock in the estate's zone and UTC."""

    DEFAULT_CSS = """
    Header { background: $primary 30%; }
    Header.-past { height: 2; }
    """

    def redo(self) -> None:
        """There are two lines while the past is shown."""
        self.set_class(desk(self).past is not None, "-past")
        super().redo()

    def words(self) -> Content:
        """The banner gives way first, then UTC and the name; never the arming, never the time."""
        app, look = desk(self), desk(self).look
        if app.past is not None:
            return heading(app, app.past, self.size.width)
        armed = f"{look.symbols.armed} {standing(app.affairs, look)}"
        flying, night = self._flying(), headline(app.board, look)
        due, lost = deadline(app.affairs, look), bool(app.duty.unrecorded)
        least = cell_len(armed) + min(cell_len(flying), LEAST) + 6 + 2 * bool(due)
        least += len(UNRECORDED) + 2 if lost else 0
        title, told, said, time = self._fitting(
            night[:2] if night else ("", ""), due[:2] if due else ("", ""), least
        )
        room = self.size.width - cell_len(title + armed + told + time) - 4 - 2 * bool(told)
        room -= cell_len(said) + 2 if due else 0
        unrecorded = self._unrecorded(room - min(cell_len(flying), LEAST) - 2 * bool(flying))
        room -= cell_len(unrecorded) + 2 * lost
        if flying:
            flying = fit(flying, min(cell_len(flying), room), more=look.symbols.more)
            room -= cell_len(flying) + 2
        banner = clean(app.duty.banner, look.symbols)
        banner = fit(banner, room, more=look.symbols.more) if cell_len(banner) > room else banner
        gap = self._recorder(max(room + 2 - cell_len(banner), 1))
        tone = "$text-error bold" if app.affairs.arming else "bold"
        maintenance = ((told, f"{STYLES[night[2]]} bold"), "  ") if night else ()
        under_way = (
            *(((unrecorded, "$text-warning bold"), "  ") if lost else ()),
            *(((flying, "$text-warning bold"), "  ") if flying else ()),
        )
        return Content.assemble(
            (title, "bold"),
            (armed, tone),
            "  ",
            *maintenance,
            *under_way,
            *(((said, f"{STYLES[due[2]]} bold"), "  ") if due else ()),
            (banner, "$text-warning bold reverse"),
            (gap, "$text-muted"),
            time,
        )

    def _unrecorded(self, room: int) -> str:
        """That nothing is recorded, and as much of why as there is room for."""
        look, why = desk(self).look, desk(self).duty.unrecorded
        if not why:
            return ""
        told = clean(f"{UNRECORDED}: {why}", look.symbols)
        if room < len(UNRECORDED) + 8:
            return UNRECORDED
        return fit(told, min(cell_len(told), room), more=look.symbols.more)

    def _recorder(self, room: int) -> str:
        """Who else records this estate, where there is room to say it."""
        other = clean(desk(self).duty.recorder, desk(self).symbols, 40)
        told = f"  recorded by {other} " if other else ""
        return fit(told if cell_len(told) <= room else "", room)

    def _fitting(self, night: Pair, due: Pair, least: int) -> tuple[str, str, str, str]:
        """Name, maintenance, deadline, time, as long as there is room for beside `least` cells."""
        look = desk(self).look
        name = clean(desk(self).duty.estate, look.symbols, 40)
        local, utc = look.now.estate.astimezone(look.zone), look.now.estate
        day = f"{local:%a} {local.day} {local:%b} " if self.size.width >= 100 else ""
        short = f"{local:%H:%M} {zone_name(look.zone)} "
        both = f"{short} {utc:%H:%M} UTC "
        (long, brief), (whole, clock) = night, due
        ways: tuple[tuple[str, str, str, str], ...] = (
            (f"  oncall  {name}  ", long, whole, day + both),
            *(((f"  oncall  {name}  ", one, whole, both) for one in night) if whole else ()),
            (f"  oncall  {name}  ", brief, clock, both),
            (f"  oncall  {name}  ", brief, clock, short),
            (f"  {name}  ", brief, clock, short),
        )
        for told in ways:
            if cell_len("".join(told)) + least <= self.size.width or not (long or whole):
                return told
        room = max(self.size.width - least - cell_len(brief + clock + short) - 4, 0)
        return f"  {fit(name, room, more=look.symbols.more)}  ", brief, clock, short

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


SHORT = {
    "instances": "ec2",
    "kafka_lag": "lag",
    "kafka_brokers": "brokers",
    "maintenance": "maint",
}
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
        cells = [self._told(source, look) for source in sources]
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

    def _told(self, source: str, look: Look) -> Told:
        parts, now = desk(self).board.parts(source), look.now.real
        fresh = worst_freshness(parts, now)
        ages = [past for part in parts if (past := part.age(now)) is not None]
        old = f" {age(max(ages))}" if ages and fresh is not Freshness.FRESH else ""
        return fresh, f"{SHORT.get(source, source)} {look.symbols.freshness(fresh)}{old}"
