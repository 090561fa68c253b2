"""Keys as people type them: letters of a Cyrillic layout or full-width forms mean the Latin key."""

from __future__ import annotations

import unicodedata

from textual.events import Key
from textual.keys import KEY_NAME_REPLACEMENTS

_CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбюёіїєґ"
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`s]'\\"
_SHIFTED = dict(zip("[];',.`\\", '{}:"<>~|', strict=True))
LATIN = dict(zip(_CYRILLIC, _LATIN, strict=True))
LATIN |= {
    letter.upper(): _SHIFTED.get(latin, latin.upper()) for letter, latin in tuple(LATIN.items())
}
FULL_WIDTH = range(0xFF01, 0xFF5F)
FULL_WIDTH_SHIFT = 0xFEE0
KANA = range(0x3040, 0x3100)


def wide(character: str) -> bool:
    """Whether an input method made this: a full-width form or kana."""
    return len(character) == 1 and (
        ord(character) in FULL_WIDTH or ord(character) in KANA or character == "\u3000"
    )


def latin(character: str) -> str:
    """The Latin character on the same key, or the character itself."""
    if len(character) == 1 and ord(character) in FULL_WIDTH:
        return chr(ord(character) - FULL_WIDTH_SHIFT)
    return " " if character == "\u3000" else LATIN.get(character, character)


def key_name(character: str) -> str:
    """The name Textual gives to the key of a character: `a`, `slash`, `question_mark`."""
    if character.isalnum():
        return character
    name = unicodedata.name(character, character).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def translated(event: Key) -> Key:
    """The key that was meant, where a layout or an input method changed it."""
    modifiers, plus, last = event.key.rpartition("+")
    character = event.character or (last if len(last) == 1 else "")
    meant = latin(character)
    if meant == character:
        return event
    return Key(modifiers + plus + key_name(meant), meant if event.character else None)
