"""What the console does without a screen, a file a command."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.config import Configuration


def loaded(arguments: argparse.Namespace) -> Configuration:
    """The configuration that was asked for, in its realm. Raises ConfigMistakes and NoLab."""
    from console import realm
    from console.config import find, load

    realm.enter()
    return load(find(arguments.config))
