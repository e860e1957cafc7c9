"""What every wire model of the core shares."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Lang = Literal["zh", "en"]
Text = dict[Lang, str]
"""A text that the bank, not the page, decides: Chinese with its English translation."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
BUSINESS_DATE_HEADER = "Sunbridge-Business-Date"
"""On every answer of the core: the bank's business date, ISO 8601."""


class Wire(BaseModel):
    """An answer: unknown fields are ignored, so the core may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Command(BaseModel):
    """A request: unknown fields are refused, so a typo never passes for a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Command):
    """The partner's signed word that this person was just seen: a compact JWS, checked again by the core."""

    id_token: str = Field(min_length=20, max_length=8192)
