"""The shift at a console: its document while somebody looks at it, and whose hands it is in."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_never

from console.acting.pen import Pen
from console.following import Following
from console.handover import hands
from console.model import Draft, Entry, Now
from console.model.handover import Handover, Item
from console.model.shift import (
    UNNAMED,
    AddTo,
    AgreeTo,
    AskAbout,
    ExportShift,
    Hands,
    LookOver,
    OfferShift,
    OfHands,
    OfWalk,
    ShowAsItWas,
    TakeShift,
    TellSince,
    Walk,
)
from console.poll import in_thread

AGAIN_S = 10.0  # real seconds after which a document that is looked at is made anew
MEANWHILE = "something was said of it meanwhile, look again"
HOUR = timedelta(hours=1)
FORGOTTEN = timedelta(hours=24)  # an offer that old is of another shift
Make = Callable[[datetime, str], Handover]
"""Makes the document of what was since then, in a language; blocking."""


class Shifts:
    """One for a console; the journal has what was said, so that any console goes on with it."""

    def __init__(
        self,
        pen: Pen,
        directory: Path,
        make: Make,
        now: Callable[[], Now],
        catch_up: Callable[[], Awaitable[None]],
    ) -> None:
        """`catch_up` has this console hear what the journal has new."""
        self._pen, self._directory, self._make, self._now = pen, directory, make, now
        self._catch_up = catch_up
        self._ledger: hands.Ledger = {}
        self._stale = False
        self._turn = asyncio.Lock()
        self._sought = ""
        self._made: datetime | None = None
        self._wanted: tuple[datetime | None, Hands | None] = None, None
        self._known: object = None
        self._begun = self._begun_at = now().real
        self.walk = Walk()

    # What the journal and time do

    def hear(self, entries: Iterable[Entry], anew: bool) -> None:
        """What the journal says new; `anew`: it was replaced, and this is all of it."""
        ledger = {} if anew else self._ledger
        for entry in entries:
            ledger = hands.fold(ledger, entry)
            said = entry.kind == "note" and "deed" in entry.data  # it stands beside the document
            self._stale = self._stale or not said
        self._ledger = ledger
        going_on, before = hands.under_way(ledger), hands.last_taken(ledger)
        self.walk = replace(self.walk, hands=going_on, before=before)

    async def _renew(self) -> Handover:
        """One after the other: an older one that took longer takes no newer one's place."""
        async with self._turn:
            self._stale, self._made = False, self._now().real
            document = await in_thread(self._make, self._since, "en")
            self.walk = replace(self.walk, document=document)
            return document

    @property
    def _old(self) -> bool:
        return self._made is None or (self._now().real - self._made).total_seconds() > AGAIN_S

    @property
    def _since(self) -> datetime:
        """Where nobody knows, it would be another moment each time: all were read once more."""
        going_on, before = hands.under_way(self._ledger), hands.last_taken(self._ledger)
        wanted, of = self._wanted
        if wanted is not None and of == before:  # else it was said of an earlier shift
            return wanted
        known = (going_on and (going_on.shift, going_on.since), before and before.taken_at)
        now = self._now()
        if known != self._known or now.real - self._begun_at > HOUR:
            self._known, self._begun_at = known, now.real
            self._begun = hands.began(self._ledger, now)
        return self._begun

    # What a person wants to see

    async def look(self, wish: OfWalk) -> None:
        """Show it. Raises ValueError with the sentence for who wanted it."""
        match wish:
            case LookOver():
                if wish.anew or self._stale or self._old:
                    await self._renew()
            case TellSince():
                self._wanted = wish.since, hands.last_taken(self._ledger)
                await self._renew()
            case ShowAsItWas():
                await self._show(self._item(wish.item))
            case ExportShift():
                await self._export(wish)
            case _:
                assert_never(wish)

    async def _show(self, item: Item) -> None:
        from console.handover.evidence import as_it_was

        assert self.walk.document is not None
        self._sought = item.id
        shown = await in_thread(as_it_was, self._directory, item, self.walk.document.zone)
        if self._sought == item.id:  # another one was wanted meanwhile, and is shown
            self.walk = replace(self.walk, evidence=shown)

    async def _export(self, wish: ExportShift) -> None:
        try:
            path = await in_thread(self._write_out, wish)
        except OSError as error:
            said = f"{error.filename or wish.file} cannot be written: {error.strerror}"
        else:
            said = f"the handover is in {path}"
        self.walk = replace(self.walk, said=said)

    def _write_out(self, wish: ExportShift) -> Path:
        """Where it is now. Blocking; raises OSError.

        Only what this console named itself gives way: the directory of a bare name has the journal.
        """
        from console.handover.exports import written
        from console.handover.placing import placed

        path = self._directory / Path(wish.file or f"handover.{wish.lang}.{wish.form}").expanduser()
        path.parent.stat()  # one that is not there is a slip of the pen: none is made
        text = written(self._make(self._since, wish.lang), wish.form)
        with placed(path, self._directory, lambda file: not wish.file) as file:
            file.write(text.encode("utf-8", "replace"))
        return path

    def _item(self, id: str) -> Item:
        document = self.walk.document
        found = document.item(id) if document is not None else None
        if found is None:
            raise ValueError("this item is no longer in the handover")
        return found

    # What a person writes

    async def write(self, wish: OfHands) -> None:
        """Write it down. Raises ValueError with the sentence for who wanted it, and UNWRITTEN."""
        if isinstance(wish, TakeShift):
            await self._take(wish.name)
        else:
            draft = self._draft(wish)
            await self._pen.write(draft.kind, **draft.data)

    def _draft(self, wish: OfferShift | AgreeTo | AskAbout | AddTo) -> Draft:
        if isinstance(wish, OfferShift):
            return self._offer(wish)
        going_on = self._going_on()
        match wish:
            case AgreeTo():
                return hands.acknowledge(going_on, self._item(wish.item), wish.mark)
            case AskAbout():
                return hands.ask(going_on, self._item(wish.item), wish.text)
            case AddTo():
                return hands.add(going_on, self._item(wish.item), wish.text)
            case _:
                assert_never(wish)

    async def _take(self, name: str) -> None:
        """As things stand now, not as they stood when the screen was painted.

        Other consoles write, too: what they said until the very line is judged, or it is refused.
        """
        shift = self._going_on().shift
        await self._catch_up()
        document = await self._renew()
        judged = self._ledger.get(shift) or self._going_on()  # what came meanwhile counts
        draft = hands.take(judged, document, name)
        if (
            await self._pen.write_unless(lambda: self._moved(judged), draft.kind, **draft.data)
            is None
        ):
            raise ValueError(f"the shift stays with {judged.gives}: {MEANWHILE}")

    def _moved(self, judged: Hands) -> bool:
        """Whether the journal says something else by now of who takes what. Blocking."""
        entries, _ = Following(self._pen.journal.path).read()
        return hands.under_way(hands.folded(entries)) != judged

    def _offer(self, wish: OfferShift) -> Draft:
        now, going_on = self._now(), self.walk.hands
        if going_on is not None and now.real - going_on.offered_at < FORGOTTEN:
            return hands.offer(going_on.shift, wish.gives, wish.takes, going_on.since)
        return hands.offer(secrets.token_hex(4), wish.gives, wish.takes, self._since)

    def _going_on(self) -> Hands:
        if self.walk.hands is None:
            raise ValueError(UNNAMED)
        return self.walk.hands
