"""The configuration: YAML files → typed values, every mistake with its file, line and column."""

from __future__ import annotations

from console.config.load import Configuration, find, load
from console.config.mistakes import ConfigMistakes
from console.config.schema import Estate

__all__ = ["ConfigMistakes", "Configuration", "Estate", "find", "load"]
