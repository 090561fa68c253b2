"""Every phrase is there in every language, is another one, and counts as the language does."""

from __future__ import annotations

import string
from gettext import NullTranslations
from pathlib import Path
from typing import Any

import pytest

from console.handover import Words, document
from console.handover.doubts import WHY
from console.handover.exports.markdown import markdown
from console.handover.words import catalogue as compiled
from console.model.handover import LANGUAGES
from console.recording.recorder import SLEPT, STOOD_STILL
from console.recording.values import DELETED, NOBODY, SET_BACK, UNSEEN
from console.recording.waiting import FULL
from tests.handover.named import NOW
from tests.handover.phrases import catalogue, phrases
from tests.handover.shift import given, write

OTHERS = [lang for lang in LANGUAGES if lang != "en"]
PLURALS = {"ja": 1, "fr": 2, "ru": 3}
ALIKE = {
    "ja": {"OK"},
    "fr": {"OK", "note", "{count} note"},
    "ru": {"OK"},
}
"""What really is the same word as in English; beside what has no word in it at all."""


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def wordless(text: str) -> bool:
    return not any(c.isalpha() for before, *_ in string.Formatter().parse(text) for c in before)


def first(id: str | tuple[str, ...] | list[str]) -> str:
    return id if isinstance(id, str) else id[0]


@pytest.mark.parametrize("lang", OTHERS)
def test_no_phrase_is_missing_and_none_is_left_over(lang: str) -> None:
    wanted = {first(one.id) for one in phrases() if one.id}
    assert len(wanted) > 150
    assert {first(one.id) for one in catalogue(lang) if one.id} == wanted


@pytest.mark.parametrize("lang", OTHERS)
def test_no_phrase_is_empty_uncertain_or_still_english(lang: str) -> None:
    for one in catalogue(lang):
        if not one.id:
            continue
        told = one.string if isinstance(one.string, tuple | list) else (one.string,)
        assert all(told) and not one.fuzzy, one.id
        if first(one.id) not in ALIKE[lang] and not wordless(first(one.id)):
            assert not set(told) & {one.id, *(one.id if one.pluralizable else ())}, one.id


@pytest.mark.parametrize("lang", OTHERS)
def test_every_phrase_that_counts_has_the_forms_of_its_language(lang: str) -> None:
    counting = [one for one in catalogue(lang) if one.pluralizable]
    assert len(counting) == sum(1 for one in phrases() if one.pluralizable)
    assert catalogue(lang).num_plurals == PLURALS[lang]
    for one in counting:
        assert isinstance(one.string, tuple | list)
        assert len(one.string) == PLURALS[lang], one.id


@pytest.mark.parametrize("lang", OTHERS)
def test_every_phrase_has_the_values_of_the_english_one(lang: str) -> None:
    for one in catalogue(lang):
        told = one.string if isinstance(one.string, tuple | list) else (one.string,)
        if one.id:  # else it is the head
            assert [fields(text) for text in told] == [fields(first(one.id))] * len(told)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["0 notes", "1 note", "2 notes", "5 notes", "11 notes", "21 notes"]),
        ("ja", ["メモ 0 件", "メモ 1 件", "メモ 2 件", "メモ 5 件", "メモ 11 件", "メモ 21 件"]),
        ("fr", ["0 note", "1 note", "2 notes", "5 notes", "11 notes", "21 notes"]),
        (
            "ru",
            ["0 заметок", "1 заметка", "2 заметки", "5 заметок", "11 заметок", "21 заметка"],
        ),
    ],
)
def test_things_are_counted_as_people_count_them(lang: str, said: list[str]) -> None:
    words = Words(lang, compiled(lang), "UTC", NOW)
    told = [words.many("{count} note", "{count} notes", count) for count in (0, 1, 2, 5, 11, 21)]
    assert told == said


class Asking(NullTranslations):
    """Keeps what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def gettext(self, message: str) -> str:
        self.asked.add(message)
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        self.asked.add(msgid1)
        return super().ngettext(msgid1, msgid2, n)


def test_nothing_is_said_that_no_translator_finds(tmp_path: Path) -> None:
    write(tmp_path / "journal.jsonl")
    changes: list[dict[str, Any]] = [{}, {"board": None, "worst": None, "trouble": "line 3"}]
    asking = Asking()
    for change in changes:
        told = given(tmp_path / "journal.jsonl", **change)
        words = Words("en", asking, told.zone, told.now)
        markdown(document(told, words), words)
    assert asking.asked <= {first(one.id) for one in phrases()}
    assert len(asking.asked) > 90


def test_the_recorder_gives_its_reasons_in_these_words() -> None:
    assert set(WHY) == {NOBODY, DELETED, SET_BACK, SLEPT, STOOD_STILL, UNSEEN, FULL}


def test_a_value_is_never_read_as_a_phrase() -> None:
    words = Words("ru", compiled("ru"), "UTC", NOW)
    assert words.say("why: {why}", why="{zone} {0} {why.real}") == "почему: {zone} {0} {why.real}"


def test_a_language_that_is_not_ours_is_said() -> None:
    with pytest.raises(ValueError, match="there is en, ja, fr, ru"):
        compiled("../../etc")
