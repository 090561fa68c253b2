"""The shift as a document to hand over, from the journal, the board and the recording. Pure."""

from __future__ import annotations

from console.handover.document import document
from console.handover.given import Given
from console.handover.story import Story, story
from console.handover.words import Words, words

__all__ = ["Given", "Story", "Words", "document", "story", "words"]
