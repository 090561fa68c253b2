"""What was said when the shift changed hands is read by whoever has it now, and by the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.handover import hands
from console.handover.exports import written
from console.journal import Journal
from console.model.handover import Handover
from console.model.shift import Walk
from tests.handover.named import DISK, ENDED, NOW
from tests.handover.shift import item, made, write
from widgets.handover_words import blocks
from widgets.look import Look

OPEN, WARM = f"finding:{DISK}", "scope:marifu/prod"
MINUTE = timedelta(minutes=1)
LINE, ANSWER = "do not restart before the vendor calls", "field service, on Monday"


class Night:
    """A shift that changes hands once more, a minute after each line."""

    def __init__(self, path: Path) -> None:
        write(path)
        self.path, self.at = path, ENDED
        self._pen = Journal(path, now=self._next)

    def _next(self) -> datetime:
        return self.at

    def note(self, shift: str, item: str, deed: str, who: str, text: str = "") -> None:
        self.add("note", shift=shift, item=item, title=item, deed=deed, who=who, text=text)

    def add(self, kind: Any, **data: Any) -> None:
        self.at += MINUTE
        self._pen.append(kind, by="laptop", **data)

    def offer(self, shift: str, gives: str, takes: str) -> None:
        draft = hands.offer(shift, gives, takes, ENDED)
        self.add(draft.kind, **draft.data)

    def take(self, shift: str) -> None:
        self.add("shift.taken", shift=shift)

    def document(self, lang: str = "en", later: timedelta = timedelta(0)) -> Handover:
        """As the console makes it: of what was since the shift was taken."""
        at = self.at + later
        ledger = hands.folded(Journal(self.path).entries())
        now = replace(NOW, estate=at, real=at)
        return made(self.path, lang, now=now, since=hands.began(ledger, now))


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """M. has given the shift to K., with a line, an answer, and what was asked and answered."""
    told = Night(tmp_path / "journal.jsonl")
    told.offer("9b", "M.", "K.")
    told.note("9b", OPEN, "added", "M.", LINE)
    told.note("9b", OPEN, "asked", "K.", "since when?")
    told.note("9b", OPEN, "added", "M.", "since the log was moved")
    told.note("9b", OPEN, "asked", "K.", "who looks at /var?")
    told.note("9b", WARM, "added", "M.", "it was warm before, too")
    told.note("9b", OPEN, "acknowledged", "K.")
    told.take("9b")
    return told


FROM = "when M. gave the shift to K."
TOLD = (
    f"added 2026-12-12 01:32 by M., {FROM}: {LINE}",
    f"asked 2026-12-12 01:33 by K., {FROM}: since when?",
    f"added 2026-12-12 01:34 by M., {FROM}: since the log was moved",
)


def shown(document: Handover) -> str:
    """What stands on the screen of who has the shift, wherever the cursor is."""
    each = blocks(Walk(document=document), Look(), 200, "")
    return "\n".join("".join(text for text, _ in line) for block in each for line in block.lines)


def test_who_took_the_shift_still_has_what_was_added_and_answered(night: Night) -> None:
    document = night.document()
    assert item(document, OPEN).before == TOLD and not item(document, OPEN).said
    assert "who looks at /var?" in [one.title for one in document.section("questions").items]
    for text in (written(document, "md"), written(document, "html"), shown(document)):
        assert all(line in text for line in TOLD)
        assert "acknowledged" not in text.partition(TOLD[0])[2].partition("###")[0]


def test_what_was_said_of_a_place_is_read_though_places_are_a_table(night: Night) -> None:
    line = f"added 2026-12-12 01:36 by M., {FROM}: it was warm before, too"
    document = night.document()
    assert item(document, WARM).before == (line,)
    for text in (written(document, "md"), written(document, "html"), shown(document)):
        assert line in text


def test_who_takes_it_next_reads_it_beside_what_is_said_now(night: Night) -> None:
    night.offer("c4", "K.", "N.")
    night.note("c4", OPEN, "added", "K.", "they called at 09:00")
    document = night.document()
    assert item(document, OPEN).before == TOLD
    assert item(document, OPEN).said == ("added 2026-12-12 01:40 by K.: they called at 09:00",)
    going_on = hands.under_way(hands.folded(Journal(night.path).entries()))
    walk = Walk(document=document, hands=going_on)
    (block,) = (one for one in blocks(walk, Look(), 200, "") if one.key == OPEN)
    text = "\n".join("".join(text for text, _ in line) for line in block.lines)
    assert text.index(TOLD[0]) < text.index("K. adds: they called at 09:00")
    assert text.count("they called") == 1


def test_an_answer_to_an_earlier_question_is_told_where_it_was_asked(night: Night) -> None:
    night.offer("c4", "K.", "N.")
    night.note("c4", "question:9b:2", "added", "K.", ANSWER)
    assert item(night.document(), OPEN).before == TOLD, "it stands at the question itself"
    night.take("c4")
    document = night.document()
    assert document.item("question:9b:2") is None
    assert item(document, OPEN).before[3:] == (
        f"asked 2026-12-12 01:35 by K., {FROM}: who looks at /var?",
        f"added 2026-12-12 01:40 by K., when K. gave the shift to N.: {ANSWER}",
    )


def test_what_was_said_of_a_finding_that_was_gone_since_is_not_of_this_one(night: Night) -> None:
    night.add("finding.cleared", finding=DISK)
    assert item(night.document(), OPEN).before == ()


def test_what_was_said_of_a_finding_stays_with_it_when_it_is_put_off(night: Night) -> None:
    board = made(night.path).section("deferred").items
    assert board, "one is put off"
    night.note("9b", board[0].id.replace("deferred:", "finding:"), "added", "M.", LINE)
    (line,) = item(night.document(), board[0].id).before
    assert line.endswith(LINE)


def test_what_was_said_of_a_place_is_an_old_story_after_a_week(night: Night) -> None:
    later = night.document(later=timedelta(days=8))
    assert item(later, OPEN).before == TOLD, "this finding was there all the time"
    assert item(later, WARM).before == ()


@pytest.mark.parametrize("lang", ["ja", "fr", "ru"])
def test_it_is_read_in_every_language(night: Night, lang: str) -> None:
    first = item(night.document(lang), OPEN).before[0]
    assert first.endswith(LINE) and "M." in first and "K." in first and "added" not in first


def test_a_question_whose_item_is_gone_stands_by_itself_while_hands_change(night: Night) -> None:
    night.offer("c4", "K.", "N.")
    night.note("c4", "blind:msk:prod", "asked", "N.", "why does nobody see MSK?")
    night.note("c4", OPEN, "asked", "N.", "who has it?")
    assert titles(night)[-2:] == ["who looks at /var?", "why does nobody see MSK?"]
    night.take("c4")
    assert titles(night)[-2:] == ["why does nobody see MSK?", "who has it?"]


def titles(night: Night) -> list[str]:
    """Of the questions that stand by themselves."""
    return [one.title for one in night.document().section("questions").items]
