"""The night of a maintenance: one cluster's brokers, topics and happenings, live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.model import Finding, Row, Run
from console.model.affairs import Night, Ring
from widgets.desk import desk, follow
from widgets.freshness import freshness_words, trouble_lines
from widgets.header import Band, Header
from widgets.keyline import KeyLine
from widgets.look import Look, zone_of
from widgets.night_lines import next_words, night_lines, title_lines
from widgets.night_words import SOURCE, Shown, finding_of, foremost, watches
from widgets.onduty import OnDuty
from widgets.ringing import Ringing
from widgets.symbols import STYLES
from widgets.wishes import CopyWanted, RefreshWanted
from widgets.words import clean, fit


class Clusters(Band):
    """Which clusters there are, the shown one marked; nothing where there is only one."""

    def words(self) -> Content:
        """`msk-prod  msk-stg`."""
        app, screen = desk(self), self.screen
        all_ = watches(app.board)
        self.display = len(all_) > 1
        shown = screen.watched if isinstance(screen, NightScreen) else None
        parts: list[tuple[str, str]] = [(" ", "")]
        for one in all_:
            sign = (
                app.symbols.stale if one.old(app.look) else app.symbols.severity(one.row.severity)
            )
            marked = shown is not None and one.row.ref == shown.row.ref
            name = f" {sign} {clean(one.row.cluster, app.symbols, 40)} "
            parts.append((name, "reverse bold" if marked else "$text-muted"))
        return Content.assemble(*parts)


class Coming(Band):
    """What comes next, and how old all of this is."""

    DEFAULT_CSS = "Coming { background: $surface-lighten-1; }"

    def words(self) -> Content:
        """`next 2/6 restart dataenricher-js → wait …` and the age at the right end."""
        app, screen = desk(self), self.screen
        look, watch = app.look, screen.watched if isinstance(screen, NightScreen) else None
        if watch is None or not isinstance(screen, NightScreen):
            return Content()
        _, fresh = freshness_words((watch.part,), look)
        arrow = f" {look.symbols.arrow} "
        told = arrow.join(next_words(watch, screen.run, app.affairs, look))
        room = self.size.width - len(fresh) - 10
        told = fit(told, max(room, 0), more=look.symbols.more)
        return Content.assemble((" next   ", "bold"), told, f" {fresh} ")


class NightScreen(OnDuty):
    """Follows one cluster; opened on the one that a person stood on, else on the worst."""

    DEFAULT_CSS = """
    NightScreen { layout: vertical; }
    NightScreen #title { height: auto; text-style: bold; padding: 0 1; }
    NightScreen #night { height: 1fr; padding: 0 1; scrollbar-size: 0 0; }
    """
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", "arm", "arm night", id="app.arm"),
        Binding("x", "acknowledge", "acknowledge", id="finding.acknowledge"),
        Binding("n", "note", "note", id="finding.note"),
        Binding("r", "remedy", "remedy", show=False, id="finding.remedy"),
        Binding("l", "closer", "logs", show=False, id="row.closer"),
        Binding("tab", "other(1)", "next cluster", show=False, id="watch.next"),
        Binding("shift+tab", "other(-1)", "cluster before", show=False, id="watch.before"),
        Binding("down,j", "move(1)", "down", show=False, id="watch.down"),
        Binding("up,k", "move(-1)", "up", show=False, id="watch.up"),
        Binding("pagedown,space", "scroll(10)", "page down", show=False, id="watch.page_down"),
        Binding("pageup", "scroll(-10)", "page up", show=False, id="watch.page_up"),
        Binding("y", "copy", "copy", show=False, id="watch.copy"),
        Binding("ctrl+r,f5", "refresh", "refresh", show=False, id="app.refresh"),
        Binding("question_mark,f1", "help", "help", id="app.help"),
        Binding("q,escape,w", "app.pop_screen", "back", id="watch.back"),
    ]

    def __init__(self, scopes: Iterable[str] = ()) -> None:
        super().__init__()
        self._wished = frozenset(scopes)
        self._cluster = ""
        self._shown = (Content(), Content())

    def compose(self) -> ComposeResult:
        """What it is stays; what it is made of scrolls."""
        yield Header()
        yield Ringing()
        yield Clusters()
        yield Static(id="title", markup=False)
        with VerticalScroll(id="night", can_focus=False):
            yield Static(id="lines", markup=False)
        yield Coming()
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the board and the seconds."""
        follow(self, "board now symbols", self.follow)

    def on_resize(self) -> None:
        """Another width, other lanes."""
        self.follow()

    @property
    def watched(self) -> Shown | None:
        """The cluster on the screen; it stays this one once it is chosen."""
        board, wished = desk(self).board, {self._cluster} if self._cluster else self._wished
        mine = (one for one in watches(board) if one.row.cluster in wished)
        found = next(mine, None) or foremost(board)
        if found is not None:
            self._cluster = found.row.cluster
        return found

    @property
    def finding(self) -> Finding | None:
        """What calls for this maintenance."""
        watch = self.watched
        return finding_of(watch, desk(self).board) if watch else None

    @property
    def row(self) -> Row | None:
        """The maintenance itself, while nothing calls for it."""
        return self.watched.row if self.watched and self.finding is None else None

    @property
    def run(self) -> Run | None:
        """The open checklist of this maintenance."""
        return desk(self).affairs.run_of(self.finding.id) if self.finding else None

    @property
    def rings(self) -> tuple[Ring, ...]:
        """Everything that rings, save for another cluster of these."""
        watch, app = self.watched, desk(self)
        others = {one.row.cluster for one in watches(app.board)}
        others -= {watch.row.cluster} if watch else set()
        return tuple(one for one in app.affairs.rings if one.scope not in others)

    @property
    def nights(self) -> tuple[Night, ...]:
        """Of the finding's case; before there is one, those that need this cluster."""
        watch = self.watched
        if self.finding is not None or watch is None:
            return super().nights
        all_ = desk(self).affairs.nights
        return tuple(one for one in all_ if watch.row.cluster in one.scopes)

    def _look(self, watch: Shown) -> Look:
        """Clock times as the cluster's people read them, where they are not the estate's."""
        app = desk(self)
        zone = app.affairs.zones.get(watch.row.cluster)
        return replace(app.look, zone=zone_of(zone)) if zone else app.look

    def _words(self, watch: Shown, width: int) -> tuple[Content, Content]:
        look = self._look(watch)
        return Content("\n").join(title_lines(watch, look, width)), night_lines(watch, look, width)

    def follow(self) -> None:
        """Show it as it is now; nothing is laid out that did not change."""
        if not self.is_mounted:
            return
        watch, width = self.watched, max(self.size.width - 2, 20)
        nothing = (Content("\n").join(self._nothing()), Content())
        shown = self._words(watch, width) if watch else nothing
        for name, new, old in zip(("#title", "#lines"), shown, self._shown, strict=True):
            if new != old:
                self.query_one(name, Static).update(new)
        self._shown = shown

    def _nothing(self) -> list[Content]:
        app = desk(self)
        parts = app.board.parts(SOURCE)
        lines = [Content("nothing is known of any maintenance yet")]
        for part in parts:
            if part.trouble is not None:
                told = trouble_lines(part, True, app.look, self.size.width - 2)
                lines += [Content.styled(line, STYLES["critical"]) for line in told]
        return lines

    def action_other(self, by: int) -> None:
        """The next cluster, or the one before."""
        names = [one.row.cluster for one in watches(desk(self).board)]
        if self.watched is None or len(names) < 2:
            return
        self._cluster = names[(names.index(self._cluster) + by) % len(names)]
        self.query_one("#night").scroll_home(animate=False)
        self.follow()
        for band in self.query(Band):
            band.redo()

    def action_move(self, by: int) -> None:
        """Where there are several clusters: another one; else a line further."""
        if len(watches(desk(self).board)) > 1:
            self.action_other(by)
        else:
            self.action_scroll(by)

    def action_scroll(self, by: int) -> None:
        """Read on."""
        self.query_one("#night").scroll_relative(y=by, animate=False, immediate=True)

    def action_copy(self) -> None:
        """Take these words along."""
        self.post_message(CopyWanted("\n".join(part.plain for part in self._shown)))

    def action_refresh(self) -> None:
        """Ask everything now."""
        self.post_message(RefreshWanted())
