"""What is planned: its stretches, how far each is, what was seen in it, and its report."""

from __future__ import annotations

from console.planned.seen import Memory, Seen, look
from console.planned.standing import Told, fold, stand
from console.planned.stretches import Stretch, overlaps, stretches

__all__ = ["Memory", "Seen", "Stretch", "Told", "fold", "look", "overlaps", "stand", "stretches"]
