"""What screens call things, and which cases may go on by themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console.clerk.nights import nights
from console.model.affairs import Affairs
from console.naming import named_affairs

if TYPE_CHECKING:
    from console.config import Configuration


def signs(configuration: Configuration) -> Affairs:
    """The affairs of a console that has done nothing yet."""
    named = named_affairs(configuration)
    return replace(named, nights=nights(configuration, named.scopes))
