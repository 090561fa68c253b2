"""The closed grammar of cases."""

from __future__ import annotations

from console.config.kinds import Model


class Case(Model):
    """One recurring case."""

    id: str
