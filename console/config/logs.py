"""The shape of which CloudWatch log groups tell about an alarm or a canary."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from console.config.kinds import Model


class LogGroup(Model):
    """One log group; it is read for what it is `of` whose name has the prefix, where that lives."""

    of: Literal["alarms", "canaries"]
    prefix: str = ""
    account: str
    region: str
    group: str = Field(min_length=1)
    pattern: str = ""
    """CloudWatch's filter pattern; empty: every line."""
