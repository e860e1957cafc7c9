"""What every wire model of the house shares: answers may grow, requests may not, texts come in two languages."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Lang = Literal["zh", "en"]
Text = dict[Lang, str]
"""A text that a bank or a party, not the page, decides: Chinese with its English translation."""
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
BANK_HEADER = "Sunbridge-Bank"
"""Which member bank asks: on every request of the core to an outside party."""


class Wire(BaseModel):
    """An answer: unknown fields are ignored, so the other side may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Command(BaseModel):
    """A request: unknown fields are refused, so a typo never passes for a default."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        # PostgreSQL cannot keep it in a text, SQLite can: refused before anything depends on which one runs.
        if _holds_nul(value):
            raise ValueError("holds a NUL character")
        return value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_holds_nul(part) for part in value)
