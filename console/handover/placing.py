"""Where a handover is written: what gives way to it there, and who may read it. Blocking."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from errno import EEXIST
from pathlib import Path
from typing import BinaryIO

from console.journal import JOURNAL
from console.model.shift import Form
from console.modes import replacing
from console.recording.shelf import FOLDER

THERE = "another file of this name is there already"
OURS = "this is where the console keeps what it knows: name another file"
IsOurs = Callable[[BinaryIO], bool]
"""Whether a file that is there is an earlier one of what is written now."""


@contextmanager
def placed(path: Path, state: Path, is_ours: IsOurs) -> Iterator[BinaryIO]:
    """What becomes this file once it is whole. Raises OSError, whose `strerror` says why not.

    Nobody else reads it, but for the group of a state directory that is shared.
    """
    real, home = path.resolve(), state.resolve()
    if real == home / JOURNAL or real.is_relative_to(home / FOLDER):
        raise FileExistsError(EEXIST, OURS, str(path))
    if path.exists() and not _gives_way(path, is_ours):
        raise FileExistsError(EEXIST, THERE, str(path))
    with replacing(path, private=not real.is_relative_to(home)) as file:
        yield file


def _gives_way(path: Path, is_ours: IsOurs) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return is_ours(file)


def like(text: str, form: Form) -> IsOurs:
    """Whether a file is a handover of the same estate, form and language."""
    lines = text.splitlines(keepends=True)
    heads = {"md": lines[:1], "json": lines[:3], "html": [text.partition("</h1>")[0]]}
    told = "".join(heads[form]).encode("utf-8", "replace")
    return lambda file: file.read(len(told)) == told
