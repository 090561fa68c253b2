"""Every kind of act there is; one line each."""

from __future__ import annotations

from console.remedy import Remedy

REMEDIES: dict[str, Remedy] = {}
