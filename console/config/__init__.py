"""The configuration: YAML files → typed values, every mistake with its file, line and column."""

from __future__ import annotations

from console.config.schema import Estate

__all__ = ["Estate"]
