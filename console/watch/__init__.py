"""The night's watch: what of a maintenance calls a person, and whether anybody heard it."""

from __future__ import annotations

from console.watch.rings import Stood, Why, moved, rings, stood
from console.watch.told import Told, fold, open_rings
from console.watch.watching import Watching

__all__ = ["Stood", "Told", "Watching", "Why", "fold", "moved", "open_rings", "rings", "stood"]
