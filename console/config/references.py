"""Names that point nowhere, over all files at once."""

from __future__ import annotations

from collections.abc import Mapping

from console.config.document import Document
from console.model import Row


def dangling(
    documents: Mapping[str, Document], rows: Mapping[str, type[Row]], environ: Mapping[str, str]
) -> None:
    """Note every name that points nowhere in the document it stands in."""
