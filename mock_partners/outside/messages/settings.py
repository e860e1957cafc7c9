"""Settings of the message sender."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.kit.values.settings import Settings


class MessagesSettings(Settings):
    inbox_size: int = Field(default=50, ge=1, le=500)
    """How many of a phone's newest messages are returned."""
