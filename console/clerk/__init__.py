"""Between screens and engine: grants wishes, keeps checklists going, and says how affairs stand."""

from __future__ import annotations

from console.clerk.clerk import Clerk
from console.clerk.granting import Granting

__all__ = ["Clerk", "Granting"]
