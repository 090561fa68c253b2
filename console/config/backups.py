"""The shape of `backups:` of an environment: where its backups land, and what they may cost."""

from __future__ import annotations

from pydantic import Field

from console.config.kinds import Model, Span, Words


class Backups(Model):
    """The bucket of one environment and what must be in it."""

    bucket: str = Field(min_length=3)
    prefixes: Words = Field(default=("",), min_length=1)
    """One kind of backup each: the newest object below it counts."""
    max_age: Span = 26 * 3600.0
    """An older newest backup is none."""
    least_pct: float = Field(default=50.0, ge=0, le=100)
    """Of the usual size; a smaller one is not plausible."""


class BackupPrices(Model):
    """What storing and moving backups costs here, in USD: your own prices, nothing is asked."""

    storage_gb_month: float = Field(default=0.025, ge=0)
    """S3 Standard in ap-northeast-1; take the class that the bucket really uses."""
    upload_gb: float = Field(default=0.0, ge=0)
    """To S3 itself nothing; through a NAT gateway about 0.062."""
    download_gb: float = Field(default=0.114, ge=0)
    """Out of AWS: what fetching the newest backup once would cost."""
