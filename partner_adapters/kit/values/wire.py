"""The base of every wire model. Money has other names on the wire than in code.

In Python an amount is `amount_fen: int`. In JSON the same field is `amount`, a decimal text in yuan, with `currency`
beside it once per object. So a name that ends in `_fen` holds integer fen wherever it stands.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from partner_adapters.kit.values.json_model import JsonModel
from partner_adapters.kit.values.money import CNY, fen_to_wire

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# A header of every request of the core to an outside party: which member bank asks.
BANK_HEADER = "Sunbridge-Bank"
FEN = "_fen"


def wire_name(name: str) -> str:
    """Return a field's name on the wire: `amount_fen` → `amount`, any other name as it is."""
    return name.removesuffix(FEN)


class _WireModel(JsonModel):
    """A model with the wire's names in JSON and the code's names in Python."""

    model_config = ConfigDict(
        frozen=True,
        hide_input_in_errors=True,
        alias_generator=wire_name,
        validate_by_alias=True,
        validate_by_name=True,  # for Python code; JSON is read by `model_validate_json` below
        serialize_by_alias=True,
    )

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """Read a model from the wire, where `amount_fen` is not a name of money."""
        return super().model_validate_json(json_data, by_alias=True, by_name=False, **options)

    def model_dump(
        self,
        *,
        mode: str = "python",
        by_alias: bool | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Return the code's names with integer fen, or for `mode="json"` the wire's names with decimal text."""
        return super().model_dump(
            mode=mode, by_alias=mode == "json" if by_alias is None else by_alias, **options
        )


class Wire(_WireModel):
    """An answer. Unknown fields are ignored, so the other side may add some."""

    model_config = ConfigDict(extra="ignore")


class Command(_WireModel):
    """A request. Unknown fields are refused, so that a typo is not taken for a default."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        # PostgreSQL cannot store it in a text, SQLite can. Refused here, so that both behave alike.
        if _holds_nul(value):
            raise ValueError("holds a NUL character")
        return value


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(_holds_nul(part) for part in value)


def content_to_hash(model: BaseModel, leave_out: Collection[str] = ()) -> dict[str, Any]:
    """Return the JSON that seals, quote hashes and fingerprints are made over.

    It has the code's names and no currency, as when the first contracts were sealed, so every stored hash still holds.
    """
    content: dict[str, Any] = _without_currency(
        model.model_dump(mode="json", by_alias=False, exclude=set(leave_out))
    )
    return content


def _without_currency(content: Any) -> Any:
    if isinstance(content, dict):
        return {name: _without_currency(value) for name, value in content.items() if name != "currency"}
    return [_without_currency(item) for item in content] if isinstance(content, list) else content


def with_wire_names(stored: Any) -> Any:
    """Return stored JSON with the wire's names of money: `amount_fen` as fen or as text becomes `amount` as text.

    Databases hold answers from before the wire had these names, and facts that the core keeps in fen.
    """
    if isinstance(stored, list):
        return [with_wire_names(item) for item in stored]
    if not isinstance(stored, dict):
        return stored
    renamed = {wire_name(name): _wire_value(name, value) for name, value in stored.items()}
    if any(name.endswith(FEN) for name in stored):
        renamed.setdefault("currency", CNY)
    return renamed


def _wire_value(name: str, value: Any) -> Any:
    if name.endswith(FEN) and isinstance(value, int):
        return fen_to_wire(value)
    return with_wire_names(value)
